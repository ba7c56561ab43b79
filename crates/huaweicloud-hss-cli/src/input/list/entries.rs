//! Many entries in little memory: a million ids of 36 characters take 45 MB.

use std::collections::HashMap;

use super::entry::Entry;

/// The entries of a list in their order.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// All ids, one behind the other. A list is much smaller than 4 GiB.
    ids: String,
    ends: Vec<u32>,
    lines: Vec<u32>,
    /// By the position of the entry.
    scan_types: HashMap<usize, Vec<String>>,
}

impl Entries {
    pub(super) fn push(&mut self, entry: Entry) {
        if let Some(types) = entry.scan_types {
            self.scan_types.insert(self.len(), types);
        }
        self.ids.push_str(&entry.id);
        self.ends.push(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
        self.lines.push(entry.line);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn id(&self, position: usize) -> &str {
        let end = self.ends.get(position).copied().unwrap_or(0);
        let before = position.checked_sub(1).and_then(|before| self.ends.get(before));
        let range = before.copied().unwrap_or(0) as usize..end as usize;
        self.ids.get(range).unwrap_or_default()
    }

    /// The line of an entry, or 0.
    pub(crate) fn line(&self, position: usize) -> u32 {
        self.lines.get(position).copied().unwrap_or(0)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|position| self.id(position))
    }

    /// Adds scan items to an entry.
    pub(super) fn add_scan_types(&mut self, position: usize, types: &[String]) {
        self.scan_types
            .entry(position)
            .or_default()
            .extend(types.iter().cloned());
    }

    /// Takes out the first entry.
    pub(super) fn remove_first(&mut self) {
        let Some(first) = self.ends.first().copied() else {
            return;
        };
        self.ids.drain(..first as usize);
        self.ends.remove(0);
        self.ends.iter_mut().for_each(|end| *end -= first);
        self.lines.remove(0);
        let moved = self.scan_types.drain();
        let moved = moved.filter_map(|(position, types)| Some((position.checked_sub(1)?, types)));
        self.scan_types = moved.collect();
    }

    /// The lines of all entries, which are gone from here.
    pub(crate) fn take_lines(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.lines)
    }
}

/// Each entry as it was pushed. The memory is free once the iterator is.
impl IntoIterator for Entries {
    type Item = Entry;
    type IntoIter = Box<dyn Iterator<Item = Entry>>;

    fn into_iter(mut self) -> Self::IntoIter {
        Box::new((0..self.len()).map(move |position| Entry {
            line: self.line(position),
            id: self.id(position).to_owned(),
            scan_types: self.scan_types.remove(&position),
        }))
    }
}
