//! A simulator in this process, for `--simulate` and `hss demo`.

use std::time::Duration;

use anyhow::Context;
use huaweicloud_hss::{Client, ClientBuilder};
use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Quota, SimulatorBuilder};

pub(crate) use huaweicloud_hss_sim::Simulator;

use crate::error::CliError;
use crate::output::messages::Messages;

/// The tasks that a simulator has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tasks {
    /// Those of the demo.
    Demo,
    /// Any task id is accepted.
    Any,
}

/// Starts a simulator for one call, and names it on standard error.
pub(crate) async fn start_for_call(tasks: Tasks, messages: &Messages) -> Result<Simulator, CliError> {
    let any_task = matches!(tasks, Tasks::Any);
    let builder = Simulator::builder().any_task(any_task).quota(Quota::off());
    let simulator = start(builder).await?;
    messages.note(&format!(
        "simulated by {}; nothing reaches the cloud",
        simulator.endpoint()
    ));
    if !any_task {
        messages.note(&format!(
            "simulated tasks: {DEMO_VUL_SCAN_TASK_ID} (rescan), {DEMO_CLUSTER_SCAN_TASK_ID} (retry)"
        ));
    }
    Ok(simulator)
}

/// Starts a simulator whose scans take this time.
pub(crate) async fn start_for_demo(scan_time: Duration) -> Result<Simulator, CliError> {
    start(Simulator::builder().scan_time(scan_time).quota(Quota::off())).await
}

async fn start(builder: SimulatorBuilder) -> Result<Simulator, CliError> {
    let started = builder.start().await;
    started
        .context("the simulator failed to start")
        .map_err(CliError::internal)
}

/// A client of the simulator.
pub(crate) fn client(simulator: &Simulator) -> ClientBuilder {
    Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id())
        .token(simulator.token())
}
