//! `hss demo`.

use std::time::Duration;

use huaweicloud_hss::raw::tasks::types::ScanStatusFilter;
use huaweicloud_hss::reads::TaskKind;
use huaweicloud_hss::{ListOperation, Request};
use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID};
use serde::Serialize;

use crate::args::options::Format;
use crate::args::reads::WaitLimits;
use crate::commands::listing::Reader;
use crate::commands::wait::{Asked, Waiter};
use crate::context::{Context, simulator};
use crate::error::{CliError, ExitError};
use crate::output::messages::Messages;
use crate::output::reads::item::Item;
use crate::output::reads::list::{clusters_text, servers_text};
use crate::output::reads::task::Task;
use crate::output::reads::wait::{Object, Waited};
use crate::output::report::Report;
use crate::output::table::fitted;
use crate::output::{self, json};

/// Long enough to see the scans run, short enough to wait for.
const SCAN_TIME: Duration = Duration::from_secs(1);

/// Fits every terminal, and the README.
const WIDTH: Option<usize> = Some(80);

/// The demo in JSON.
#[derive(Serialize)]
struct DemoReport<'a> {
    tasks: &'a [Task],
    failed_servers: &'a [Item],
    rescan_request_id: Option<String>,
    rescan: Object<'a>,
    failed_clusters: &'a [Item],
    retry_request_id: Option<String>,
    retry: Object<'a>,
}

/// Text is printed as the demo runs, except for its last line.
pub(crate) async fn run(format: Format) -> Result<Report, ExitError> {
    let simulator = simulator::start_for_demo(SCAN_TIME).await?;
    let messages = Messages::new(true);
    let context = Context::of_demo(
        simulator::client(&simulator).build().map_err(CliError::from)?,
        &messages,
    );
    let client = &context.client;
    let print = |text: &str| match format {
        Format::Text => output::write(text).map_err(|error| ExitError::Unwritten { error, result: None }),
        Format::Json => Ok(()),
    };
    let (servers_task, clusters_task) = (DEMO_VUL_SCAN_TASK_ID, DEMO_CLUSTER_SCAN_TASK_ID);

    print(&format!(
        "The simulator listens on {}. Nothing reaches the cloud.",
        simulator.endpoint()
    ))?;
    let mut tasks: Vec<Task> = read(&context, client.vul_scan_tasks()).await?;
    tasks.extend(read::<_, Task>(&context, client.tasks()).await?);
    let rows: Vec<[String; 4]> = tasks.iter().map(|task| without_time(task.cells())).collect();
    print(&format!(
        "\n$ hss tasks\n{}",
        fitted(without_time(Task::columns()), &rows, None)
    ))?;

    let hosts = client
        .vul_scan_task_hosts(servers_task)
        .status(ScanStatusFilter::Failed);
    let hosts: Vec<Item> = read(&context, hosts).await?;
    print(&format!(
        "\n$ hss hosts {servers_task} --status failed\n{}",
        servers_text(&hosts, WIDTH)
    ))?;
    let mut waiter = Waiter::new(&context, TaskKind::Servers, servers_task, WaitLimits::default());
    waiter.take_baseline().await.map_err(CliError::from)?;
    let rescan = client.recreate_vul_scan_task(servers_task).all_failed_hosts();
    let rescan = rescan.await.map_err(CliError::from)?;
    let rescanned = waiter.run(&Asked::All).await?;
    print(&call_text("rescan", servers_task, rescan.request_id(), &rescanned))?;

    let clusters = client.task_resources(clusters_task).status(ScanStatusFilter::Failed);
    let clusters: Vec<Item> = read(&context, clusters).await?;
    print(&format!(
        "\n$ hss clusters {clusters_task} --status failed\n{}",
        clusters_text(&clusters, WIDTH)
    ))?;
    let mut waiter = Waiter::new(&context, TaskKind::Clusters, clusters_task, WaitLimits::default());
    waiter.take_baseline().await.map_err(CliError::from)?;
    let retry = client.retry_task(clusters_task).all_failed_clusters();
    let retry = retry.await.map_err(CliError::from)?;
    let retried = waiter.run(&Asked::All).await?;
    print(&call_text("retry", clusters_task, retry.request_id(), &retried))?;

    Ok(Report::Text(match format {
        Format::Text => "\nNext: hss rescan --help, hss retry --help, or --dry-run with your own tasks.".to_owned(),
        Format::Json => json::to_line(&DemoReport {
            tasks: &tasks,
            failed_servers: &hosts,
            rescan_request_id: rescan.request_id().map(str::to_owned),
            rescan: rescanned.object(),
            failed_clusters: &clusters,
            retry_request_id: retry.request_id().map(str::to_owned),
            retry: retried.object(),
        }),
    }))
}

/// A line fits, and is the same each time.
fn without_time<T>([task, scans, status, _, failed]: [T; 5]) -> [T; 4] {
    [task, scans, status, failed]
}

async fn read<O, T>(context: &Context<'_>, request: Request<O>) -> Result<Vec<T>, CliError>
where
    O: ListOperation,
    T: From<O::Row>,
{
    let all = Reader::new(context, None).listing(request).all().await?;
    all.complete()?;
    Ok(all.rows.into_iter().map(T::from).collect())
}

fn call_text(command: &str, task_id: &str, request_id: Option<&str>, waited: &Waited) -> String {
    let request_id = request_id.unwrap_or("none");
    format!(
        "\n$ hss {command} {task_id} --all-failed --wait\n  accepted, request id {request_id}\n{}",
        waited.text()
    )
}
