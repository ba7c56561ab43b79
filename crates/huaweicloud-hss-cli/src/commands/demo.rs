//! `hss demo`: both operations against a simulator, with the tasks before, during and after.

use std::time::{Duration, Instant};

use anyhow::anyhow;
use huaweicloud_hss_sim::{
    ClusterScanTask, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, ScanState, Simulator, VulnerabilityScanTask,
};
use serde::Serialize;

use crate::args::options::Format;
use crate::context::simulator;
use crate::error::{CliError, ExitError};
use crate::output;
use crate::output::json;
use crate::output::report::Report;
use crate::output::table::table;

/// Long enough to see the scans run, short enough to wait for.
const SCAN_TIME: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The scan items of clusters, in the order of the columns.
const SCAN_TYPES: [&str; 3] = ["cluster_vul", "risk_assessment", "benchmark"];

/// Both tasks at one time.
#[derive(Serialize)]
struct Tasks {
    vulnerability_scan_task: VulnerabilityScanTask,
    cluster_scan_task: ClusterScanTask,
}

/// The demo in JSON.
#[derive(Serialize)]
struct DemoReport {
    before: Tasks,
    scanning: Tasks,
    after: Tasks,
    rescan_request_id: Option<String>,
    retry_request_id: Option<String>,
}

/// Text is printed as the demo runs, except for its last line.
pub(crate) async fn run(format: Format) -> Result<Report, ExitError> {
    let simulator = simulator::start_for_demo(SCAN_TIME).await?;
    let client = simulator::client(&simulator).build().map_err(CliError::from)?;
    let print = |text: String| match format {
        Format::Text => output::write(&text).map_err(|error| ExitError::Unwritten { error, result: None }),
        Format::Json => Ok(()),
    };

    print(format!(
        "The simulator listens on {}. Nothing reaches the cloud.",
        simulator.endpoint()
    ))?;
    let before = tasks(&simulator)?;
    print(format!("\nBefore\n{}", before.text()))?;

    let rescan = client.recreate_vul_scan_task(DEMO_VUL_SCAN_TASK_ID).all_failed_hosts();
    let rescan = rescan.send().await.map_err(CliError::from)?;
    print(call_text("rescan", DEMO_VUL_SCAN_TASK_ID, rescan.request_id()))?;
    let retry = client.retry_task(DEMO_CLUSTER_SCAN_TASK_ID).all_failed_clusters();
    let retry = retry.send().await.map_err(CliError::from)?;
    print(call_text("retry", DEMO_CLUSTER_SCAN_TASK_ID, retry.request_id()))?;
    let scanning = tasks(&simulator)?;
    print(format!("\nDuring\n{}", scanning.text()))?;

    let after = wait_for_success(&simulator).await?;
    print(format!("\nAfter\n{}", after.text()))?;
    Ok(Report::Text(match format {
        Format::Text => "\nNext: hss rescan --help, hss retry --help, or --dry-run with your own tasks.".to_owned(),
        Format::Json => json::to_line(&DemoReport {
            before,
            scanning,
            after,
            rescan_request_id: rescan.request_id().map(str::to_owned),
            retry_request_id: retry.request_id().map(str::to_owned),
        }),
    }))
}

fn call_text(command: &str, task_id: &str, request_id: Option<&str>) -> String {
    let request_id = request_id.unwrap_or("none");
    format!("\n$ hss {command} {task_id} --all-failed\n  accepted, request id {request_id}")
}

fn tasks(simulator: &Simulator) -> Result<Tasks, CliError> {
    let vulnerability_scan_task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID);
    let cluster_scan_task = simulator.cluster_scan_task(DEMO_CLUSTER_SCAN_TASK_ID);
    match (vulnerability_scan_task, cluster_scan_task) {
        (Some(vulnerability_scan_task), Some(cluster_scan_task)) => Ok(Tasks {
            vulnerability_scan_task,
            cluster_scan_task,
        }),
        _ => Err(CliError::internal(anyhow!("the simulator has no demo tasks"))),
    }
}

/// Waits until every scan has succeeded.
async fn wait_for_success(simulator: &Simulator) -> Result<Tasks, CliError> {
    let start = Instant::now();
    loop {
        let tasks = tasks(simulator)?;
        if tasks.states().all(|state| state == ScanState::Success) {
            return Ok(tasks);
        }
        if start.elapsed() > MAX_WAIT {
            return Err(CliError::internal(anyhow!("the simulated scans did not end in time")));
        }
        tokio::time::sleep(POLL_INTERVAL).await;
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
