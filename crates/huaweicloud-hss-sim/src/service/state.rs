//! The tasks while the simulator runs: what a request changes.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::refusal::Refusal;
use super::scan::{ClusterScan, HostScan, Moment, Ordered, Progress, Scanned, Task, in_order, ordered};
use super::tasks::{Cluster, ClusterScanTask, Host, ScanState, Tasks, Trigger, VulnerabilityScanTask};
use super::wanted::{named_clusters, wanted_clusters};
use crate::error::RescanError;
use crate::http::answer::new_request_id;

/// Tasks that requests made, of which this many are kept.
const MAX_NEW_TASKS: usize = 1_000;

/// What a request that repeats scans does to its task. Which of these the real service does is not known.
///
/// ```
/// use huaweicloud_hss_sim::Rescan;
///
/// assert_eq!("new-task".parse::<Rescan>()?, Rescan::NewTask);
/// # Ok::<(), huaweicloud_hss_sim::RescanError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rescan {
    /// The task runs again, also where it still runs. This is the default.
    #[default]
    SameTask,
    /// The task stays as it is, and a new one with an id of its own scans what the request asks for. The answer does
    /// not name it.
    NewTask,
    /// The task runs again, unless it still runs: then the request is refused with `HSS.1006`, a code that is a guess.
    RefuseWhileRunning,
}

impl Rescan {
    const ALL: [Self; 3] = [Self::SameTask, Self::NewTask, Self::RefuseWhileRunning];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameTask => "same-task",
            Self::NewTask => "new-task",
            Self::RefuseWhileRunning => "refuse-while-running",
        }
    }
}

impl fmt::Display for Rescan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Rescan {
    type Err = RescanError;

