//! The plan of a run: one task, and its servers or clusters.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::items::{Batches, Index, Item, Items, Texts};
use crate::accepted::Accepted;
use crate::bounded::{check_id, id};
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{ClusterInfoList, CommonTaskId, EnterpriseProjectId, HostIdList, VulScanTaskId};
#[cfg(feature = "tasks")]
use crate::operations::TaskKind;
use crate::operations::{Cluster, Operation, OperationId, RecreateVulScanTask, Request, RetryTask};
use crate::preview::Preview;

/// A task, and servers or clusters of it, all checked, each once. Cheap to clone.
#[derive(Clone)]
pub struct Plan(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    task_id: String,
    enterprise_project_id: Option<String>,
    items: Items,
    index: Index,
    /// All items, in the batches in which a first run sends them.
    batches: Batches,
    duplicates: usize,
}

impl Plan {
    /// Scans these servers of a vulnerability scan task again. `task_id` has 1 to 256 characters. There must be at
    /// least one server; the vendor states no limit on its id. All ids obey the [rule for ids](crate#ids). An id that
    /// comes again is dropped.
    ///
    /// # Errors
    /// [`PlanError`], which names every id that cannot be sent.
    pub fn rescan<I>(task_id: impl Into<String>, hosts: I) -> Result<Self, PlanError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let task_id = task_id.into();
        id::<VulScanTaskId>(task_id.as_str()).map_err(|reason| Error::invalid("task_id", reason))?;
        let (mut ids, mut bad, mut found) = (Texts::default(), Vec::new(), 0);
        for (position, host) in hosts.into_iter().enumerate() {
            found = position + 1;
            match check_id(host.as_ref()) {
                Ok(()) if ids.push(host.as_ref()) => {}
                Ok(()) => return Err(Error::invalid("host_ids", "more than 4 GiB of ids").into()),
                Err(reason) => bad.push(BadEntry::new(position, reason.to_string())),
            }
        }
        PlanError::unless_good("host_ids", found, bad)?;
        let items = Items::Hosts(ids);
        let repeated = Index::new(&items).repeated(&items);
        if repeated.is_empty() {
            return Self::new(task_id, items, 0);
        }
        let (mut distinct, mut dropped) = (Texts::default(), repeated.iter().peekable());
        for (position, item) in items.iter().enumerate() {
            if dropped.next_if_eq(&&position).is_none() {
                // It had the space before.
                let _ = distinct.push(item.id());
            }
        }
        Self::new(task_id, Items::Hosts(distinct), repeated.len())
    }

    /// Runs these clusters of a cluster scan task again: ids, or [`Cluster`]s that say which scan items to repeat.
    /// `task_id` and the ids of clusters have 1 to 64 characters; there must be at least one cluster. Ids and scan items
    /// obey the [rule for ids](crate#ids). A cluster that comes again with the same scan items, in whatever order, is
    /// dropped.
    ///
    /// # Errors
    /// [`PlanError`], which names every cluster that cannot be sent. One of them is a cluster that comes again with
    /// other scan items, because it is unclear which ones to repeat.
    pub fn retry<I>(task_id: impl Into<String>, clusters: I) -> Result<Self, PlanError>
    where
        I: IntoIterator,
        I::Item: Into<Cluster>,
    {
        let task_id = task_id.into();
        id::<CommonTaskId>(task_id.as_str()).map_err(|reason| Error::invalid("task_id", reason))?;
        let clusters = clusters.into_iter().map(Into::into).map(with_types_once);
        let clusters: Vec<Cluster> = clusters.collect();
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(clusters.len());
        let (mut bad, mut repeated) = (Vec::new(), Vec::new());
        for (position, cluster) in clusters.iter().enumerate() {
            let before = *first.entry(&cluster.id).or_insert(position);
            if let Err((field, reason)) = cluster.check() {
                bad.push(BadEntry::new(position, format!("{field}: {reason}")));
            } else if clusters.get(before).is_some_and(|before| !same_types(before, cluster)) {
                let entry = BadEntry::new(position, "given before with other scan items");
                let earlier = Some(before);
                bad.push(BadEntry { earlier, ..entry });
            }
            repeated.push(before != position);
        }
        PlanError::unless_good("cluster_info_list", clusters.len(), bad)?;
        let duplicates = repeated.iter().filter(|repeated| **repeated).count();
        let distinct = clusters.into_iter().zip(repeated).filter(|(_, repeated)| !repeated);
        let items = Items::of_clusters(distinct.map(|(cluster, _)| cluster).collect());
        Self::new(task_id, items, duplicates)
    }

    /// The enterprise project that holds the servers or clusters, 1 to 256 characters; `all_granted_eps` means all of
    /// them. Left out, the service takes `0`, the default one.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where the id is outside its limits.
    pub fn enterprise_project_id(mut self, id: impl Into<String>) -> Result<Self, Error> {
        let id = crate::bounded::id::<EnterpriseProjectId>(id)
            .map_err(|reason| Error::invalid("enterprise_project_id", reason))?;
        Arc::make_mut(&mut self.0).enterprise_project_id = Some(id.into());
        Ok(self)
    }

    fn new(task_id: String, items: Items, duplicates: usize) -> Result<Self, PlanError> {
        let found = items.len();
        if found > Index::MAX {
            return Err(Error::invalid("list", format!("{found} items found, at most {} allowed", Index::MAX)).into());
        }
        let index = Index::new(&items);
        let batches = items.batches((0..found).collect(), batch_size(&items));
        Ok(Self(Arc::new(Inner {
            task_id,
            enterprise_project_id: None,
            items,
            index,
            batches,
            duplicates,
        })))
    }

    /// The operation that the plan's requests are for.
    pub fn operation(&self) -> OperationId {
        match self.0.items {
            Items::Hosts(_) => OperationId::RecreateVulScanTask,
            Items::Clusters { .. } => OperationId::RetryTask,
        }
    }

    /// The kind of the task.
    #[cfg(feature = "tasks")]
    pub fn task_kind(&self) -> TaskKind {
        match self.0.items {
            Items::Hosts(_) => TaskKind::Servers,
            Items::Clusters { .. } => TaskKind::Clusters,
        }
    }

    /// The task.
    pub fn task_id(&self) -> &str {
        &self.0.task_id
    }

    /// The number of items, each counted once: servers, scan items of clusters, and clusters without scan items.
    pub fn items(&self) -> usize {
        self.0.items.len()
    }

    /// The items in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        self.0.items.iter()
    }

    /// The number of repeated entries that were dropped.
    pub fn duplicates(&self) -> usize {
        self.0.duplicates
    }

    /// The maximum number of servers or clusters in one request: 1,000 servers or 200 clusters.
    pub fn batch_size(&self) -> usize {
        batch_size(&self.0.items)
    }

    /// The number of requests that a run from the beginning sends.
    pub fn batches(&self) -> usize {
        self.0.batches.len()
    }

    /// The items of a batch of a run from the beginning; none where there is no such batch. Batches count from 0.
    pub fn batch(&self, batch: usize) -> impl Iterator<Item = Item<'_>> {
        let items = self.0.batches.get(batch).iter();
        items.filter_map(|index| self.item(*index))
    }

    /// The request that a run from the beginning would send for this batch; nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where the client has no project id of its own.
    pub async fn preview(&self, client: &Client, batch: usize) -> Result<Preview, Error> {
        match self.request(client, self.0.batches.get(batch)) {
            BatchRequest::Rescan(request) => request.preview().await,
            BatchRequest::Retry(request) => request.preview().await,
        }
    }

    /// Sends some of the items in one request.
    pub(super) async fn send(&self, client: &Client, items: &[usize]) -> Result<Accepted, Error> {
        match self.request(client, items) {
            BatchRequest::Rescan(request) => request.send_as_batch().await,
            BatchRequest::Retry(request) => request.send_as_batch().await,
        }
    }

    fn request(&self, client: &Client, items: &[usize]) -> BatchRequest {
        let task_id = self.task_id();
        let items = items.iter().filter_map(|index| self.item(*index));
        match &self.0.items {
            Items::Hosts(_) => {
                let hosts = items.map(|item| item.id().to_owned());
                BatchRequest::Rescan(self.complete(client.recreate_vul_scan_task(task_id).hosts(hosts)))
            }
            Items::Clusters { .. } => {
                let clusters = super::items::clusters(items);
                let clusters = clusters.into_iter().map(|(id, types)| {
                    let cluster = Cluster::new(id);
                    if types.is_empty() {
                        cluster
                    } else {
                        cluster.scan_types(types)
                    }
                });
                BatchRequest::Retry(self.complete(client.retry_task(task_id).clusters(clusters)))
            }
        }
    }

    fn complete<O: Operation>(&self, request: Request<O>) -> Request<O> {
        match self.enterprise_project() {
            Some(id) => request.enterprise_project_id(id),
            None => request,
        }
    }

    pub(super) fn enterprise_project(&self) -> Option<&str> {
        self.0.enterprise_project_id.as_deref()
    }

    pub(super) fn item(&self, index: usize) -> Option<Item<'_>> {
        self.0.items.get(index)
    }

    pub(super) fn position(&self, item: Item<'_>) -> Option<usize> {
        self.0.index.find(&self.0.items, item)
    }

    /// Cuts some of the items into batches.
    pub(super) fn cut(&self, items: Vec<usize>) -> Batches {
        self.0.items.batches(items, self.batch_size())
    }
}

