//! `hss wait`, and `--wait` after a request.

mod baselines;
mod failures;
mod waiter;

use huaweicloud_hss::reads::TaskKind;
use huaweicloud_hss::{Error, ErrorKind, Outcome};

pub(crate) use self::baselines::Baselines;
pub(crate) use self::failures::Asked;
use self::waiter::Hint;
pub(crate) use self::waiter::Waiter;
use crate::args::reads::WaitArguments;
use crate::commands::listing::Reader;
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::output::messages::Messages;
use crate::output::reads::task;
use crate::output::report::Report;

/// `hss wait`.
pub(crate) async fn run(arguments: WaitArguments, messages: &Messages) -> Result<Report, CliError> {
    let context = Context::new(&arguments.options, Tasks::Demo, messages).await?;
    let task_id = &arguments.task_id;
    let kind = match arguments.kind.servers {
        true => TaskKind::Servers,
        false => TaskKind::Clusters,
    };
    if context.dry_run {
        let reader = Reader::new(&context, None);
        return Ok(Report::Preview(match kind {
            TaskKind::Servers => reader.preview(context.client.vul_scan_tasks().task_id(task_id)).await?,
            TaskKind::Clusters => reader.preview(context.client.tasks().task_id(task_id)).await?,
        }));
    }
    let mut waiter = Waiter::new(&context, kind, task_id, arguments.limits);
    // Whoever mistypes an id must not wait for hours.
    let Some(state) = waiter.look().await? else {
        let message = format!("the list of tasks does not have the task {task_id}");
        let error = Error::builder(ErrorKind::NotFound, Outcome::NoEffect, message);
        let other = match kind {
            TaskKind::Servers => "hss wait --clusters is for tasks that scan clusters",
            TaskKind::Clusters => "hss wait --servers is for tasks that scan servers",
        };
        return Err(error
            .with_hint(format!("hss tasks lists the tasks; {other}"))
            .build()
            .into());
    };
    if state.has_ended() {
        messages.note(&format!(
            "the task has ended: {}; waiting for scans that begin now{}",
            task::words(&state),
            waiter
                .hint(Hint::Failures)
                .map(|hint| format!("; {hint}"))
                .unwrap_or_default()
        ));
    }
    let waited = waiter.run(&Asked::All).await?;
    Ok(Report::Waited { sent: None, waited })
}
