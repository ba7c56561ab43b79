//! The items of a plan: what a run can start, each once.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use serde::{Serialize, Serializer};

use crate::operations::Cluster;

/// What a run starts on its own: a server, a scan item of a cluster, or all failed scan items of a cluster.
///
/// `Display` writes it as a line of a list: `host-1`, `cluster-1`, `cluster-1=benchmark`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item<'a> {
    id: &'a str,
    scan_type: Option<&'a str>,
}

impl<'a> Item<'a> {
    pub(super) fn new(id: &'a str, scan_type: Option<&'a str>) -> Self {
        Self { id, scan_type }
    }

    /// The id of the server or cluster.
    pub fn id(self) -> &'a str {
        self.id
    }

    /// The scan item of the cluster; none where it is a server, or every scan item that failed in the cluster.
    pub fn scan_type(self) -> Option<&'a str> {
        self.scan_type
    }
}

impl fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)?;
        self.scan_type.map_or(Ok(()), |name| write!(f, "={name}"))
    }
}

/// The line of a list.
impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Many short texts in one piece of memory, of at most 4 GiB.
#[derive(Clone, Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a text; false where there is no space left.
    pub(super) fn push(&mut self, text: &str) -> bool {
        let end = u32::try_from(self.text.len() + text.len());
        let Ok(end) = end else { return false };
        self.text.push_str(text);
        self.ends.push(end);
        true
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before));
        self.text.get(start.copied().unwrap_or(0) as usize..end as usize)
    }
}

/// The items in the order in which they were given.
#[derive(Clone)]
pub(super) enum Items {
    Hosts(Texts),
    Clusters {
        clusters: Vec<Cluster>,
        /// The position of the cluster, and of the scan item in it.
        items: Vec<(usize, Option<usize>)>,
    },
}

impl Items {
    pub(super) fn of_clusters(clusters: Vec<Cluster>) -> Self {
        let mut items = Vec::with_capacity(clusters.len());
        for (position, cluster) in clusters.iter().enumerate() {
            match &cluster.scan_types {
                Some(types) => items.extend((0..types.len()).map(|index| (position, Some(index)))),
                None => items.push((position, None)),
            }
        }
        Self::Clusters { clusters, items }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Hosts(hosts) => hosts.len(),
            Self::Clusters { items, .. } => items.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Item<'_>> {
        match self {
            Self::Hosts(hosts) => Some(Item::new(hosts.get(index)?, None)),
            Self::Clusters { clusters, items } => {
                let (cluster, scan_type) = *items.get(index)?;
                let cluster = clusters.get(cluster)?;
                let types = cluster.scan_types.as_deref().unwrap_or_default();
                let scan_type = scan_type.and_then(|index| types.get(index)).map(String::as_str);
                Some(Item::new(&cluster.id, scan_type))
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Cuts items into batches of at most `size` servers or clusters. The scan items of a cluster stay together.
    pub(super) fn batches(&self, items: Vec<usize>, size: usize) -> Batches {
        let mut ends = Vec::new();
        let mut entries = 0;
        let mut last = None;
        for (position, index) in items.iter().enumerate() {
            let entry = match self {
                Self::Hosts(_) => *index,
                Self::Clusters { items, .. } => items.get(*index).map_or(0, |(cluster, _)| *cluster),
            };
            if last != Some(entry) {
                if entries == size {
                    ends.push(position);
                    entries = 0;
                }
                entries += 1;
                last = Some(entry);
            }
        }
        if entries > 0 {
            ends.push(items.len());
        }
        Batches { items, ends }
    }
}

/// The clusters of items, each with its scan items, which follow each other.
pub(super) fn clusters<'a>(items: impl Iterator<Item = Item<'a>>) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut clusters: Vec<(&str, Vec<&str>)> = Vec::new();
    for item in items {
        match clusters.last_mut() {
            Some((id, types)) if *id == item.id && !types.is_empty() => types.extend(item.scan_type),
            _ => clusters.push((item.id, item.scan_type.into_iter().collect())),
        }
    }
    clusters
}

/// Items in the batches in which they are sent.
#[derive(Clone, Default)]
pub(super) struct Batches {
    items: Vec<usize>,
    ends: Vec<usize>,
}

impl Batches {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of items in all batches.
    pub(super) fn items(&self) -> usize {
        self.items.len()
    }

