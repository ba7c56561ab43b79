//! The summary of a list, as text and as JSON.

use huaweicloud_hss::auth::net::sanitize;
use huaweicloud_hss::bulk::{self, Summary};
use serde::Serialize;

use crate::error::CliError;
use crate::exit_code::RunStatus;
use crate::output::error::{self, ErrorObject};
use crate::output::json;
use crate::output::words::{batches, ids, verb};

/// The counts, and each id whose outcome is unknown.
pub(crate) fn text(summary: &Summary) -> String {
    let (plan, counts) = (summary.plan(), summary.counts());
    let status = match RunStatus::of(summary) {
        RunStatus::Completed => "accepted",
        RunStatus::Unknown => "outcome unknown",
        RunStatus::Stopped => "stopped early",
        RunStatus::Interrupted => "interrupted",
    };
    let head = format!(
        "{status}: {} of task {}, {} in {}",
        verb(plan.operation()),
        plan.task_id(),
        ids(plan.ids()),
        batches(plan.batches())
    );
    let mut lines = vec![sanitize::escape_line(&head)];
    let before = summary.counts_before().confirmed.batches;
    let earlier = if before > 0 {
        format!(", {} of them in an earlier run", batches(before))
    } else {
        String::new()
    };
    for (name, count, suffix) in [
        ("confirmed", counts.confirmed, earlier.as_str()),
        ("unknown", counts.unknown, ""),
        ("refused", counts.refused, ""),
        ("not sent", counts.not_sent, ""),
    ] {
        if count.batches > 0 {
            lines.push(format!(
                "  {name}: {} in {}{suffix}",
                ids(count.ids),
                batches(count.batches)
            ));
        }
    }
    for unknown in summary.unknown() {
        lines.push(format!("outcome unknown, batch {}:", unknown.batch() + 1));
        lines.extend(unknown.ids().map(|id| format!("  {}", sanitize::escape_line(id))));
    }
    lines.join("\n")
}

/// Why the run ended early, and how to continue; for standard error.
pub(crate) fn advice(summary: &Summary) -> Option<String> {
    let mut lines: Vec<String> = summary
        .error()
        .map(|error| error::text(&CliError::from(error.clone())))
        .into_iter()
        .collect();
    if summary.journal().is_some() {
        if !summary.is_complete() {
            lines.push("to resume, run the same command again".to_owned());
        }
        if summary.counts().unknown.batches > 0 {
            lines.push(
                "scans whose outcome is unknown may have started: check the task before using --resend-unknown"
                    .to_owned(),
            );
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The whole summary as one object.
pub(crate) fn json(summary: &Summary) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        operation: &'a str,
        task_id: &'a str,
        status: &'a str,
        ids: usize,
        duplicates: usize,
        batches: usize,
        batch_size: usize,
        confirmed: Count,
        confirmed_before: Count,
        unknown: Count,
        refused: Count,
        not_sent: Count,
        unknown_ids: Vec<&'a str>,
        journal: Option<String>,
        error: Option<ErrorObject<'a>>,
    }
    #[derive(Serialize)]
    struct Count {
        batches: usize,
        ids: usize,
    }
    let count = |bulk::Count { batches, ids, .. }| Count { batches, ids };
    let (plan, counts) = (summary.plan(), summary.counts());
    let error = summary.error().cloned().map(CliError::from);
    json::to_line(&Object {
        operation: plan.operation().as_str(),
        task_id: plan.task_id(),
        status: RunStatus::of(summary).as_str(),
        ids: plan.ids(),
        duplicates: plan.duplicates(),
        batches: plan.batches(),
        batch_size: plan.batch_size(),
        confirmed: count(counts.confirmed),
        confirmed_before: count(summary.counts_before().confirmed),
        unknown: count(counts.unknown),
        refused: count(counts.refused),
        not_sent: count(counts.not_sent),
        unknown_ids: summary.unknown().flat_map(|batch| batch.ids()).collect(),
        journal: summary.journal().map(|journal| journal.to_string_lossy().into_owned()),
        error: error.as_ref().map(ErrorObject::of),
    })
}