    fn from_str(text: &str) -> Result<Self, RescanError> {
        let mut all = Self::ALL.into_iter();
        all.find(|rescan| rescan.as_str() == text).ok_or(RescanError)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskOptions {
    pub(crate) scan_time: Duration,
    pub(crate) any_task: bool,
    pub(crate) rescan: Rescan,
    /// The number of answers that show a task as it was before its scans were repeated.
    pub(crate) stale_polls: u32,
    /// Whether each answer has its rows in another order.
    pub(crate) unstable_order: bool,
}

/// A request that the document allows.
pub(crate) struct ServiceCall<'r> {
    pub(crate) operation: &'r str,
    /// The task of the path; empty where the path has none.
    pub(crate) task: &'r str,
    pub(crate) query: &'r [(String, Option<String>)],
    pub(crate) body: &'r Value,
}

pub(crate) struct State {
    pub(super) options: TaskOptions,
    pub(super) start: Moment,
    pub(super) hosts: HashMap<String, Task<HostScan>>,
    pub(super) clusters: HashMap<String, Task<ClusterScan>>,
    /// Ids of the tasks that requests made, oldest first.
    made: VecDeque<String>,
    /// The number of the next task.
    next: usize,
    /// The number of lists that were answered.
    pub(super) lists: u64,
}

impl State {
    pub(crate) fn new(tasks: Tasks, options: TaskOptions, start: Moment) -> Self {
        let mut state = Self {
            options,
            start,
            hosts: HashMap::new(),
            clusters: HashMap::new(),
            made: VecDeque::new(),
            next: 0,
            lists: 0,
        };
        for task in tasks.vulnerability_scan_tasks {
            let hosts = task.hosts.into_iter().map(|host| {
                let progress = Progress::new(host.state, host.then, start.instant);
                (host.id.clone(), HostScan { host, progress })
            });
            let started = task.start_time.unwrap_or(start.milliseconds);
            let mut held = Task::new(state.number(), task.trigger, started, ordered(hosts));
            held.answer = task.answer;
            state.hosts.insert(task.id, held);
        }
        for task in tasks.cluster_scan_tasks {
            let clusters = task.clusters.into_iter().map(|cluster| {
                let scan = |(name, scan): (&String, &ScanState)| {
                    (name.clone(), Progress::new(*scan, cluster.then, start.instant))
                };
                let scans = cluster.scans.iter().map(scan).collect();
                (cluster.id.clone(), ClusterScan { cluster, scans })
            });
            let started = task.start_time.unwrap_or(start.milliseconds);
            let mut held = Task::new(state.number(), task.trigger, started, ordered(clusters));
            (held.name, held.answer) = (task.name, task.answer);
            state.clusters.insert(task.id, held);
        }
        state
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    pub(crate) fn vulnerability_scan_task(&self, id: &str, now: Instant) -> Option<VulnerabilityScanTask> {
        let task = self.hosts.get(id)?;
        let hosts = in_order(&task.items).into_iter().map(|(_, scan)| Host {
            state: scan.progress.at(now, self.options.scan_time),
            ..scan.host.clone()
        });
        let mut shown = VulnerabilityScanTask::new(id);
        shown.hosts = hosts.collect();
        (shown.trigger, shown.answer) = (task.trigger, task.answer.clone());
        Some(shown)
    }

    pub(crate) fn cluster_scan_task(&self, id: &str, now: Instant) -> Option<ClusterScanTask> {
        let task = self.clusters.get(id)?;
        let state = |(name, progress): (&String, &Progress)| (name.clone(), progress.at(now, self.options.scan_time));
        let clusters = in_order(&task.items).into_iter().map(|(_, held)| Cluster {
            scans: held.scans.iter().map(state).collect(),
            ..held.cluster.clone()
        });
        let mut shown = ClusterScanTask::new(id);
        shown.clusters = clusters.collect();
        (shown.name, shown.trigger, shown.answer) = (task.name.clone(), task.trigger, task.answer.clone());
        Some(shown)
    }

    /// Carries out a request and gives the content of its answer. An operation that is not one of these has no state to
    /// change or show.
    pub(crate) fn apply(&mut self, call: &ServiceCall<'_>, now: Instant) -> Result<Option<Value>, Refusal> {
        match call.operation {
            "recreateVulScanTask" => self.rescan(call.task, call.body, now).map(|()| None),
            "retryTask" => self.retry(call.task, call.body, now).map(|()| None),
            _ => self.list(call, now),
        }
    }

    fn rescan(&mut self, id: &str, body: &Value, now: Instant) -> Result<(), Refusal> {
        let options = self.options;
        let named = match body["range_type"].as_str() {
            Some("all_failed_host") => None,
            Some("specific_host") => body["host_ids"].as_array(),
            _ => return Err(Refusal::not_simulated("/range_type", "service/state.rs")),
        };
        let Some(task) = self.hosts.get_mut(id) else {
            return options.unknown_task();
        };
        options.refuse_running(task, now)?;
        let started: BTreeSet<String> = match named {
            // A refused request changes nothing, so all ids are looked up first.
            Some(named) => {
                let named = named.iter().filter_map(Value::as_str);
                let known = named.map(|id| match task.items.contains_key(id) {
                    true => Ok(id.to_owned()),
                    false => Err(not_in_task("host", id)),
                });
                known.collect::<Result<_, _>>()?
            }
            None => {
                let failed = |scan: &HostScan| scan.progress.at(now, options.scan_time) == ScanState::Failed;
                let hosts = task.items.iter().filter(|(_, (_, scan))| failed(scan));
                hosts.map(|(id, _)| id.clone()).collect()
            }
        };
        let start = |scan: &mut HostScan| scan.progress.start(now);
        if options.rescan == Rescan::NewTask {
            let chosen = in_order(&task.items)
                .into_iter()
                .filter(|(id, _)| started.contains(*id));
            let copies = chosen.map(|(id, scan)| {
                let mut scan = scan.clone();
                start(&mut scan);
                (id.clone(), scan)
            });
            let items = ordered(copies);
            self.make(items, now, |state, id, task| state.hosts.insert(id, task).is_some());
            return Ok(());
        }
        task.hold(options.stale_polls);
        for id in &started {
            task.items.entry(id.clone()).and_modify(|(_, scan)| start(scan));
        }
        Ok(())
    }

    fn retry(&mut self, id: &str, body: &Value, now: Instant) -> Result<(), Refusal> {
        let options = self.options;
        let named = named_clusters(body)?;
        let Some(task) = self.clusters.get_mut(id) else {
            return options.unknown_task();
        };
        let wanted = named.map(wanted_clusters).transpose()?;
        options.refuse_running(task, now)?;
        // A refused request changes nothing, so all entries are looked up first.
        for (position, cluster) in wanted.iter().flatten().enumerate() {
            let (_, held) = task
                .items
                .get(cluster.id)
                .ok_or_else(|| not_in_task("cluster", cluster.id))?;
            cluster.check(position, &held.scans)?;
        }
        let is_started = |id: &str, scan: &str, progress: Progress| {
            let failed = progress.at(now, options.scan_time) == ScanState::Failed;
            match &wanted {
                None => failed,
                Some(wanted) => {
                    let mut entries = wanted.iter().filter(|cluster| cluster.id == id);
                    entries.any(|cluster| cluster.names(scan).unwrap_or(failed))
                }
            }
        };
        if options.rescan == Rescan::NewTask {
            let copies = in_order(&task.items).into_iter().filter_map(|(id, held)| {
                let mut held = held.clone();
                held.scans.retain(|scan, progress| is_started(id, scan, *progress));
                held.scans.values_mut().for_each(|progress| progress.start(now));
                (!held.scans.is_empty()).then(|| (id.clone(), held))
            });
            let items = ordered(copies);
            self.make(items, now, |state, id, task| state.clusters.insert(id, task).is_some());
            return Ok(());
        }
        task.hold(options.stale_polls);
        for (id, (_, held)) in &mut task.items {
            for (scan, progress) in &mut held.scans {
                if is_started(id, scan, *progress) {
                    progress.start(now);
                }
            }
        }
        Ok(())
    }

    /// Makes a task of what was started, if anything was, and forgets the oldest of too many.
    fn make<T: Scanned>(&mut self, items: Ordered<T>, now: Instant, insert: fn(&mut Self, String, Task<T>) -> bool) {
        if items.is_empty() {
            return;
        }
        let (number, started) = (self.number(), self.start.milliseconds_at(now));
        let id = new_request_id();
        insert(self, id.clone(), Task::new(number, Trigger::Manual, started, items));
        self.made.push_back(id);
        if self.made.len() > MAX_NEW_TASKS
            && let Some(oldest) = self.made.pop_front()
        {
            self.hosts.remove(&oldest);
            self.clusters.remove(&oldest);
        }
    }
}

impl TaskOptions {
    fn unknown_task(self) -> Result<(), Refusal> {
        if self.any_task { Ok(()) } else { Err(no_task()) }
    }

