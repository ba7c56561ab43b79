//! A simulator in this process.

use anyhow::Context;
use huaweicloud_hss::{Client, ClientBuilder};
use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Simulator, SimulatorBuilder};

use crate::error::CliError;
use crate::output::messages::Messages;

/// Starts the simulator that stands in for the service, and says so.
pub(crate) async fn announced(builder: SimulatorBuilder, messages: &Messages) -> Result<Simulator, CliError> {
    let simulator = start(builder).await?;
    messages.note(&format!(
        "simulated: {} answers, nothing reaches the cloud",
        simulator.endpoint()
    ));
    messages.note(&format!(
        "it knows the tasks {DEMO_VUL_SCAN_TASK_ID} (rescan) and {DEMO_CLUSTER_SCAN_TASK_ID} (retry)"
    ));
    Ok(simulator)
}

pub(crate) async fn start(builder: SimulatorBuilder) -> Result<Simulator, CliError> {
    let started = builder.start().await;
    started
        .context("the simulator does not start")
        .map_err(CliError::internal)
}

/// A client that calls the simulator.
pub(crate) fn client_of(simulator: &Simulator) -> ClientBuilder {
    Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id())
        .token(simulator.token())
}
