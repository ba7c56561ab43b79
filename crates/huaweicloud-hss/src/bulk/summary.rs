//! The result of a run.

use std::fmt;
use std::path::{Path, PathBuf};

use super::batch_state::{BatchState, Counts};
use super::plan::Plan;
use crate::error::Error;

/// The result of a run, including the earlier runs of its journal.
#[derive(Debug, Clone)]
pub struct Summary {
    pub(super) plan: Plan,
    pub(super) journal: Option<PathBuf>,
    pub(super) states: Vec<BatchState>,
    pub(super) before: Counts,
    pub(super) counts: Counts,
    pub(super) error: Option<Error>,
    pub(super) stopped: bool,
}

impl Summary {
    /// Whether no batch is left to be sent. The outcome of some may be unknown.
    pub fn is_complete(&self) -> bool {
        self.counts.remaining().batches == 0
    }

    /// Whether [`Stop::stop`](super::Stop::stop) was called before the run's end.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The error that ended the run early; none where a [`Stop`](super::Stop) did. Where the error is that the results
    /// of the last batches could not be written to the journal, the run may be complete, but a later run of that
    /// journal takes their outcome to be unknown.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The number of batches in each state.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The same when the run began, by the journal.
    pub fn counts_before(&self) -> Counts {
        self.before
    }

    /// The batches whose outcome is unknown. Look at the task before resending them.
    pub fn unknown(&self) -> impl Iterator<Item = UnknownBatch<'_>> {
        let states = self.states.iter().enumerate();
        states
            .filter(|(_, state)| state.is_unknown())
            .map(|(batch, _)| UnknownBatch {
                plan: &self.plan,
                batch,
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

/// A batch whose outcome is unknown.
#[derive(Debug, Clone, Copy)]
pub struct UnknownBatch<'a> {
    plan: &'a Plan,
    batch: usize,
}

impl<'a> UnknownBatch<'a> {
    /// The number of the batch, from 0.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The ids in it.
    pub fn ids(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.plan.batch(self.batch)
    }
}
