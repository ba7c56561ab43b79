//! One call: sent, or shown by a dry run.

use std::sync::Arc;

use huaweicloud_hss::{Operation, Request};

use crate::context::Context;
use crate::error::CliError;
use crate::output::curl;
use crate::output::report::Report;
use crate::signal;

/// Sends a request. A dry run prints it as a shell command instead.
pub(crate) async fn execute<O: Operation>(
    context: &Context<'_>,
    task_id: String,
    request: Request<O>,
) -> Result<Report, CliError> {
    let operation = request.operation();
    let request = match &context.enterprise_project_id {
        Some(id) => request.enterprise_project_id(id),
        None => request,
    };
    if context.dry_run {
        let preview = request.preview().await?;
        let messages = context.messages;
        messages.note("dry run: nothing was sent; with an access key, a signature replaces the token");
        messages.note("to send it with curl, set HSS_AUTH_TOKEN and run:");
        messages.plain(&curl::command_line(&preview));
        return Ok(Report::Preview(preview));
    }
    let attempts = Arc::default();
    let request = request.count_attempts(&attempts);
    let accepted = signal::unless_interrupted(request.send(), &attempts).await?;
    Ok(Report::Accepted {
        operation,
        task_id,
        accepted,
    })
}
