//! Where a task stands by its journal, for people.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::header::Header;
use super::record::RecordState;
use super::{Journal, cannot, lock, unusable, without_space};
use crate::bulk::history::{History, OtherItem, key_of};
use crate::bulk::item_state::{Counts, ItemState};
use crate::bulk::items::Item;
use crate::bulk::started::to_the_second;
use crate::error::Error;
use crate::named::names;

/// How much of a file says whether it is a journal.
const BEGIN: u64 = 64;

/// Where a task stands by its journal: the items of the last run, whether it is open, and what closed runs started.
#[derive(Debug)]
pub struct JournalStatus {
    path: PathBuf,
    header: Header,
    history: History,
    is_in_use: bool,
    /// The items that messages of refusals name.
    named: HashSet<OtherItem>,
    last_refusal: Option<String>,
}

impl JournalStatus {
    /// Reads a journal, also while a run writes to it.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where the file cannot be read, is no journal, or is damaged.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(unusable(&path, "it is not a regular file").build());
        }
        let file = File::open(&path).map_err(|error| cannot(&path, "opened", error))?;
        let is_in_use = file.try_lock_shared().is_err();
        let mut journal = Journal::of(&path, file);
        let mut history = History::default();
        let (mut named, mut last_refusal) = (HashSet::new(), None);
        let mut sends: BTreeMap<u64, Vec<OtherItem>> = BTreeMap::new();
        let header = journal.read(|record| {
            if record.state == RecordState::Sending {
                sends.insert(record.n, record.items().map(key_of).collect());
            }
            let items = record.of.and_then(|of| sends.remove(&of)).unwrap_or_default();
            if let (RecordState::Refused, Some(message)) = (record.state, &record.message) {
                named.extend(items.into_iter().filter(|(id, _)| names(message, id)));
                let code = record
                    .code
                    .as_deref()
                    .map(|code| format!(" ({code})"))
                    .unwrap_or_default();
                last_refusal = Some(format!("{message}{code}"));
            }
            history.read(record, None)
        })?;
        history.finish();
        Ok(Self {
            path,
            header,
            history,
            is_in_use,
            named,
            last_refusal,
        })
    }

    /// Reads every journal of a folder, by the time of the last change, the newest first. A folder that does not exist
    /// has none.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where the folder cannot be read. Journals that cannot be read
    /// are errors in the list.
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Vec<Result<Self, Error>>, Error> {
        let folder = folder.as_ref();
        let cannot = |error| cannot(folder, "read", error);
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(cannot)?.path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                let changed = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
                files.push((changed, path));
            }
        }
        files.sort_unstable();
        Ok(files.into_iter().rev().map(|(_, path)| Self::read(path)).collect())
    }

    /// Removes the journal. What it knows is lost: a later run of the task starts everything again.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where another process uses it, or where it cannot be removed.
    pub fn remove(&self) -> Result<(), Error> {
        let _locked = lock(&self.path)?;
        std::fs::remove_file(&self.path).map_err(|error| cannot(&self.path, "removed", error))
    }

    /// Removes a journal that cannot be read, because it is damaged or was not written to the end of its first line.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where the file does not begin as a journal, another process
    /// uses it, or it cannot be removed.
    pub fn remove_damaged(path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        if !path.is_file() {
            return Err(unusable(path, "it is not a regular file").build());
        }
        let file = lock(path)?;
        let mut begin = Vec::new();
        let read = file.take(BEGIN).read_to_end(&mut begin);
        read.map_err(|error| cannot(path, "read", error))?;
        if !Header::is_begin(without_space(&begin)) {
            return Err(unusable(path, "it is not a journal of hss; it was left unchanged").build());
        }
        std::fs::remove_file(path).map_err(|error| cannot(path, "removed", error))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the operation.
    pub fn operation(&self) -> &str {
        &self.header.operation
    }

    /// The task.
    pub fn task_id(&self) -> &str {
        &self.header.task_id
    }

    /// The project of the task.
    pub fn project_id(&self) -> &str {
        &self.header.project_id
    }

    /// The enterprise project that the requests name; `0` where they name none.
    pub fn enterprise_project_id(&self) -> &str {
        &self.header.enterprise_project_id
    }

    /// The URL of the service. This machine is always `localhost`.
    pub fn endpoint(&self) -> &str {
        &self.header.endpoint
    }

    /// When the last run began, in RFC 3339; none where nothing was ever sent.
    pub fn began(&self) -> Option<String> {
        Some(to_the_second(self.history.last_run?.began))
    }

    /// Whether the last run has not closed: some items of its list are not confirmed.
    pub fn is_open(&self) -> bool {
        self.history.is_open()
    }

    /// Whether a run uses the journal now.
    pub fn is_in_use(&self) -> bool {
        self.is_in_use
    }

    /// The number of items in each state. `skipped` are those that earlier runs started. Items that no run began to
    /// send are not known here.
    pub fn counts(&self) -> Counts {
        Counts::of(self.history.others.values().copied())
    }

    /// The items of the last run whose outcome is unknown, sorted.
    pub fn unknown(&self) -> Vec<Item<'_>> {
        self.items(|_, state| state.is_unknown())
    }

    /// The items that the service refused to act on, sorted.
    pub fn refused(&self) -> Vec<Item<'_>> {
        self.items(|_, state| state == ItemState::Refused)
    }

    /// Those of the refused items whose ids the service's messages name, sorted.
    pub fn named(&self) -> Vec<Item<'_>> {
        self.items(|item, state| state == ItemState::Refused && self.named.contains(item))
    }

    /// What the service said when it refused the last time.
    pub fn last_refusal(&self) -> Option<&str> {
        self.last_refusal.as_deref()
    }

    fn items(&self, is_it: impl Fn(&OtherItem, ItemState) -> bool) -> Vec<Item<'_>> {
        let items = self.history.others.iter().filter(|(item, state)| is_it(item, **state));
        let mut items: Vec<Item<'_>> = items
            .map(|((id, scan_type), _)| Item::new(id, scan_type.as_deref()))
            .collect();
        items.sort_unstable();
        items
    }
}
