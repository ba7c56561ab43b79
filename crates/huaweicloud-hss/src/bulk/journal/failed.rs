//! Scans that were seen to fail after a run.

use std::path::Path;

use super::line::Chain;
use super::record::{Record, RecordState};
use super::{Journal, hint_of, lock};
use crate::bulk::history::OtherItem;
use crate::bulk::items::Item;
use crate::error::{Error, Outcome};
use crate::operations::OperationId;

/// The number of items in a line.
const ITEMS: usize = 100_000;

impl Journal {
    /// The checksum of all lines.
    pub(in crate::bulk) fn end(&self) -> Chain {
        self.chain.clone()
    }

    /// Records that the scans of these items failed, and gives their number; none where the journal does not end as it is
    /// said to.
    pub(in crate::bulk) fn failed(
        path: &Path,
        end: &Chain,
        operation: OperationId,
        items: &[OtherItem],
    ) -> Result<usize, Error> {
        if items.is_empty() || !path.exists() {
            return Ok(0);
        }
        let mut journal = Self::of(path, lock(path)?);
        journal.read(|_| Ok(()))?;
        if journal.chain != *end {
            return Ok(0);
        }
        let written = journal.mend_end().and_then(|()| {
            items.chunks(ITEMS).try_for_each(|items| {
                let items = items.iter().map(|(id, scan_type)| Item::new(id, scan_type.as_deref()));
                let record = Record::with_items(journal.last + 1, RecordState::Failed, operation, items);
                journal.append(&record, 0)
            })
        });
        match written {
            Ok(()) => Ok(items.len()),
            Err(error) => {
                let hint = hint_of(&error);
                Err(journal.unwritable(Outcome::NoEffect, error).with_hint(hint).build())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::accepted::Accepted;
    use crate::bulk::history::History;
    use crate::bulk::item_state::ItemState::{self, NotSent, StartedBefore, Unknown};
    use crate::bulk::journal::Header;
    use crate::bulk::plan::Plan;
    use crate::error::{ErrorBuilder, ErrorKind};

    const OPERATION: OperationId = OperationId::RecreateVulScanTask;

    fn plan() -> Plan {
        Plan::rescan("task", ["a", "b", "c"]).unwrap()
    }

    fn open(path: &Path) -> (Journal, History) {
        Journal::open(path, &Header::of(&plan(), "http://e", "p"), &plan()).unwrap()
    }

    /// A journal of a run that has closed with `a` and `b` confirmed, after one that left `c` unknown where that is asked
    /// for.
    fn closed(path: &Path, c_is_unknown: bool) -> Chain {
        let (mut journal, _) = open(path);
        let unknown = Err(ErrorBuilder::new(ErrorKind::Timeout, Outcome::Unknown, "late").build());
        if c_is_unknown {
            journal.sending(0, &plan(), &[2]).unwrap();
            journal.ended(0, &unknown).unwrap();
        }
        journal.sending(1, &plan(), &[0, 1]).unwrap();
        journal.ended(1, &Ok(Accepted::new("r".to_owned(), 1))).unwrap();
        if !c_is_unknown {
            journal.close(OPERATION, Vec::new()).unwrap();
        }
        journal.end()
    }

    fn states(path: &Path) -> Vec<ItemState> {
        let (_, mut history) = open(path);
        history.set_closed_apart();
        history.states
    }

    fn items(ids: &[&str]) -> Vec<OtherItem> {
        ids.iter().map(|id| ((*id).into(), None)).collect()
    }

    #[test]
    fn items_that_failed_are_free_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let end = closed(&path, false);
        assert_eq!(Journal::failed(&path, &end, OPERATION, &items(&["b"])).unwrap(), 1);
        assert_eq!(states(&path), [StartedBefore, NotSent, NotSent]);
        let (journal, history) = open(&path);
        assert!(!history.is_open() && journal.end() != end);
    }

    /// That a scan failed says nothing about one that may have started otherwise.
    #[test]
    fn unknown_items_stay_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let end = closed(&path, true);
        assert_eq!(Journal::failed(&path, &end, OPERATION, &items(&["a", "c"])).unwrap(), 2);
        assert_eq!(states(&path), [NotSent, ItemState::Confirmed, Unknown]);
    }

    #[test]
    fn journal_that_another_run_used_or_removed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let end = closed(&path, false);
        let (mut journal, _) = open(&path);
        let failed = || Journal::failed(&path, &end, OPERATION, &items(&["b"]));
        let error = failed().unwrap_err();
        assert!(error.to_string().contains("another process is using it"), "{error}");
        journal.sending(0, &plan(), &[1]).unwrap();
        journal.ended(0, &Ok(Accepted::new("r".to_owned(), 1))).unwrap();
        drop(journal);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(failed().unwrap(), 0);
        assert_eq!(fs::read(&path).unwrap(), bytes);
        fs::remove_file(&path).unwrap();
        assert_eq!(failed().unwrap(), 0);
        assert!(!path.exists());
    }

    /// As an editor counts them.
    #[test]
    fn damage_names_the_line_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        closed(&path, false);
        let whole = fs::read_to_string(&path).unwrap();
        for (index, line) in whole.lines().enumerate() {
            fs::write(&path, whole.replace(line, &line.replace("sum", "som"))).unwrap();
            let error = Journal::open(&path, &Header::of(&plan(), "http://e", "p"), &plan()).unwrap_err();
            let expected = format!("damaged at line {}:", index + 1);
            assert!(error.to_string().contains(&expected), "{error}");
        }
    }
}
