//! Journals, as text and as JSON.

use huaweicloud_hss::OperationId;
use huaweicloud_hss::auth::sanitize;
use huaweicloud_hss::bulk::JournalStatus;
use serde::Serialize;

use crate::output::json;
use crate::output::report::JournalView;
use crate::output::summary::list_lines;
use crate::output::table::{fitted, terminal_width};
use crate::output::words::{count, items, verb};

pub(crate) fn text(journals: &[JournalStatus], view: JournalView) -> String {
    match view {
        JournalView::Line | JournalView::Whole if journals.is_empty() => "no journals".to_owned(),
        JournalView::Line => lines(journals),
        JournalView::Whole => journals.iter().map(whole).collect::<Vec<_>>().join("\n\n"),
        JournalView::Removed => {
            let removed = journals
                .iter()
                .map(|journal| format!("removed: {}", journal.path().display()));
            removed
                .map(|line| sanitize::escape_line(&line))
                .collect::<Vec<_>>()
                .join("\n")
        }
    }
}

fn lines(journals: &[JournalStatus]) -> String {
    let rows: Vec<[String; 7]> = journals
        .iter()
        .map(|journal| {
            let counts = journal.counts();
            let numbers = [counts.confirmed, counts.unknown, counts.refused, counts.not_sent];
            let [confirmed, unknown, refused, not_sent] = numbers.map(|number| number.to_string());
            let command = command(journal);
            let task = sanitize::escape_line(journal.task_id());
            [
                task,
                command,
                state(journal).to_owned(),
                confirmed,
                unknown,
                refused,
                not_sent,
            ]
        })
        .collect();
    let headings = ["task", "command", "run", "confirmed", "unknown", "refused", "not sent"];
    let text = fitted(headings, &rows, terminal_width());
    match journals.iter().any(|journal| state(journal) == "open") {
        true => {
            format!("{text}an open run goes on with the same command; what its list has and was not begun is not here")
        }
        false => text,
    }
}

fn whole(journal: &JournalStatus) -> String {
    let counts = journal.counts();
    let number = |number: usize| match journal.operation().parse::<OperationId>() {
        Ok(operation) => items(operation, number),
        Err(_) => count(number, "item", "items"),
    };
    let mut lines = vec![
        format!("{} of task {}: {}", command(journal), journal.task_id(), state(journal)),
        format!("  file: {}", journal.path().display()),
        format!("  endpoint: {}", journal.endpoint()),
        format!("  project: {}", journal.project_id()),
        format!("  enterprise project: {}", journal.enterprise_project_id()),
    ];
    lines.extend(journal.began().map(|began| format!("  last run began: {began}")));
    for (name, number_of) in [
        ("confirmed", counts.confirmed),
        ("unknown", counts.unknown),
        ("refused", counts.refused),
        ("not sent, or seen to fail again", counts.not_sent),
        ("started by earlier runs", counts.skipped),
    ] {
        if number_of > 0 {
            lines.push(format!("  {name}: {}", number(number_of)));
        }
    }
    lines.extend(
        journal
            .last_refusal()
            .map(|refusal| format!("  last refusal: {refusal}")),
    );
    for (heading, items) in [
        ("outcome unknown:", journal.unknown()),
        ("named by the service:", journal.named()),
        ("refused:", journal.refused()),
    ] {
        if !items.is_empty() {
            lines.push(heading.to_owned());
            lines.extend(list_lines(items).into_iter().map(|item| format!("  {item}")));
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| sanitize::escape_line(line)).collect();
    lines.join("\n")
}

fn command(journal: &JournalStatus) -> String {
    let operation = journal.operation().parse().map(verb);
    operation.unwrap_or_else(|_| journal.operation()).to_owned()
}

fn state(journal: &JournalStatus) -> &'static str {
    match (journal.is_in_use(), journal.began(), journal.is_open()) {
        (true, _, _) => "running",
        (_, None, _) => "empty",
        (_, _, true) => "open",
        (_, _, false) => "closed",
    }
}

pub(crate) fn json(journals: &[JournalStatus]) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        journals: Vec<Journal<'a>>,
    }
    #[derive(Serialize)]
    struct Journal<'a> {
        file: String,
        operation: &'a str,
        task_id: &'a str,
        endpoint: &'a str,
        project_id: &'a str,
        enterprise_project_id: &'a str,
        run: &'a str,
        began: Option<String>,
        confirmed: usize,
        unknown: usize,
        refused: usize,
        not_sent: usize,
        started_before: usize,
        unknown_ids: Vec<String>,
        refused_ids: Vec<String>,
        named_ids: Vec<String>,
        last_refusal: Option<&'a str>,
    }
    let journals = journals.iter().map(|journal| {
        let counts = journal.counts();
        Journal {
            file: journal.path().to_string_lossy().into_owned(),
            operation: journal.operation(),
            task_id: journal.task_id(),
            endpoint: journal.endpoint(),
            project_id: journal.project_id(),
            enterprise_project_id: journal.enterprise_project_id(),
            run: state(journal),
            began: journal.began(),
            confirmed: counts.confirmed,
            unknown: counts.unknown,
            refused: counts.refused,
            not_sent: counts.not_sent,
            started_before: counts.skipped,
            unknown_ids: list_lines(journal.unknown()),
            refused_ids: list_lines(journal.refused()),
            named_ids: list_lines(journal.named()),
            last_refusal: journal.last_refusal(),
        }
    });
    json::to_line(&Object {
        journals: journals.collect(),
    })
}
