//! What came of a run of many batches, as text and as JSON.

use huaweicloud_hss::bulk::{self, Summary};
use serde::Serialize;

use crate::error::CliError;
use crate::exit_code::RunStatus;
use crate::output::error;
use crate::output::json;
use crate::output::sanitize;
use crate::output::words::{batches, ids, verb};

/// Where everything stands, and each id that is in doubt.
pub(crate) fn text(summary: &Summary) -> String {
    let (plan, counts) = (summary.plan(), summary.counts());
    let end = match RunStatus::of(summary) {
        RunStatus::Completed => "accepted",
        RunStatus::InDoubt => "in doubt",
        RunStatus::Stopped => "ended early",
        RunStatus::Interrupted => "interrupted",
    };
    let head = format!(
        "{end}: {} of task {}, {} in {}",
        verb(plan.operation()),
        plan.task_id(),
        ids(plan.ids()),
        batches(plan.batches())
    );
    let mut lines = vec![sanitize::line(&head)];
    let before = summary.counts_before().confirmed.batches;
    for (name, tally) in [
        ("confirmed", counts.confirmed),
        ("in doubt", counts.unknown),
        ("refused", counts.refused),
        ("not sent", counts.not_sent),
    ] {
        let earlier = match name {
            "confirmed" if before > 0 => format!(", {} of them before", batches(before)),
            _ => String::new(),
        };
        if tally.batches > 0 {
            lines.push(format!(
                "  {name}: {} in {}{earlier}",
                ids(tally.ids),
                batches(tally.batches)
            ));
        }
    }
    for doubted in summary.unknown() {
        lines.push(format!("in doubt, batch {}:", doubted.batch() + 1));
        lines.extend(doubted.ids().map(|id| format!("  {}", sanitize::line(id))));
    }
    lines.join("\n")
}

/// What a person should know besides: why the run ended, and how to go on.
pub(crate) fn advice(summary: &Summary) -> Option<String> {
    let mut lines: Vec<String> = summary
        .error()
        .map(|error| error::text(&CliError::from(error.clone())))
        .into_iter()
        .collect();
    if summary.journal().is_some() {
        if !summary.is_complete() {
            lines.push("to resume: run the same command again".to_owned());
        }
        if summary.counts().unknown.batches > 0 {
            lines.push("what is in doubt may have started: look at the task before --resend-unknown".to_owned());
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// All of it as one object.
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
        in_doubt: Count,
        refused: Count,
        not_sent: Count,
        in_doubt_ids: Vec<&'a str>,
        journal: Option<String>,
        error: Option<error::Fields<'a>>,
    }
    #[derive(Serialize)]
    struct Count {
        batches: usize,
        ids: usize,
    }
    let count = |bulk::Count { batches, ids, .. }| Count { batches, ids };
    let (plan, counts) = (summary.plan(), summary.counts());
    let failure = summary.error().cloned().map(CliError::from);
    json::to_line(&Object {
        operation: plan.operation().as_str(),
        task_id: plan.task_id(),
        status: RunStatus::of(summary).name(),
        ids: plan.ids(),
        duplicates: plan.duplicates(),
        batches: plan.batches(),
        batch_size: plan.batch_size(),
        confirmed: count(counts.confirmed),
        confirmed_before: count(summary.counts_before().confirmed),
        in_doubt: count(counts.unknown),
        refused: count(counts.refused),
        not_sent: count(counts.not_sent),
        in_doubt_ids: summary.unknown().flat_map(|doubted| doubted.ids()).collect(),
        journal: summary.journal().map(|journal| journal.to_string_lossy().into_owned()),
        error: failure.as_ref().map(error::Fields::of),
    })
}
