//! The result of a run.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

#[cfg(feature = "tasks")]
use super::history::key_of;
use super::item_state::{Counts, ItemState};
use super::items::Item;
#[cfg(feature = "tasks")]
use super::journal::{self, Journal};
use super::plan::Plan;
use crate::error::Error;
#[cfg(feature = "tasks")]
use crate::error::Outcome;
use crate::named::names;
use crate::operations::OperationId;

/// The result of a run: where the items of its plan stand, whichever run of the task brought them there.
#[derive(Clone)]
pub struct Summary {
    pub(super) plan: Plan,
    pub(super) journal: Option<PathBuf>,
    /// The journal as the run left it.
    #[cfg(feature = "tasks")]
    pub(super) journal_end: Option<super::journal::Chain>,
    pub(super) states: Vec<ItemState>,
    pub(super) before: Counts,
    pub(super) counts: Counts,
    pub(super) batches: usize,
    pub(super) refusals: Vec<Refusal>,
    pub(super) error: Option<Error>,
    pub(super) stopped: bool,
}

impl Summary {
    /// Whether no item is left to be sent. The outcome of some may be unknown.
    pub fn is_complete(&self) -> bool {
        self.counts.remaining() == 0
    }

    /// Whether [`Stop::stop`](super::Stop::stop) was called before the run's end.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The error that ended the run early, or the first refusal of a run that [kept going](super::Run::keep_going);
    /// none where a [`Stop`](super::Stop) ended it. Where the error is that the results of the last batches could not
    /// be written to the journal, the run may be complete, but a later run takes their outcome to be unknown.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The number of items in each state.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The same when the run began, by the journal.
    pub fn counts_before(&self) -> Counts {
        self.before
    }

    /// The number of batches that this run sent. One that was retried counts once.
    pub fn batches(&self) -> usize {
        self.batches
    }

    /// The items whose outcome is unknown. Look at the task before resending them.
    pub fn unknown(&self) -> impl Iterator<Item = Item<'_>> {
        self.in_state(|state| state.is_unknown())
    }

    /// The items that the service refused to act on, in this run or in an earlier one.
    pub fn refused(&self) -> impl Iterator<Item = Item<'_>> {
        self.in_state(|state| state == ItemState::Refused)
    }

    /// Those of the [refused](Self::refused) items whose ids the service's messages name. Each batch is refused as a
    /// whole, so these are the likely reason.
    pub fn named(&self) -> impl Iterator<Item = Item<'_>> {
        self.refusals.iter().flat_map(|refusal| {
            let refused = refusal
                .items
                .iter()
                .filter(|index| self.states.get(**index) == Some(&ItemState::Refused));
            let items = refused.filter_map(|index| self.plan.item(*index));
            items.filter(|item| names(refusal.error.message(), item.id()))
        })
    }

    /// The journal, where there is one.
    pub fn journal(&self) -> Option<&Path> {
        self.journal.as_deref()
    }

    /// The plan of the run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Records in the journal which scans were seen to end and to fail since they were started: a later run sends these
    /// items without [`IfStarted::Again`](super::IfStarted::Again). `has_failed` is asked for each item that was started.
    ///
    /// Gives the number of items that were recorded: none where there is no journal, or where another run has used it
    /// since.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where another process uses the journal or it is damaged,
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where it cannot be written.
    #[cfg(feature = "tasks")]
    pub async fn record_failed(&self, has_failed: impl Fn(Item<'_>) -> bool) -> Result<usize, Error> {
        let (Some(path), Some(end)) = (self.journal.clone(), self.journal_end.clone()) else {
            return Ok(0);
        };
        let started = self.in_state(|state| matches!(state, ItemState::Confirmed | ItemState::StartedBefore));
        let failed: Vec<_> = started.filter(|item| has_failed(*item)).map(key_of).collect();
        let operation = self.plan.operation();
        let recorded = tokio::task::spawn_blocking(move || Journal::failed(&path, &end, operation, &failed)).await;
        recorded.map_err(|error| journal::thread_ended(Outcome::NoEffect, error))?
    }

    fn in_state(&self, is_it: impl Fn(ItemState) -> bool) -> impl Iterator<Item = Item<'_>> {
        let states = self.states.iter().enumerate();
        states.filter_map(move |(index, state)| is_it(*state).then(|| self.plan.item(index))?)
    }
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // There can be a million states.
        f.debug_struct("Summary")
            .field("plan", &self.plan)
            .field("journal", &self.journal)
            .field("counts", &self.counts)
            .field("counts_before", &self.before)
            .field("error", &self.error)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

/// The [`counts`](Summary::counts), and the error that ended the run early.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts.fmt(f)?;
        match &self.error {
            Some(error) => write!(f, "; {error}"),
            None => Ok(()),
        }
    }
}

/// An object whose members have the names of the methods: `operation`, `task_id`, `items` and `duplicates` of the plan,
/// `batches`, `is_complete`, `is_stopped`, `counts`, `counts_before`, `unknown`, `refused`, `named`, `journal` and
/// `error`. It lists items as lines of a list; bytes of the journal's path that are not UTF-8 are U+FFFD.
impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            operation: OperationId,
            task_id: &'a str,
            items: usize,
            duplicates: usize,
            batches: usize,
            is_complete: bool,
            is_stopped: bool,
            counts: Counts,
            counts_before: Counts,
            unknown: Vec<Item<'a>>,
            refused: Vec<Item<'a>>,
            named: Vec<Item<'a>>,
            journal: Option<Cow<'a, str>>,
            error: Option<&'a Error>,
        }
        let members = Members {
            operation: self.plan.operation(),
            task_id: self.plan.task_id(),
            items: self.plan.items(),
            duplicates: self.plan.duplicates(),
            batches: self.batches,
            is_complete: self.is_complete(),
            is_stopped: self.stopped,
            counts: self.counts,
            counts_before: self.before,
            unknown: self.unknown().collect(),
            refused: self.refused().collect(),
            named: self.named().collect(),
            journal: self.journal().map(Path::to_string_lossy),
            error: self.error(),
        };
        members.serialize(serializer)
    }
}

/// A batch that the service refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) error: Error,
    /// The positions of its items in the plan.
    pub(super) items: Vec<usize>,
}
