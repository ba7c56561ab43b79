//! What came of a run of many batches, as text and as JSON.

use huaweicloud_hss::bulk::{self, Summary};
use serde::Serialize;

use crate::exit;
use crate::failure::Failure;
use crate::output;
use crate::printable;
use crate::progress::{batches, ids};
use crate::report::word;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Completed,
    InDoubt,
    Stopped,
    Interrupted,
}

impl End {
    /// By where the batches stand. With nothing left to send, an error is the journal's, or that of a batch which was in
    /// doubt before and stays so.
    pub(crate) fn of(summary: &Summary) -> Self {
        if summary.is_stopped() {
            Self::Interrupted
        } else if !summary.is_complete() {
            Self::Stopped
        } else if summary.counts().unknown.batches > 0 {
            Self::InDoubt
        } else {
            Self::Completed
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::InDoubt => "in_doubt",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The exit code. A run that did nothing at all has the code of what kept it from that, as a single call has.
pub(crate) fn code(summary: &Summary) -> u8 {
    match (End::of(summary), summary.error()) {
        (End::Completed, _) => 0,
        (End::InDoubt, _) => exit::UNKNOWN,
        (End::Interrupted, _) => exit::INTERRUPTED,
        (End::Stopped, Some(error)) if has_done_nothing(summary) => exit::code(error.kind(), error.outcome()),
        (End::Stopped, _) => exit::RESUMABLE,
    }
}

fn has_done_nothing(summary: &Summary) -> bool {
    let counts = summary.counts();
    counts.confirmed.batches == 0 && counts.unknown.batches == 0
}

/// Where everything stands, and each id that is in doubt.
pub(crate) fn text(summary: &Summary) -> String {
    let (plan, counts) = (summary.plan(), summary.counts());
    let end = match End::of(summary) {
        End::Completed => "accepted",
        End::InDoubt => "in doubt",
        End::Stopped => "ended early",
        End::Interrupted => "interrupted",
    };
    let head = format!(
        "{end}: {} of task {}, {} in {}",
        word(plan.operation()),
        plan.task_id(),
        ids(plan.ids()),
        batches(plan.batches())
    );
    let mut lines = vec![printable::line(&head)];
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
        lines.extend(doubted.ids().map(|id| format!("  {}", printable::line(id))));
    }
    lines.join("\n")
}

/// What a person should know besides: why the run ended, and how to go on.
pub(crate) fn advice(summary: &Summary) -> Option<String> {
    let mut lines: Vec<String> = summary
        .error()
        .map(|error| output::failure_text(&Failure::from(error.clone())))
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
        error: Option<output::Fields<'a>>,
    }
    #[derive(Serialize)]
    struct Count {
        batches: usize,
        ids: usize,
    }
    let count = |bulk::Count { batches, ids, .. }| Count { batches, ids };
    let (plan, counts) = (summary.plan(), summary.counts());
    let failure = summary.error().cloned().map(Failure::from);
    output::json(&Object {
        operation: plan.operation().as_str(),
        task_id: plan.task_id(),
        status: End::of(summary).name(),
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
        error: failure.as_ref().map(output::Fields::of),
    })
}
