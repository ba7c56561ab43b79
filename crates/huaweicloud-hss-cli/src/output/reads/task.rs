//! A task.

use huaweicloud_hss::raw::tasks::types::{TaskInfo, VulScanTaskInfo};
use huaweicloud_hss::reads::TaskState;
use serde::Serialize;

use super::time::{rfc3339, shown};

/// A task of either kind.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Task {
    pub(crate) kind: &'static str,
    pub(crate) task_id: String,
    name: Option<String>,
    trigger: Option<String>,
    pub(crate) status: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    scans: Vec<String>,
    scanning: Option<i32>,
    success: Option<i32>,
    failed: Option<i32>,
    row: Row,
    #[serde(skip)]
    pub(crate) started: Option<i64>,
    #[serde(skip)]
    pub(crate) unreadable: usize,
}

/// What the service said, under its own names.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Row {
    Servers(Box<VulScanTaskInfo>),
    Clusters(Box<TaskInfo>),
}

fn text(value: &Option<impl ToString>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

impl Task {
    fn new(kind: &'static str, id: &Option<String>, state: TaskState, row: Row) -> Self {
        Self {
            kind,
            task_id: id.clone().unwrap_or_default(),
            name: None,
            trigger: None,
            status: state.status,
            start_time: rfc3339(state.start_time),
            end_time: rfc3339(state.end_time),
            scans: Vec::new(),
            scanning: state.scanning,
            success: state.success,
            failed: state.failed,
            row,
            started: state.start_time,
            unreadable: 0,
        }
    }

    pub(crate) fn columns() -> [&'static str; 5] {
        ["task", "scans", "status", "started", "failed"]
    }

    /// Of the numbers there is the one of failed scans and their sum, so that a line fits on a terminal.
    pub(crate) fn cells(&self) -> [String; 5] {
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let number = |value: Option<i32>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let all = [self.scanning, self.success, self.failed].into_iter().sum();
        [
            self.task_id.clone(),
            self.kind.to_owned(),
            word(&self.status),
            shown(self.started),
            format!("{}/{}", number(self.failed), number(all)),
        ]
    }
}

impl From<VulScanTaskInfo> for Task {
    fn from(row: VulScanTaskInfo) -> Self {
        let scans = row.scan_vul_types.as_ref();
        Self {
            trigger: text(&row.scan_type),
            scans: scans
                .map(|types| types.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            unreadable: scans.map_or(0, |types| types.unreadable()),
            ..Self::new(
                "servers",
                &row.id,
                TaskState::from(&row),
                Row::Servers(Box::new(row.clone())),
            )
        }
    }
}

impl From<TaskInfo> for Task {
    fn from(row: TaskInfo) -> Self {
        let scans = row
            .cluster_scan_info
            .as_ref()
            .and_then(|info| info.scan_type_list.as_ref());
        Self {
            name: row.task_name.clone(),
            trigger: text(&row.trigger_type),
            scans: scans
                .map(|types| types.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            unreadable: scans.map_or(0, |types| types.unreadable()),
            ..Self::new(
                "clusters",
                &row.task_id,
                TaskState::from(&row),
                Row::Clusters(Box::new(row.clone())),
            )
        }
    }
}

/// A task as a poll shows it, in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct StateObject<'a> {
    status: Option<&'a str>,
    start_time: Option<String>,
    end_time: Option<String>,
    scanning: Option<i32>,
    success: Option<i32>,
    failed: Option<i32>,
}

impl<'a> StateObject<'a> {
    pub(crate) fn of(state: &'a TaskState) -> Self {
        Self {
            status: state.status.as_deref(),
            start_time: rfc3339(state.start_time),
            end_time: rfc3339(state.end_time),
            scanning: state.scanning,
            success: state.success,
            failed: state.failed,
        }
    }
}

/// A task as a poll shows it, in words.
pub(crate) fn words(state: &TaskState) -> String {
    let number = |value: Option<i32>| value.map_or_else(|| "?".to_owned(), |value| value.to_string());
    format!(
        "{}: {} scanning, {} succeeded, {} failed",
        state.status.as_deref().unwrap_or("status unknown"),
        number(state.scanning),
        number(state.success),
        number(state.failed)
    )
}
