//! What a list says of a task.

use crate::generated::tasks::client::types::{TaskInfo, VulScanTaskInfo};

/// A task as one answer shows it. `None` where the answer does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskState {
    /// `ready`, `running` or `finished`; there may be other values. A task that is finished can have failed scans.
    pub status: Option<String>,
    /// The number of servers or clusters that are being scanned.
    pub scanning: Option<i32>,
    /// The number of those whose scan succeeded.
    pub success: Option<i32>,
    /// The number of those whose scan failed.
    pub failed: Option<i32>,
    /// In milliseconds since 1970-01-01 UTC.
    pub start_time: Option<i64>,
    /// In milliseconds since 1970-01-01 UTC.
    pub end_time: Option<i64>,
}

impl From<&VulScanTaskInfo> for TaskState {
    fn from(row: &VulScanTaskInfo) -> Self {
        Self {
            status: row.status.as_ref().map(|status| status.to_string()),
            scanning: row.scanning_host_num,
            success: row.success_host_num,
            failed: row.failed_host_num,
            start_time: row.start_time,
            end_time: row.end_time,
        }
    }
}

impl From<&TaskInfo> for TaskState {
    fn from(row: &TaskInfo) -> Self {
        let counts = row.cluster_scan_info.as_ref();
        Self {
            status: row.task_status.as_ref().map(|status| status.to_string()),
            scanning: counts.and_then(|counts| counts.scanning_cluster_num),
            success: counts.and_then(|counts| counts.success_cluster_num),
            failed: counts.and_then(|counts| counts.failed_cluster_num),
            start_time: row.start_time,
            end_time: row.end_time,
        }
    }
}

impl TaskState {
    /// Whether a scan of the task runs, or is about to.
    pub fn is_running(&self) -> bool {
        matches!(self.status.as_deref(), Some("ready" | "running")) || self.scanning > Some(0)
    }

    /// Whether no scan of the task runs.
    pub fn has_ended(&self) -> bool {
        self.status.as_deref() == Some("finished") && self.scanning.unwrap_or(0) == 0
    }
}
