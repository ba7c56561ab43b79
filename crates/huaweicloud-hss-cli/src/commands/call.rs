//! One call: sent, or shown by a dry run.

use huaweicloud_hss::{Accepted, Operation, OperationId, Preview, Request};

use crate::context::Context;
use crate::error::CliError;
use crate::output::curl;
use crate::output::report::Report;
use crate::signal;

/// What a call returns.
pub(crate) enum Response {
    Accepted(Accepted),
    Preview(Preview),
}

/// Sends a request, or previews it in a dry run.
pub(crate) async fn execute<O: Operation>(context: &Context<'_>, request: Request<O>) -> Result<Response, CliError> {
    let request = match &context.enterprise_project_id {
        Some(id) => request.enterprise_project_id(id),
        None => request,
    };
    signal::unless_interrupted(async {
        if context.dry_run {
            request.preview().await.map(Response::Preview)
        } else {
            request.send().await.map(Response::Accepted)
        }
    })
    .await
}

/// The report of a call. A dry run also prints the request as a shell command.
pub(crate) fn report(context: &Context<'_>, operation: OperationId, task_id: String, response: Response) -> Report {
    match response {
        Response::Accepted(accepted) => Report::Accepted {
            operation,
            task_id,
            accepted,
        },
        Response::Preview(preview) => {
            let messages = context.messages;
            messages.note("dry run: nothing was sent; with an access key, a signature replaces the token");
            messages.note("to send it with curl, set HSS_AUTH_TOKEN and run:");
            messages.plain(&curl::command_line(&preview));
            Report::Preview(preview)
        }
    }
}