fn batch_size(items: &Items) -> usize {
    match items {
        Items::Hosts(_) => HostIdList::MAX,
        Items::Clusters { .. } => ClusterInfoList::MAX,
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The list can be very long.
        f.debug_struct("Plan")
            .field("operation", &self.operation())
            .field("task_id", &self.0.task_id)
            .field("enterprise_project_id", &self.0.enterprise_project_id)
            .field("items", &self.items())
            .finish_non_exhaustive()
    }
}

/// The request of one batch.
enum BatchRequest {
    Rescan(Request<RecreateVulScanTask>),
    Retry(Request<RetryTask>),
}

fn with_types_once(mut cluster: Cluster) -> Cluster {
    if let Some(types) = &mut cluster.scan_types {
        let mut distinct = Vec::with_capacity(types.len());
        for name in types.drain(..) {
            if !distinct.contains(&name) {
                distinct.push(name);
            }
        }
        *types = distinct;
    }
    cluster
}

/// Neither list has a type twice, so equal lengths and one inclusion are enough.
fn same_types(one: &Cluster, other: &Cluster) -> bool {
    match (&one.scan_types, &other.scan_types) {
        (None, None) => true,
        (Some(one), Some(other)) => one.len() == other.len() && one.iter().all(|name| other.contains(name)),
        _ => false,
    }
}

