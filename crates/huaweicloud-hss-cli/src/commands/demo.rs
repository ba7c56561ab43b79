//! `hss demo`: both operations against a simulator, with the tasks before, meanwhile and after.

use std::time::{Duration, Instant};

use anyhow::anyhow;
use huaweicloud_hss_sim::{
    ClusterScanTask, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, ScanState, Simulator, VulnerabilityScanTask,
};
use serde::Serialize;

use crate::args::Format;
use crate::context::simulator;
use crate::error::{CliError, ExitError};
use crate::output;
use crate::output::json;
use crate::output::report::Report;
use crate::output::table::table;

/// How long a scan takes: long enough to be seen, short enough to wait for.
const SCAN_TIME: Duration = Duration::from_secs(2);
/// How often the tasks are looked at, and how long at most.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const GIVE_UP: Duration = Duration::from_secs(10);

/// The scan items of clusters, in the order of the table.
const SCAN_TYPES: [&str; 3] = ["cluster_vul", "risk_assessment", "benchmark"];

/// Both tasks at one time.
#[derive(Serialize)]
struct Tasks {
    vulnerability_scan_task: VulnerabilityScanTask,
    cluster_scan_task: ClusterScanTask,
}

/// What JSON shows.
#[derive(Serialize)]
struct DemoReport {
    before: Tasks,
    scanning: Tasks,
    after: Tasks,
    rescan_request_id: Option<String>,
    retry_request_id: Option<String>,
}

pub(crate) async fn run(format: Format) -> Result<Report, ExitError> {
    let simulator = simulator::start(Simulator::builder().scan_time(SCAN_TIME)).await?;
    let client = simulator::client_of(&simulator).build().map_err(CliError::from)?;
    let say = |text: String| match format {
        Format::Text => written(&text),
        Format::Json => Ok(()),
    };

    say(format!(
        "A simulator answers at {}. Nothing reaches the cloud.",
        simulator.endpoint()
    ))?;
    let before = look(&simulator)?;
    say(format!("\nBefore\n{}", before.text()))?;

    let rescan = client.recreate_vul_scan_task(DEMO_VUL_SCAN_TASK_ID).all_failed_hosts();
    let rescan = rescan.send().await.map_err(CliError::from)?;
    say(told("rescan", DEMO_VUL_SCAN_TASK_ID, rescan.request_id()))?;
    let retry = client.retry_task(DEMO_CLUSTER_SCAN_TASK_ID).all_failed_clusters();
    let retry = retry.send().await.map_err(CliError::from)?;
    say(told("retry", DEMO_CLUSTER_SCAN_TASK_ID, retry.request_id()))?;
    let scanning = look(&simulator)?;
    say(format!("\nMeanwhile\n{}", scanning.text()))?;

    let after = settled(&simulator).await?;
    say(format!("\nAfter\n{}", after.text()))?;
    if format == Format::Json {
        written(&json::to_line(&DemoReport {
            before,
            scanning,
            after,
            rescan_request_id: rescan.request_id().map(str::to_owned),
            retry_request_id: retry.request_id().map(str::to_owned),
        }))?;
    } else {
        written("\nNext: hss rescan --help, hss retry --help, or your own tasks with --dry-run.")?;
    }
    Ok(Report::Printed)
}

fn written(text: &str) -> Result<(), ExitError> {
    output::write(text).map_err(|error| ExitError::Unwritten { error, result: None })
}

fn told(command: &str, task_id: &str, request_id: Option<&str>) -> String {
    let request_id = request_id.unwrap_or("not told");
    format!("\n$ hss {command} {task_id} --all-failed\n  accepted, request id {request_id}")
}

fn look(simulator: &Simulator) -> Result<Tasks, CliError> {
    let vulnerability_scan_task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID);
    let cluster_scan_task = simulator.cluster_scan_task(DEMO_CLUSTER_SCAN_TASK_ID);
    match (vulnerability_scan_task, cluster_scan_task) {
        (Some(vulnerability_scan_task), Some(cluster_scan_task)) => Ok(Tasks {
            vulnerability_scan_task,
            cluster_scan_task,
        }),
        _ => Err(CliError::internal(anyhow!("the simulator has lost its tasks"))),
    }
}

/// The tasks once everything in them has succeeded.
async fn settled(simulator: &Simulator) -> Result<Tasks, CliError> {
    let begun = Instant::now();
    loop {
        let tasks = look(simulator)?;
        if tasks.states().all(|state| state == ScanState::Success) {
            return Ok(tasks);
        }
        if begun.elapsed() > GIVE_UP {
            return Err(CliError::internal(anyhow!("the scans of the simulator do not end")));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl Tasks {
    fn states(&self) -> impl Iterator<Item = ScanState> {
        let hosts = self.vulnerability_scan_task.hosts.iter().map(|host| host.state);
        let clusters = self.cluster_scan_task.clusters.iter();
        hosts.chain(clusters.flat_map(|cluster| cluster.scans.values().copied()))
    }

    fn text(&self) -> String {
        let Self {
            vulnerability_scan_task,
            cluster_scan_task,
        } = self;
        let hosts: Vec<_> = vulnerability_scan_task
            .hosts
            .iter()
            .map(|host| [host.id.clone(), host.state.to_string()])
            .collect();
        let clusters: Vec<_> = cluster_scan_task
            .clusters
            .iter()
            .map(|cluster| {
                let state = |name: &str| {
                    cluster
                        .scans
                        .get(name)
                        .map_or_else(|| "-".to_owned(), ToString::to_string)
                };
                let [first, second, third] = SCAN_TYPES.map(state);
                [cluster.id.clone(), first, second, third]
            })
            .collect();
        let [first, second, third] = SCAN_TYPES;
        format!(
            "{}\n{}",
            table(["host", "scan"], &hosts),
            table(["cluster", first, second, third], &clusters)
        )
    }
}
