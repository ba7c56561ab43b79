//! How waiting for a task ended.

use huaweicloud_hss::auth::sanitize;
use huaweicloud_hss::reads::TaskState;
use indicatif::HumanCount;
use serde::Serialize;

use super::item::Item;
use super::task::{StateObject, words};
use crate::exit_code;
use crate::output::json;

/// A text has this many failures; JSON has all.
const SHOWN: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitStatus {
    Finished,
    /// No scan had failed before the request, and none has failed after it.
    NothingFailed,
    NotConfirmed,
    Interrupted,
}

impl WaitStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::NothingFailed => "nothing_failed",
            Self::NotConfirmed => "not_confirmed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How waiting for a task ended, and what still fails.
#[derive(Debug)]
pub(crate) struct Waited {
    pub(crate) task_id: String,
    pub(crate) status: WaitStatus,
    /// Why the end was not confirmed.
    pub(crate) reason: Option<String>,
    /// What to do next.
    pub(crate) hint: Option<String>,
    pub(crate) state: Option<TaskState>,
    /// What was asked for and still fails, or the whole task's; `None` where it was not read.
    pub(crate) failed: Option<Vec<Item>>,
    pub(crate) unreadable: usize,
}

/// Why an item fails. It is in the list of failures, even where none of its scans is called one.
fn why(item: &Item) -> String {
    match item.failures() {
        none if none.is_empty() => "no reason given".to_owned(),
        reason => reason,
    }
}

impl Waited {
    /// What is known before the wait.
    pub(crate) fn new(task_id: String) -> Self {
        Self {
            task_id,
            status: WaitStatus::NotConfirmed,
            reason: None,
            hint: None,
            state: None,
            failed: None,
            unreadable: 0,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self.status {
            WaitStatus::Finished if self.failed.as_ref().is_some_and(Vec::is_empty) => 0,
            WaitStatus::NothingFailed => 0,
            WaitStatus::Finished => exit_code::STILL_FAILS,
            WaitStatus::NotConfirmed => exit_code::NOT_CONFIRMED,
            WaitStatus::Interrupted => exit_code::INTERRUPTED,
        }
    }

    pub(crate) fn text(&self) -> String {
        let state = self.state.as_ref().map(words);
        let head = match self.status {
            WaitStatus::Finished => format!("the task {} finished", self.task_id),
            WaitStatus::NothingFailed => format!("nothing of the task {} had failed, and nothing fails", self.task_id),
            WaitStatus::NotConfirmed => format!("the end of the task {} was not confirmed", self.task_id),
            WaitStatus::Interrupted => format!("interrupted while waiting for the task {}", self.task_id),
        };
        let reason = self
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let mut lines = vec![format!("{head}{reason}")];
        lines.extend(state.map(|state| format!("  {state}")));
        if let (WaitStatus::Finished | WaitStatus::NotConfirmed, Some(failed)) = (self.status, &self.failed) {
            lines.push(match failed.len() {
                0 => "nothing that was asked for fails".to_owned(),
                number => format!("still failing: {}", HumanCount(number as u64)),
            });
            lines.extend(
                failed
                    .iter()
                    .take(SHOWN)
                    .map(|item| format!("  {}: {}", item.id, why(item))),
            );
            if let more @ 1.. = failed.len().saturating_sub(SHOWN) {
                lines.push(format!("  and {} more", HumanCount(more as u64)));
            }
        }
        lines.extend(self.hint.clone());
        let lines: Vec<String> = lines.iter().map(|line| sanitize::escape_line(line)).collect();
        lines.join("\n")
    }

    pub(crate) fn object(&self) -> Object<'_> {
        Object {
            status: self.status.as_str(),
            reason: self.reason.as_deref(),
            hint: self.hint.as_deref(),
            task: self.state.as_ref().map(StateObject::of),
            failed: self.failed.as_deref(),
            unreadable: self.unreadable,
        }
    }

    /// The object with the wait as one more member.
    pub(crate) fn json_with(&self, object: &str) -> String {
        let wait = json::to_line(&self.object());
        match object.strip_suffix('}') {
            Some(members) => format!("{members},\"wait\":{wait}}}"),
            None => object.to_owned(),
        }
    }

    pub(crate) fn json(&self) -> String {
        #[derive(Serialize)]
        struct Alone<'a> {
            operation: &'a str,
            task_id: &'a str,
        }
        self.json_with(&json::to_line(&Alone {
            operation: "wait",
            task_id: &self.task_id,
        }))
    }
}

/// How the wait ended, in JSON.
#[derive(Serialize)]
pub(crate) struct Object<'a> {
    status: &'a str,
    reason: Option<&'a str>,
    hint: Option<&'a str>,
    task: Option<StateObject<'a>>,
    failed: Option<&'a [Item]>,
    unreadable: usize,
}
