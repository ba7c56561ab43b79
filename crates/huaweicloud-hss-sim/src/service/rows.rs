//! Rows of answers.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::scan::{ClusterScan, HostScan, Moment, Ordered, Progress, Scanned, Task, is_running};
use super::tasks::ScanState;

/// Reason of a host without one of its own.
const HOST_REASON: &str = "The agent did not answer.";
/// Reason of a cluster without one of its own.
const CLUSTER_REASON: &str = "The cluster could not be reached.";
/// What vulnerability scan tasks look for.
const VUL_TYPE: &str = "linux_vul";

/// Makes rows as they are at one moment.
#[derive(Clone, Copy)]
pub(super) struct RowMaker {
    pub(super) start: Moment,
    pub(super) scan_time: Duration,
    pub(super) now: Instant,
}

impl RowMaker {
    pub(super) fn state(self, progress: Progress) -> ScanState {
        progress.at(self.now, self.scan_time)
    }

    /// The state of a cluster: that of its scan items together.
    pub(super) fn cluster_state(self, held: &ClusterScan) -> ScanState {
        let has = |wanted| held.scans().any(|progress| self.state(*progress) == wanted);
        let mut states = [ScanState::Scanning, ScanState::Failed].into_iter();
        states.find(|state| has(*state)).unwrap_or(ScanState::Success)
    }

    /// `running` or `finished`.
    pub(super) fn status<T: Scanned>(self, task: &Task<T>) -> &'static str {
        if is_running(task.shown(), self.now, self.scan_time) {
            "running"
        } else {
            "finished"
        }
    }

    pub(super) fn host(self, id: &str, held: &HostScan) -> Value {
        let state = self.state(held.progress);
        let mut detail = json!({ "vul_type": VUL_TYPE, "status": state });
        let mut row = json!({ "host_id": id, "host_name": id, "asset_value": "common", "scan_status": state });
        if state == ScanState::Failed {
            let reason = held.host.failed_reason.as_deref().unwrap_or(HOST_REASON);
            detail["failed_reason"] = json!(reason);
            // The older list is shorter.
            let short: String = reason.chars().take(128).collect();
            row["failed_reasons"] = json!([{ "vul_type": VUL_TYPE, "failed_reason": short }]);
        }
        row["vul_scan_details"] = json!([detail]);
        patched(row, held.host.answer.as_ref())
    }

    pub(super) fn vulnerability_scan_task(self, id: &str, task: &Task<HostScan>) -> Value {
        let counts = counts(task.shown(), |held| self.state(held.progress));
        let mut row = json!({
            "id": id,
            "scan_type": task.trigger,
            "scan_vul_types": [VUL_TYPE],
            "status": self.status(task),
            "scanning_host_num": counts[0],
            "success_host_num": counts[1],
            "failed_host_num": counts[2],
        });
        self.add_times(&mut row, task);
        patched(row, task.answer.as_ref())
    }

    pub(super) fn cluster(self, id: &str, held: &ClusterScan, task: &Task<ClusterScan>) -> Value {
        let reason = held.cluster.failed_reason.as_deref().unwrap_or(CLUSTER_REASON);
        let details = held.scans.iter().map(|(scan, progress)| {
            let state = self.state(*progress);
            let mut detail = json!({ "scan_type": scan, "status": state });
            if state == ScanState::Failed {
                detail["failed_reason"] = json!(reason);
            }
            detail
        });
        let state = self.cluster_state(held);
        let began = held
            .scans()
            .filter_map(|progress| progress.times(self.scan_time))
            .map(|(since, _)| since)
            .max();
        let mut row = json!({
            "cluster_id": id,
            "cluster_name": id,
            "cluster_type": "cce",
            "scan_status": state,
            "start_time": began.map_or(task.started, |began| self.start.milliseconds_at(began)),
            "scan_detail_list": details.collect::<Vec<_>>(),
        });
        if state != ScanState::Scanning {
            row["end_time"] = json!(self.end(held.scans(), task.started));
        }
        patched(row, held.cluster.answer.as_ref())
    }

    pub(super) fn cluster_scan_task(self, id: &str, task: &Task<ClusterScan>) -> Value {
        let counts = counts(task.shown(), |held| self.cluster_state(held));
        let mut row = json!({
            "task_id": id,
            "task_type": "cluster_scan",
            "task_name": task.name.as_deref().unwrap_or(id),
            "trigger_type": task.trigger,
            "task_status": self.status(task),
            "cluster_scan_info": {
                "scan_type_list": scan_types(task),
                "scanning_cluster_num": counts[0],
                "success_cluster_num": counts[1],
                "failed_cluster_num": counts[2],
            },
        });
        self.add_times(&mut row, task);
        patched(row, task.answer.as_ref())
    }

    /// Start and either end or the minutes that are left.
    fn add_times<T: Scanned>(self, row: &mut Value, task: &Task<T>) {
        let scans = || task.shown().values().flat_map(|(_, item)| item.scans());
        row["start_time"] = json!(task.started);
        if self.status(task) == "running" {
            let ends = scans().filter_map(|progress| progress.times(self.scan_time)?.1).max();
            let left = ends.map_or(Duration::MAX, |end| end.saturating_duration_since(self.now));
            row["estimated_time"] = json!(i32::try_from(left.as_secs().div_ceil(60)).unwrap_or(i32::MAX));
        } else {
            row["estimated_time"] = json!(0);
            row["end_time"] = json!(self.end(scans(), task.started));
        }
    }

    /// The end of the last scan; `started` where none was started since the simulator runs.
    fn end<'p>(self, scans: impl Iterator<Item = &'p Progress>, started: i64) -> i64 {
        let ends = scans.filter_map(|progress| progress.times(self.scan_time)?.1);
        ends.max().map_or(started, |end| self.start.milliseconds_at(end))
    }
}

/// The scan items of the task's clusters, each once.
pub(super) fn scan_types(task: &Task<ClusterScan>) -> Vec<&str> {
    let all = task.shown().values().flat_map(|(_, held)| held.scans.keys());
    let mut types: Vec<&str> = all.map(String::as_str).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// How many scan, succeeded and failed.
fn counts<T>(items: &Ordered<T>, state: impl Fn(&T) -> ScanState) -> [usize; 3] {
    let mut counts = [0; 3];
    for (_, item) in items.values() {
        counts[match state(item) {
            ScanState::Scanning => 0,
            ScanState::Success => 1,
            ScanState::Failed => 2,
        }] += 1;
    }
    counts
}

/// The row after a JSON merge patch (RFC 7396).
fn patched(mut row: Value, patch: Option<&Value>) -> Value {
    if let Some(patch) = patch {
        json_patch::merge(&mut row, patch);
    }
    row
}
