//! `hss release`: made up for the drill.

use crate::args::ReleaseArguments;
use crate::commands::call;
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::output::messages::Messages;
use crate::output::report::Report;

pub(crate) async fn run(arguments: ReleaseArguments, messages: &Messages) -> Result<Report, CliError> {
    let context = Context::new(&arguments.options, Tasks::Demo, messages).await?;
    let request = context.client.release_quarantine(&arguments.quarantine_id).reasons(arguments.reason);
    call::execute(&context, arguments.quarantine_id, request, None).await
}
