//! The tasks while the simulator runs: what a request changes, and what time changes.
//!
//! No timer runs. A scan remembers when it began, and whoever looks at it later sees that it has ended.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::service::refusal::Refusal;
use crate::service::tasks::{Cluster, ClusterScanTask, Host, ScanState, Tasks, VulnerabilityScanTask};

/// How tasks behave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskOptions {
    /// How long a scan takes.
    pub(crate) scan_time: Duration,
    /// Whether a task that does not exist is accepted.
    pub(crate) any_task: bool,
    /// Whether a task with a running scan refuses another.
    pub(crate) busy: bool,
}

/// All tasks.
pub(crate) struct State {
    options: TaskOptions,
    vulnerability: HashMap<String, HostTask>,
    clusters: HashMap<String, ClusterTask>,
}

#[derive(Clone, Copy)]
enum Progress {
    Failed,
    Scanning { since: Instant },
    Success,
}

impl Progress {
    fn new(state: ScanState, now: Instant) -> Self {
        match state {
            ScanState::Failed => Self::Failed,
            ScanState::Scanning => Self::Scanning { since: now },
            ScanState::Success => Self::Success,
        }
    }

    fn at(self, now: Instant, scan_time: Duration) -> ScanState {
        match self {
            Self::Failed => ScanState::Failed,
            Self::Scanning { since } if now.duration_since(since) < scan_time => ScanState::Scanning,
            Self::Scanning { .. } | Self::Success => ScanState::Success,
        }
    }
}

/// Hosts in the order of the file, and where each stands.
struct HostTask {
    hosts: Vec<(String, Progress)>,
    index: HashMap<String, usize>,
}

struct ClusterTask {
    clusters: Vec<(String, BTreeMap<String, Progress>)>,
    index: HashMap<String, usize>,
}

impl State {
    pub(crate) fn new(tasks: Tasks, options: TaskOptions, now: Instant) -> Self {
        let host_task = |task: VulnerabilityScanTask| {
            let index = task
                .hosts
                .iter()
                .enumerate()
                .map(|(at, host)| (host.id.clone(), at))
                .collect();
            let hosts = task
                .hosts
                .into_iter()
                .map(|host| (host.id, Progress::new(host.state, now)))
                .collect();
            (task.id, HostTask { hosts, index })
        };
        let cluster_task = |task: ClusterScanTask| {
            let index = task
                .clusters
                .iter()
                .enumerate()
                .map(|(at, cluster)| (cluster.id.clone(), at))
                .collect();
            let clusters = task
                .clusters
                .into_iter()
                .map(|cluster| {
                    let scans = cluster.scans.into_iter();
                    (
                        cluster.id,
                        scans.map(|(name, state)| (name, Progress::new(state, now))).collect(),
                    )
                })
                .collect();
            (task.id, ClusterTask { clusters, index })
        };
        Self {
            options,
            vulnerability: tasks.vulnerability_scan_tasks.into_iter().map(host_task).collect(),
            clusters: tasks.cluster_scan_tasks.into_iter().map(cluster_task).collect(),
        }
    }

    pub(crate) fn vulnerability_scan_task(&self, id: &str, now: Instant) -> Option<VulnerabilityScanTask> {
        let task = self.vulnerability.get(id)?;
        let state = |progress: &Progress| progress.at(now, self.options.scan_time);
        let hosts = task.hosts.iter().map(|(id, progress)| Host {
            id: id.clone(),
            state: state(progress),
        });
        Some(VulnerabilityScanTask {
            id: id.to_owned(),
            hosts: hosts.collect(),
        })
    }

    pub(crate) fn cluster_scan_task(&self, id: &str, now: Instant) -> Option<ClusterScanTask> {
        let task = self.clusters.get(id)?;
        let state = |progress: &Progress| progress.at(now, self.options.scan_time);
        let clusters = task.clusters.iter().map(|(id, scans)| Cluster {
            id: id.clone(),
            scans: scans
                .iter()
                .map(|(name, progress)| (name.clone(), state(progress)))
                .collect(),
        });
        Some(ClusterScanTask {
            id: id.to_owned(),
            clusters: clusters.collect(),
        })
    }

    /// Carries out a request that the document allows. An operation that is not one of the two has no state to change.
    pub(crate) fn apply(&mut self, operation: &str, task: &str, body: &Value, now: Instant) -> Result<(), Refusal> {
        match operation {
            "recreateVulScanTask" => self.rescan(task, body, now),
            "retryTask" => self.retry(task, body, now),
            _ => Ok(()),
        }
    }

