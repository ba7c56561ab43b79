//! Scans, and the tasks that hold them.
//!
//! No timer runs. A scan remembers when it began, and a later look sees that it has ended.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::tasks::{Cluster, Host, ScanState, Trigger};

/// A moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) instant: Instant,
    /// Since 1970-01-01 UTC.
    pub(crate) milliseconds: i64,
}

impl Moment {
    /// The milliseconds of an instant.
    pub(super) fn milliseconds_at(self, instant: Instant) -> i64 {
        let since = instant.saturating_duration_since(self.instant).as_millis();
        self.milliseconds
            .saturating_add(i64::try_from(since).unwrap_or(i64::MAX))
    }
}

/// One scan.
#[derive(Clone, Copy)]
pub(super) struct Progress {
    state: ScanState,
    /// When a running scan began.
    since: Instant,
    /// How a running scan ends.
    then: ScanState,
}

impl Progress {
    pub(super) fn new(state: ScanState, then: Option<ScanState>, since: Instant) -> Self {
        let then = then.unwrap_or(ScanState::Success);
        Self { state, since, then }
    }

    pub(super) fn at(self, now: Instant, scan_time: Duration) -> ScanState {
        let has_ended = self.state == ScanState::Scanning && now.duration_since(self.since) >= scan_time;
        if has_ended { self.then } else { self.state }
    }

    pub(super) fn start(&mut self, now: Instant) {
        (self.state, self.since) = (ScanState::Scanning, now);
    }

    /// When the scan began and when it ended or will end, if it was one of this run.
    pub(super) fn times(self, scan_time: Duration) -> Option<(Instant, Option<Instant>)> {
        (self.state == ScanState::Scanning).then(|| (self.since, self.since.checked_add(scan_time)))
    }
}

/// Values by id, and the position of each in the file.
pub(super) type Ordered<T> = HashMap<String, (usize, T)>;

pub(super) fn ordered<T>(items: impl Iterator<Item = (String, T)>) -> Ordered<T> {
    items
        .enumerate()
        .map(|(position, (id, value))| (id, (position, value)))
        .collect()
}

pub(super) fn in_order<T>(items: &Ordered<T>) -> Vec<(&String, &T)> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_unstable_by_key(|(_, (position, _))| *position);
    items.into_iter().map(|(id, (_, value))| (id, value)).collect()
}

/// A host of a task.
#[derive(Clone)]
pub(super) struct HostScan {
    /// As it was when the task began; its state is in `progress`.
    pub(super) host: Host,
    pub(super) progress: Progress,
}

/// A cluster of a task.
#[derive(Clone)]
pub(super) struct ClusterScan {
    /// As it was when the task began; its states are in `scans`.
    pub(super) cluster: Cluster,
    pub(super) scans: BTreeMap<String, Progress>,
}

/// What has scans.
pub(super) trait Scanned: Clone {
    fn scans(&self) -> impl Iterator<Item = &Progress>;
}

impl Scanned for HostScan {
    fn scans(&self) -> impl Iterator<Item = &Progress> {
        std::iter::once(&self.progress)
    }
}

impl Scanned for ClusterScan {
    fn scans(&self) -> impl Iterator<Item = &Progress> {
        self.scans.values()
    }
}

/// A task and what it scans.
pub(super) struct Task<T> {
    /// Number of the task, in the order in which tasks came to be.
    pub(super) number: usize,
    pub(super) name: Option<String>,
    pub(super) trigger: Trigger,
    pub(super) answer: Option<Value>,
    /// In milliseconds since 1970-01-01 UTC.
    pub(super) started: i64,
    pub(super) items: Ordered<T>,
    /// What the next answers show instead, and their number.
    before: Option<(u32, Ordered<T>)>,
}

impl<T: Scanned> Task<T> {
    pub(super) fn new(number: usize, trigger: Trigger, started: i64, items: Ordered<T>) -> Self {
        Self {
            number,
            name: None,
            trigger,
            answer: None,
            started,
            items,
            before: None,
        }
    }

    /// What an answer shows.
    pub(super) fn shown(&self) -> &Ordered<T> {
        self.before.as_ref().map_or(&self.items, |(_, items)| items)
    }

    /// Keeps what is shown now for this many answers.
    pub(super) fn hold(&mut self, answers: u32) {
        if answers > 0 {
            self.before = Some((answers, self.shown().clone()));
        }
    }

    /// Counts an answer that showed the task.
    pub(super) fn was_shown(&mut self) {
        self.before = self
            .before
            .take()
            .and_then(|(left, items)| Some((left.checked_sub(1)?, items)));
        if matches!(self.before, Some((0, _))) {
            self.before = None;
        }
    }

    pub(super) fn is_running(&self, now: Instant, scan_time: Duration) -> bool {
        is_running(&self.items, now, scan_time)
    }
}

pub(super) fn is_running<T: Scanned>(items: &Ordered<T>, now: Instant, scan_time: Duration) -> bool {
    let mut scans = items.values().flat_map(|(_, item)| item.scans());
    scans.any(|progress| progress.at(now, scan_time) == ScanState::Scanning)
}
