//! The simulator's part in a build without the feature `simulator`: an error that says how to get one.

use huaweicloud_hss::ClientBuilder;

use crate::error::CliError;
use crate::output::messages::Messages;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Tasks {
    Demo,
    Any,
}

/// No value exists, so the code that uses one compiles and cannot run.
pub(crate) enum Simulator {}

pub(crate) async fn start_for_call(_: Tasks, _: &Messages) -> Result<Simulator, CliError> {
    Err(missing("--simulate"))
}

pub(crate) fn client(simulator: &Simulator) -> ClientBuilder {
    match *simulator {}
}

/// The error of what needs a simulator.
pub(crate) fn missing(what: &str) -> CliError {
    CliError::invalid(format!("{what}: this build of hss has no simulator")).with_hint(
        "get one with cargo install huaweicloud-hss-cli --features simulator, or run hss-sim and call it with --endpoint",
    )
}
