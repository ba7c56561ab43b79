//! The commands that a message names as the next ones, with the options that say where.

use huaweicloud_hss::reads::TaskKind;

use crate::context::Context;

fn words(kind: TaskKind) -> (&'static str, &'static str) {
    match kind {
        TaskKind::Servers => ("servers", "hosts"),
        TaskKind::Clusters => ("clusters", "clusters"),
    }
}

/// Shows whether scans started whose request has an unknown outcome.
pub(crate) fn scanning(kind: TaskKind, task_id: &str, context: &Context<'_>) -> String {
    let ((_, items), place) = (words(kind), &context.place);
    format!("to see whether its scans run: hss {items} {task_id} --status scanning{place}")
}

pub(crate) fn failures(kind: TaskKind, task_id: &str, context: &Context<'_>) -> String {
    let ((_, items), place) = (words(kind), &context.place);
    format!("to see what failed: hss {items} {task_id} --status failed{place}")
}

pub(crate) fn wait(kind: TaskKind, task_id: &str, context: &Context<'_>) -> String {
    let ((kind, _), place) = (words(kind), &context.place);
    format!("to wait for the end of the task: hss wait --{kind} {task_id}{place}")
}

/// Shows whether the service made another task of the scans.
pub(crate) fn new_task(kind: TaskKind, context: &Context<'_>) -> String {
    let ((kind, _), place) = (words(kind), &context.place);
    format!("to see whether the scans have a task of their own: hss tasks --{kind} --limit 5{place}")
}