    /// The items of a batch; none where there is no such batch.
    pub(super) fn get(&self, batch: usize) -> &[usize] {
        let start = batch.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(batch).copied().unwrap_or(0);
        self.items.get(start.copied().unwrap_or(0)..end).unwrap_or_default()
    }
}

/// Finds items by what they are, in eight bytes an item: the upper half of a key is a hash, the lower half the item's
/// position.
#[derive(Clone)]
pub(super) struct Index {
    keys: Vec<u64>,
    hasher: RandomState,
}

impl Index {
    /// The largest number of items that have a position.
    pub(super) const MAX: usize = u32::MAX as usize;

    pub(super) fn new(items: &Items) -> Self {
        let hasher = RandomState::new();
        let hashed = items.iter().zip(0u64..);
        let mut keys: Vec<u64> = hashed.map(|(item, index)| hash(&hasher, item) | index).collect();
        keys.sort_unstable();
        Self { keys, hasher }
    }

    pub(super) fn find(&self, items: &Items, item: Item<'_>) -> Option<usize> {
        let hash = hash(&self.hasher, item);
        let first = self.keys.partition_point(|key| *key < hash);
        let same_hash = self.keys.get(first..)?.iter().take_while(|key| upper(**key) == hash);
        let mut found = same_hash.map(|key| position(*key));
        found.find(|index| items.get(*index) == Some(item))
    }

    /// The positions of items that came before, in their order.
    pub(super) fn repeated(&self, items: &Items) -> Vec<usize> {
        let mut repeated = Vec::new();
        for same_hash in self.keys.chunk_by(|one, other| upper(*one) == upper(*other)) {
            let mut distinct: Vec<Item<'_>> = Vec::new();
            for key in same_hash {
                match items.get(position(*key)) {
                    Some(item) if distinct.contains(&item) => repeated.push(position(*key)),
                    Some(item) => distinct.push(item),
                    None => {}
                }
            }
        }
        repeated.sort_unstable();
        repeated
    }
}

fn hash(hasher: &RandomState, item: Item<'_>) -> u64 {
    upper(hasher.hash_one(item))
}

fn upper(key: u64) -> u64 {
    key & !u64::from(u32::MAX)
}

fn position(key: u64) -> usize {
    (key & u64::from(u32::MAX)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(ids: &[&str]) -> Items {
        let mut texts = Texts::default();
        assert!(ids.iter().all(|id| texts.push(id)));
        Items::Hosts(texts)
    }

    fn clusters() -> Items {
        let types = |id: &str, types: &[&str]| Cluster::new(id).scan_types(types.to_vec());
        Items::of_clusters(vec![types("a", &["x", "y"]), "b".into(), types("c", &["x"])])
    }

    #[test]
    fn a_cluster_is_one_item_or_one_for_each_scan_item() {
        let shown: Vec<String> = clusters().iter().map(|item| item.to_string()).collect();
        assert_eq!(shown, ["a=x", "a=y", "b", "c=x"]);
    }

    #[test]
    fn batches_keep_the_scan_items_of_a_cluster_together() {
        let batches = clusters().batches(vec![0, 1, 2, 3], 2);
        assert_eq!(
            (batches.len(), batches.get(0), batches.get(1)),
            (2, &[0, 1, 2][..], &[3][..])
        );
        assert_eq!((batches.get(2), batches.items()), (&[][..], 4));
        let some = clusters().batches(vec![1, 3], 1);
        assert_eq!((some.get(0), some.get(1)), (&[1][..], &[3][..]));
        assert_eq!(hosts(&["a"]).batches(Vec::new(), 3).len(), 0);
    }

    #[test]
    fn index_finds_each_item_and_nothing_else() {
        let ids: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let items = hosts(&ids);
        let index = Index::new(&items);
        for (position, item) in items.iter().enumerate() {
            assert_eq!(index.find(&items, item), Some(position));
        }
        assert_eq!(index.find(&items, Item::new("50000", None)), None);
        assert_eq!(index.find(&items, Item::new("1", Some("x"))), None);

        let (items, index) = (clusters(), Index::new(&clusters()));
        assert_eq!(index.find(&items, Item::new("a", Some("y"))), Some(1));
        assert_eq!(index.find(&items, Item::new("a", None)), None);
    }

    #[test]
    fn repeated_items_are_those_that_came_before() {
        let items = hosts(&["a", "b", "a", "c", "b", "a"]);
        assert_eq!(Index::new(&items).repeated(&items), [2, 4, 5]);
    }
}
