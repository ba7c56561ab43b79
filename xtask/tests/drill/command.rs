//! `hss release`: made up for the drill.

use huaweicloud_hss::OperationId;

use crate::args::ReleaseArguments;
use crate::commands::call;
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::output::messages::Messages;
use crate::output::report::Report;

pub(crate) async fn run(arguments: ReleaseArguments, messages: &Messages) -> Result<Report, CliError> {
    let context = Context::new(&arguments.connection, &arguments.call, Tasks::Demo, messages).await?;
    let request = context.client.release_quarantine(&arguments.quarantine_id).reasons(arguments.reason);
    let response = call::execute(&context, request).await?;
    Ok(call::report(&context, OperationId::ReleaseQuarantine, arguments.quarantine_id, response))
}
