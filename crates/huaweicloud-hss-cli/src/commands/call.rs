//! One call: sent, or shown by a dry run.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use huaweicloud_hss::reads::TaskKind;
use huaweicloud_hss::{Accepted, Operation, Outcome, Request};

use crate::args::reads::WaitLimits;
use crate::commands::next;
use crate::commands::wait::{Asked, Waiter};
use crate::context::Context;
use crate::error::CliError;
use crate::output::curl;
use crate::output::report::Report;
use crate::signal;

/// Sends a request. A dry run prints it as a shell command instead.
pub(crate) async fn execute<O>(
    context: &Context<'_>,
    task_id: String,
    request: Request<O>,
    wait: Option<(TaskKind, WaitLimits, Asked)>,
) -> Result<Report, CliError>
where
    O: Operation<Output = Accepted>,
{
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
    let mut waiting = wait.map(|(kind, limits, asked)| (Waiter::new(context, kind, &task_id, limits), asked));
    if let Some((waiter, _)) = &mut waiting {
        signal::unless_interrupted(waiter.take_baseline(), &AtomicU32::new(0)).await?;
    }
    let attempts = Arc::default();
    let request = request.count_attempts(&attempts);
    let sent = signal::unless_interrupted(request.send(), &attempts).await;
    let sent = match sent {
        Ok(accepted) => Report::Accepted {
            operation,
            task_id,
            accepted,
        },
        Err(error) if error.outcome() == Outcome::Unknown => {
            let error = match operation.repeats() {
                Some(kind) => error.with_further_hint(&next::scanning(kind, &task_id, context)),
                None => error,
            };
            // A signal is meant for the wait too.
            if waiting.is_none() || error.sdk().is_none() {
                return Err(error);
            }
            let message = error.message();
            context.messages.warn(&format!(
                "the outcome of the request is unknown: {message}; waiting for the task all the same"
            ));
            Report::Unknown(error)
        }
        Err(error) => return Err(error),
    };
    Ok(match waiting {
        Some((waiter, asked)) => Report::Waited {
            waited: waiter.run(&asked).await?,
            sent: Some(Box::new(sent)),
        },
        None => sent,
    })
}
