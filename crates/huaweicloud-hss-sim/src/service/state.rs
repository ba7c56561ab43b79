//! The tasks while the simulator runs: what a request changes, and what time changes.
//!
//! No timer runs. A scan remembers when it began, and a later look sees that it has ended.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::service::refusal::Refusal;
use crate::service::tasks::{Cluster, ClusterScanTask, Host, ScanState, Tasks, VulnerabilityScanTask};

#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskOptions {
    pub(crate) scan_time: Duration,
    pub(crate) any_task: bool,
    /// Whether a task with a running scan refuses another.
    pub(crate) busy: bool,
}

pub(crate) struct State {
    options: TaskOptions,
    hosts: HashMap<String, Ordered<Progress>>,
    clusters: HashMap<String, Ordered<Scans>>,
}

/// Values by id, and the position of each in the file.
type Ordered<T> = HashMap<String, (usize, T)>;

type Scans = BTreeMap<String, Progress>;

#[derive(Clone, Copy)]
struct Progress {
    state: ScanState,
    /// When a running scan began.
    since: Instant,
}

impl Progress {
    fn at(self, now: Instant, scan_time: Duration) -> ScanState {
        let has_ended = self.state == ScanState::Scanning && now.duration_since(self.since) >= scan_time;
        if has_ended { ScanState::Success } else { self.state }
    }

    fn start(&mut self, now: Instant) {
        *self = Self {
            state: ScanState::Scanning,
            since: now,
        };
    }

    fn start_if_failed(&mut self, now: Instant) {
        if self.state == ScanState::Failed {
            self.start(now);
        }
    }
}

fn ordered<T>(items: impl Iterator<Item = (String, T)>) -> Ordered<T> {
    items
        .enumerate()
        .map(|(position, (id, value))| (id, (position, value)))
        .collect()
}

fn in_order<T>(items: &Ordered<T>) -> impl Iterator<Item = (&String, &T)> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_unstable_by_key(|(_, (position, _))| *position);
    items.into_iter().map(|(id, (_, value))| (id, value))
}

impl State {
    pub(crate) fn new(tasks: Tasks, options: TaskOptions, now: Instant) -> Self {
        let progress = |state| Progress { state, since: now };
        let host_task = |task: VulnerabilityScanTask| {
            let hosts = task.hosts.into_iter();
            (task.id, ordered(hosts.map(|host| (host.id, progress(host.state)))))
        };
        let scan = |(name, state)| (name, progress(state));
        let cluster_task = |task: ClusterScanTask| {
            let clusters = task.clusters.into_iter();
            let scans = clusters.map(|cluster| (cluster.id, cluster.scans.into_iter().map(scan).collect()));
            (task.id, ordered(scans))
        };
        Self {
            options,
            hosts: tasks.vulnerability_scan_tasks.into_iter().map(host_task).collect(),
            clusters: tasks.cluster_scan_tasks.into_iter().map(cluster_task).collect(),
        }
    }

    pub(crate) fn vulnerability_scan_task(&self, id: &str, now: Instant) -> Option<VulnerabilityScanTask> {
        let hosts = in_order(self.hosts.get(id)?).map(|(id, progress)| Host {
            id: id.clone(),
            state: progress.at(now, self.options.scan_time),
        });
        Some(VulnerabilityScanTask {
            id: id.to_owned(),
            hosts: hosts.collect(),
        })
    }

    pub(crate) fn cluster_scan_task(&self, id: &str, now: Instant) -> Option<ClusterScanTask> {
        let state = |(name, progress): (&String, &Progress)| (name.clone(), progress.at(now, self.options.scan_time));
        let clusters = in_order(self.clusters.get(id)?).map(|(id, scans)| Cluster {
            id: id.clone(),
            scans: scans.iter().map(state).collect(),
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
        let options = self.options;
        let Some(hosts) = self.hosts.get_mut(id) else {
            return options.unknown_task();
        };
        options.refuse_busy(hosts.values().map(|(_, progress)| progress), now)?;
        let Some(named) = body.get("host_ids").and_then(Value::as_array) else {
            hosts
                .values_mut()
                .for_each(|(_, progress)| progress.start_if_failed(now));
            return Ok(());
        };
        let named = || named.iter().filter_map(Value::as_str);
        // A refused request changes nothing, so all ids are looked up first.
        if let Some(id) = named().find(|id| !hosts.contains_key(*id)) {
            return Err(not_in_task("host", id));
        }
        for id in named() {
            hosts
                .entry(id.to_owned())
                .and_modify(|(_, progress)| progress.start(now));
        }
        Ok(())
    }

    fn retry(&mut self, id: &str, body: &Value, now: Instant) -> Result<(), Refusal> {
        let options = self.options;
        let Some(clusters) = self.clusters.get_mut(id) else {
            return options.unknown_task();
        };
        let wanted = wanted_clusters(body)?;
        options.refuse_busy(clusters.values().flat_map(|(_, scans)| scans.values()), now)?;
        let Some(wanted) = wanted else {
            let scans = clusters.values_mut().flat_map(|(_, scans)| scans.values_mut());
            scans.for_each(|progress| progress.start_if_failed(now));
            return Ok(());
        };
        // A refused request changes nothing, so all entries are looked up first.
        for (position, cluster) in wanted.iter().enumerate() {
            let (_, scans) = clusters
                .get(cluster.id)
                .ok_or_else(|| not_in_task("cluster", cluster.id))?;
            cluster.check(position, scans)?;
        }
        for cluster in &wanted {
            if let Some((_, scans)) = clusters.get_mut(cluster.id) {
                cluster.start(scans, now);
            }
        }
        Ok(())
    }
}

impl TaskOptions {
    fn unknown_task(self) -> Result<(), Refusal> {
        if self.any_task {
            Ok(())
        } else {
            Err(Refusal::NotFound("there is no such task".to_owned()))
        }
    }

    fn refuse_busy<'p>(self, mut scans: impl Iterator<Item = &'p Progress>, now: Instant) -> Result<(), Refusal> {
        if self.busy && scans.any(|progress| progress.at(now, self.scan_time) == ScanState::Scanning) {
            return Err(Refusal::Busy);
        }
        Ok(())
    }
}

/// A cluster that a body names.
struct Wanted<'b> {
    id: &'b str,
    /// `None` means every scan item that failed.
    scan_types: Option<Vec<&'b str>>,
}

impl Wanted<'_> {
    fn check(&self, position: usize, scans: &Scans) -> Result<(), Refusal> {
        let mut types = self.scan_types.iter().flatten();
        match types.position(|scan| !scans.contains_key(*scan)) {
            Some(index) => Err(Refusal::ParameterInvalid(format!(
                "body /cluster_scan_info/cluster_info_list/{position}/scan_type_list/{index} \
                 is no scan item of the cluster"
            ))),
            None => Ok(()),
        }
    }

    fn start(&self, scans: &mut Scans, now: Instant) {
        for (name, progress) in scans {
            match &self.scan_types {
                Some(types) if types.contains(&name.as_str()) => progress.start(now),
                Some(_) => {}
                None => progress.start_if_failed(now),
            }
        }
    }
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
        Ok(Wanted {
            id,
            scan_types: types.map(|types| types.iter().filter_map(Value::as_str).collect()),
        })
    });
    wanted.collect::<Result<_, _>>().map(Some)
}

fn not_in_task(kind: &str, id: &str) -> Refusal {
    // Shortened, because an id may be of any length, and escaped, because it may hold anything.
    let shown: String = id.chars().take(64).collect();
    Refusal::NotFound(format!("the task has no {kind} {shown:?}"))
}