    fn rescan(&mut self, id: &str, body: &Value, now: Instant) -> Result<(), Refusal> {
        let TaskOptions {
            scan_time,
            any_task,
            busy,
        } = self.options;
        let Some(task) = self.vulnerability.get_mut(id) else {
            return unknown_task(any_task);
        };
        if busy
            && task
                .hosts
                .iter()
                .any(|(_, progress)| progress.at(now, scan_time) == ScanState::Scanning)
        {
            return Err(Refusal::Busy);
        }
        let named: Option<Vec<&str>> = body
            .get("host_ids")
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(Value::as_str).collect());
        let chosen: Vec<usize> = match named {
            Some(ids) => ids
                .iter()
                .map(|id| task.index.get(*id).copied().ok_or_else(|| not_in_task("host", id)))
                .collect::<Result<_, _>>()?,
            None => {
                let failed = |at: &usize| matches!(task.hosts.get(*at), Some((_, Progress::Failed)));
                (0..task.hosts.len()).filter(failed).collect()
            }
        };
        for at in chosen {
            if let Some((_, progress)) = task.hosts.get_mut(at) {
                *progress = Progress::Scanning { since: now };
            }
        }
        Ok(())
    }

    fn retry(&mut self, id: &str, body: &Value, now: Instant) -> Result<(), Refusal> {
        let TaskOptions {
            scan_time,
            any_task,
            busy,
        } = self.options;
        let Some(task) = self.clusters.get_mut(id) else {
            return unknown_task(any_task);
        };
        let wanted = wanted_clusters(body)?;
        let mut running = task.clusters.iter().flat_map(|(_, scans)| scans.values());
        if busy && running.any(|progress| progress.at(now, scan_time) == ScanState::Scanning) {
            return Err(Refusal::Busy);
        }
        let chosen = match wanted {
            Some(wanted) => task.choose(&wanted)?,
            None => (0..task.clusters.len()).flat_map(|at| task.failed(at)).collect(),
        };
        for (at, scan) in chosen {
            if let Some(progress) = task.clusters.get_mut(at).and_then(|(_, scans)| scans.get_mut(&scan)) {
                *progress = Progress::Scanning { since: now };
            }
        }
        Ok(())
    }
}

impl ClusterTask {
    /// The scan items that a list of clusters means, without changing any.
    fn choose(&self, wanted: &[Wanted<'_>]) -> Result<Vec<(usize, String)>, Refusal> {
        let mut chosen = Vec::new();
        for (position, cluster) in wanted.iter().enumerate() {
            let at = *self
                .index
                .get(cluster.id)
                .ok_or_else(|| not_in_task("cluster", cluster.id))?;
            let Some(types) = &cluster.scan_types else {
                chosen.extend(self.failed(at));
                continue;
            };
            for (index, scan) in types.iter().enumerate() {
                if !self
                    .clusters
                    .get(at)
                    .is_some_and(|(_, scans)| scans.contains_key(*scan))
                {
                    return Err(Refusal::ParameterInvalid(format!(
                        "body /cluster_scan_info/cluster_info_list/{position}/scan_type_list/{index} \
                         is no scan item of the cluster"
                    )));
                }
                chosen.push((at, (*scan).to_owned()));
            }
        }
        Ok(chosen)
    }

    fn failed(&self, at: usize) -> Vec<(usize, String)> {
        let scans = self.clusters.get(at).map(|(_, scans)| scans.iter());
        let failed = scans
            .into_iter()
            .flatten()
            .filter(|(_, progress)| matches!(progress, Progress::Failed));
        failed.map(|(name, _)| (at, name.clone())).collect()
    }
}

struct Wanted<'b> {
    id: &'b str,
    /// `None` means every scan item that failed.
    scan_types: Option<Vec<&'b str>>,
}

/// The clusters that a body names; `None` means all that failed, which is also how a body without
/// `cluster_scan_info` is read.
fn wanted_clusters(body: &Value) -> Result<Option<Vec<Wanted<'_>>>, Refusal> {
    let Some(list) = body
        .pointer("/cluster_scan_info/cluster_info_list")
        .and_then(Value::as_array)
    else {
        return Ok(None);
    };
    let wanted = list.iter().enumerate().map(|(position, cluster)| {
        // The vendor's table does not require the id, but an entry without one names nothing.
        let id = cluster.get("cluster_id").and_then(Value::as_str).ok_or_else(|| {
            Refusal::ParameterInvalid(format!(
                "body /cluster_scan_info/cluster_info_list/{position}/cluster_id is missing, so that no cluster is named"
            ))
        })?;
        let types = cluster.get("scan_type_list").and_then(Value::as_array);
        Ok(Wanted { id, scan_types: types.map(|types| types.iter().filter_map(Value::as_str).collect()) })
    });
    wanted.collect::<Result<_, _>>().map(Some)
}

fn unknown_task(any_task: bool) -> Result<(), Refusal> {
    if any_task {
        Ok(())
    } else {
        Err(Refusal::NotFound("there is no such task".to_owned()))
    }
}

fn not_in_task(kind: &str, id: &str) -> Refusal {
    // Shortened, because an id may be of any length, and escaped, because it may hold anything.
    let shown: String = id.chars().take(64).collect();
    Refusal::NotFound(format!("the task has no {kind} {shown:?}"))
}