/// A server or cluster that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadEntry {
    /// Its position in the list, from 0.
    pub position: usize,
    /// Why it cannot be sent.
    pub reason: String,
    /// The position of the earlier entry that it contradicts.
    pub earlier: Option<usize>,
}

impl BadEntry {
    fn new(position: usize, reason: impl Into<String>) -> Self {
        Self {
            position,
            reason: reason.into(),
            earlier: None,
        }
    }
}

/// Why there is no plan. Nothing was sent.
///
/// `Display` names the first few of the entries that cannot be sent.
#[derive(Debug, Clone)]
pub struct PlanError {
    error: Error,
    bad: Vec<BadEntry>,
}

impl PlanError {
    /// The number of entries that `Display` names.
    const NAMED: usize = 5;

    /// Every entry that cannot be sent; empty where something else is wrong, such as the task's id.
    pub fn bad_entries(&self) -> &[BadEntry] {
        &self.bad
    }

    fn unless_good(list: &str, found: usize, bad: Vec<BadEntry>) -> Result<(), Self> {
        if found == 0 {
            return Err(Error::invalid(list, "0 items found, at least 1 needed").into());
        }
        if bad.is_empty() {
            return Ok(());
        }
        let named = bad.iter().take(Self::NAMED);
        let mut named: Vec<String> = named
            .map(|entry| match entry.earlier {
                Some(earlier) => format!("[{}] {} (at [{earlier}])", entry.position, entry.reason),
                None => format!("[{}] {}", entry.position, entry.reason),
            })
            .collect();
        if let Some(more) = bad.len().checked_sub(Self::NAMED).filter(|more| *more > 0) {
            named.push(format!("and {more} more"));
        }
        let reason = format!("{} of {found} items cannot be sent: {}", bad.len(), named.join("; "));
        let error = Error::invalid(list, reason);
        Err(Self { error, bad })
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for PlanError {}

impl From<Error> for PlanError {
    fn from(error: Error) -> Self {
        Self { error, bad: Vec::new() }
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        error.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(count: usize) -> impl Iterator<Item = String> {
        (0..count).map(|number| format!("host-{number}"))
    }

    fn shown(plan: &Plan) -> Vec<String> {
        plan.iter().map(|item| item.to_string()).collect()
    }

    #[test]
    fn splits_at_the_limits_of_the_document() {
        for (ids, sizes) in [
            (1, vec![1]),
            (HostIdList::MAX, vec![HostIdList::MAX]),
            (HostIdList::MAX + 1, vec![HostIdList::MAX, 1]),
            (3 * HostIdList::MAX, vec![HostIdList::MAX; 3]),
        ] {
            let plan = Plan::rescan("t", hosts(ids)).unwrap();
            let found: Vec<usize> = (0..plan.batches()).map(|batch| plan.batch(batch).count()).collect();
            assert_eq!(found, sizes);
            let all = (0..plan.batches()).flat_map(|batch| plan.batch(batch));
            assert!(all.map(Item::id).eq(hosts(ids)));
            assert_eq!(plan.batch(plan.batches()).count(), 0);
        }
        let size = ClusterInfoList::MAX;
        let plan = Plan::retry("t", hosts(2 * size + 1)).unwrap();
        assert_eq!((plan.batch_size(), plan.batches(), plan.batch(2).count()), (size, 3, 1));
    }

    #[test]
    fn drops_repeated_entries() {
        let plan = Plan::rescan("t", ["a", "b", "a", "c", "b", "a"]).unwrap();
        assert_eq!(shown(&plan), ["a", "b", "c"]);
        assert_eq!((plan.items(), plan.duplicates()), (3, 3));

        let types = |types: &[&str]| Cluster::new("a").scan_types(types.to_vec());
        let plan = Plan::retry("t", [types(&["x", "y", "x"]), types(&["y", "x"]), "b".into()]).unwrap();
        assert_eq!(shown(&plan), ["a=x", "a=y", "b"]);
        assert_eq!(plan.duplicates(), 1);
    }

    #[test]
    fn names_every_entry_that_cannot_be_sent() {
        let error = Plan::rescan("t", ["a", "", "b", "a\u{200b}"]).unwrap_err();
        let positions: Vec<usize> = error.bad_entries().iter().map(|entry| entry.position).collect();
        assert_eq!(positions, [1, 3]);
        assert_eq!(
            error.to_string(),
            r"host_ids: 2 of 4 items cannot be sent: [1] empty; [3] `a\u{200b}` has U+200B (zero-width space), which cannot be seen, at position 2; remove it"
        );

        let clusters = [
            Cluster::new("a"),
            Cluster::new("a").scan_types(["x"]),
            Cluster::new("x".repeat(65)),
            Cluster::new("b").scan_types(["1", "2", "3", "4"]),
            Cluster::new("c").scan_types(Vec::<String>::new()),
            Cluster::new("d").scan_types(["benchmark "]),
        ];
        insta::assert_snapshot!(Plan::retry("t", clusters).unwrap_err(), @"cluster_info_list: 5 of 6 items cannot be sent: [1] given before with other scan items (at [0]); [2] cluster_id: 65 characters found, 1 to 64 allowed; [3] scan_type_list: 4 items found, 1 to 3 allowed; [4] scan_type_list: 0 items found, 1 to 3 allowed; [5] scan_type_list[0]: `benchmark ` has white space around it; remove it");

        let many = Plan::rescan("t", vec![""; 9]).unwrap_err();
        assert_eq!(many.bad_entries().len(), 9);
        assert!(many.to_string().ends_with("[4] empty; and 4 more"), "{many}");
    }

    #[test]
    fn checks_the_limits_of_task_list_and_enterprise_project() {
        let none: [&str; 0] = [];
        let error = Plan::rescan("t", none).unwrap_err();
        assert_eq!(error.to_string(), "host_ids: 0 items found, at least 1 needed");
        assert!(Plan::retry("t", none).is_err());
        for task in ["", "..", " T ", "a,b", &"x".repeat(257)] {
            assert!(Plan::rescan(task, ["a"]).is_err(), "{task}");
        }
        assert!(Plan::retry(" T ", ["a"]).is_err());
        assert!(Plan::retry("x".repeat(65), ["a"]).is_err());
        let plan = Plan::rescan("t", ["a"]).unwrap();
        for id in ["", "a b"] {
            assert!(plan.clone().enterprise_project_id(id).is_err(), "{id}");
        }
        assert!(plan.enterprise_project_id("all_granted_eps").is_ok());
    }
}
