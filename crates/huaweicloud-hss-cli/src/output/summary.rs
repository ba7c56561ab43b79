//! The summary of a list, as text and as JSON.

use huaweicloud_hss::auth::sanitize;
use huaweicloud_hss::bulk::{Item, Summary};
use huaweicloud_hss::{Error, ErrorKind, OperationId};
use indicatif::HumanCount;
use serde::Serialize;

use crate::error::CliError;
use crate::exit_code::RunStatus;
use crate::output::error::{self, ErrorObject};
use crate::output::json;
use crate::output::words::{items, verb};

/// A batch has one outcome for all; a thousand lines would hide the rest of the summary.
const SHOWN: usize = 10;

/// The counts, and each item whose outcome is unknown or that was refused.
pub(crate) fn text(summary: &Summary) -> String {
    let (plan, counts) = (summary.plan(), summary.counts());
    let operation = plan.operation();
    let status = match RunStatus::of(summary) {
        RunStatus::Completed if summary.batches() == 0 => "nothing to send",
        RunStatus::Completed => "accepted",
        RunStatus::Unknown => "outcome unknown",
        RunStatus::Refused => "refused",
        RunStatus::Stopped => "stopped early",
        RunStatus::Interrupted => "interrupted",
    };
    let head = format!(
        "{status}: {} of task {}, {}",
        verb(operation),
        plan.task_id(),
        items(operation, plan.items())
    );
    let mut lines = vec![sanitize::escape_line(&head)];
    let before = summary.counts_before().confirmed;
    let earlier = match before {
        0 => String::new(),
        _ => format!(", {} of them by earlier commands", HumanCount(before as u64)),
    };
    for (name, count, suffix) in [
        ("confirmed", counts.confirmed, earlier.as_str()),
        ("left out", counts.skipped, ", started by earlier runs"),
        ("unknown", counts.unknown, ""),
        ("refused", counts.refused, ""),
        ("not sent", counts.not_sent, ""),
    ] {
        if count > 0 {
            lines.push(format!("  {name}: {}{suffix}", items(operation, count)));
        }
    }
    // Without a journal, only the summary knows them.
    let unknown_shown = summary.journal().map_or(usize::MAX, |_| SHOWN);
    let more = format!("hss journal show {} lists all", plan.task_id());
    push_list(
        &mut lines,
        "outcome unknown:",
        list_lines(summary.unknown()),
        unknown_shown,
        &more,
    );
    push_list(
        &mut lines,
        "named by the service:",
        list_lines(summary.named()),
        usize::MAX,
        &more,
    );
    let more = summary.journal().map_or("--output json lists all", |_| &more);
    push_list(&mut lines, "refused:", list_lines(summary.refused()), SHOWN, more);
    lines.join("\n")
}

fn push_list(lines: &mut Vec<String>, heading: &str, items: Vec<String>, shown: usize, place: &str) {
    if items.is_empty() {
        return;
    }
    lines.push(heading.to_owned());
    let shown_items = items.iter().take(shown);
    lines.extend(shown_items.map(|item| format!("  {}", sanitize::escape_line(item))));
    if let more @ 1.. = items.len().saturating_sub(shown) {
        lines.push(sanitize::escape_line(&format!("  and {more} more; {place}")));
    }
}

/// The items as the lines of a list that can be sent: the scan items of a cluster, which follow each other, are in one.
pub(crate) fn list_lines<'a>(items: impl IntoIterator<Item = Item<'a>>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut last = None;
    for item in items {
        match (lines.last_mut(), item.scan_type()) {
            (Some(line), Some(scan_type)) if last == Some(item.id()) => {
                line.push(',');
                line.push_str(scan_type);
            }
            _ => lines.push(item.to_string()),
        }
        last = Some(item.id());
    }
    lines
}

/// Why the run ended early, and how to continue; for standard error.
pub(crate) fn advice(summary: &Summary) -> Option<String> {
    let mut lines: Vec<String> = summary
        .error()
        .map(|error| error::text(&CliError::from(error.clone())))
        .into_iter()
        .collect();
    if summary.journal().is_some() {
        let is_refused = summary
            .error()
            .is_some_and(|error| matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound));
        if !summary.is_complete() && is_refused {
            lines.push("the same list is refused again unless the reason passes: take out what is refused".to_owned());
            lines.push("and run the command with the rest; what is confirmed is not sent again".to_owned());
            if summary
                .error()
                .and_then(Error::code)
                .is_some_and(|code| code.starts_with("HSS."))
            {
                lines.push("if the task is still scanned, --retry-refused-after 60s waits for that".to_owned());
            }
        } else if !summary.is_complete() {
            lines.push("to resume, run the same command again".to_owned());
        }
        if summary.counts().unknown > 0 {
            lines.push(
                "scans whose outcome is unknown may have started: check the task before using --resend-unknown"
                    .to_owned(),
            );
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The whole summary as one object.
#[derive(Serialize)]
struct Object<'a> {
    operation: &'a str,
    task_id: &'a str,
    status: &'a str,
    items: usize,
    duplicates: usize,
    batches: usize,
    confirmed: usize,
    confirmed_before: usize,
    skipped: usize,
    unknown: usize,
    refused: usize,
    not_sent: usize,
    unknown_ids: Vec<String>,
    refused_ids: Vec<String>,
    named_ids: Vec<String>,
    journal: Option<String>,
    error: Option<ErrorObject<'a>>,
}

pub(crate) fn json(summary: &Summary) -> String {
    let (plan, counts) = (summary.plan(), summary.counts());
    let error = summary.error().cloned().map(CliError::from);
    json::to_line(&Object {
        operation: plan.operation().as_str(),
        task_id: plan.task_id(),
        status: RunStatus::of(summary).as_str(),
        items: plan.items(),
        duplicates: plan.duplicates(),
        batches: summary.batches(),
        confirmed: counts.confirmed,
        confirmed_before: summary.counts_before().confirmed,
        skipped: counts.skipped,
        unknown: counts.unknown,
        refused: counts.refused,
        not_sent: counts.not_sent,
        unknown_ids: list_lines(summary.unknown()),
        refused_ids: list_lines(summary.refused()),
        named_ids: list_lines(summary.named()),
        journal: summary.journal().map(|journal| journal.to_string_lossy().into_owned()),
        error: error.as_ref().map(ErrorObject::of),
    })
}

pub(crate) fn empty_text(operation: OperationId, task_id: &str) -> String {
    sanitize::escape_line(&format!(
        "nothing to send: {} of task {task_id}, {}",
        verb(operation),
        items(operation, 0)
    ))
}

pub(crate) fn empty_json(operation: OperationId, task_id: &str) -> String {
    json::to_line(&Object {
        operation: operation.as_str(),
        task_id,
        status: RunStatus::Completed.as_str(),
        items: 0,
        duplicates: 0,
        batches: 0,
        confirmed: 0,
        confirmed_before: 0,
        skipped: 0,
        unknown: 0,
        refused: 0,
        not_sent: 0,
        unknown_ids: Vec::new(),
        refused_ids: Vec::new(),
        named_ids: Vec::new(),
        journal: None,
        error: None,
    })
}