    fn refuse_running<T: Scanned>(self, task: &Task<T>, now: Instant) -> Result<(), Refusal> {
        if self.rescan == Rescan::RefuseWhileRunning && task.is_running(now, self.scan_time) {
            return Err(Refusal::Busy);
        }
        Ok(())
    }
}

pub(super) fn no_task() -> Refusal {
    Refusal::NotFound("there is no such task".to_owned())
}

fn not_in_task(kind: &str, id: &str) -> Refusal {
    // Shortened, because an id may be of any length, and escaped, because it may hold anything.
    let shown: String = id.chars().take(64).collect();
    Refusal::NotFound(format!("the task has no {kind} {shown:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_only_the_document_knows_is_refused_not_guessed() {
        let options = TaskOptions {
            scan_time: Duration::ZERO,
            any_task: true,
            rescan: Rescan::SameTask,
            stale_polls: 0,
            unstable_order: false,
        };
        let now = Instant::now();
        let start = Moment {
            instant: now,
            milliseconds: 0,
        };
        let mut state = State::new(Tasks::default(), options, start);
        let mut apply = |operation, body: Value| {
            let call = ServiceCall {
                operation,
                task: "t",
                query: &[],
                body: &body,
            };
            let refused = state.apply(&call, now).err();
            refused.map(|refusal| refusal.describe().2)
        };
        let refused = |place: &str, file: &str| {
            Some(format!(
                "Invalid parameter: body {place} has a value that the simulator cannot act on yet \
                 (crates/huaweicloud-hss-sim/src/service/{file})."
            ))
        };
        let rescan = json!({"range_type": "new"});
        assert_eq!(apply("recreateVulScanTask", rescan), refused("/range_type", "state.rs"));
        let retry = json!({"task_type": "new"});
        assert_eq!(apply("retryTask", retry), refused("/task_type", "wanted.rs"));
        let retry = json!({"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "new"}});
        assert_eq!(
            apply("retryTask", retry),
            refused("/cluster_scan_info/range_type", "wanted.rs")
        );
        assert_eq!(
            apply("recreateVulScanTask", json!({"range_type": "all_failed_host"})),
            None
        );
    }
}
