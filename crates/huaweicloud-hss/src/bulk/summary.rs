//! What came of a run.

use std::path::{Path, PathBuf};

use super::batch_state::{BatchState, Counts};
use super::plan::Plan;
use crate::error::Error;

/// What came of a run, earlier runs of the same journal included.
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
    /// Whether the run went to its end: no batch is left to be sent. Some may be in doubt.
    pub fn is_complete(&self) -> bool {
        self.counts.remaining().batches == 0
    }

    /// Whether [`Stop::stop`](super::Stop::stop) was called before the run's end.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Why the run ended before its end, where that was not a [`Stop`](super::Stop). Where the journal could not be told what
    /// came of the last batches the run may be complete; a later run of that journal takes them to be in doubt.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Where the batches stand.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Where they stood when the run began, by the journal.
    pub fn counts_before(&self) -> Counts {
        self.before
    }

    /// The batches of which no one knows what came of them, and their ids. Look at the task before sending them again.
    pub fn unknown(&self) -> impl Iterator<Item = UnknownBatch<'_>> {
        let doubted = self.states.iter().enumerate();
        let doubted = doubted.filter(|(_, state)| **state == BatchState::Unknown);
        doubted.map(|(batch, _)| UnknownBatch {
            plan: &self.plan,
            batch,
        })
    }

    /// The journal, where there is one.
    pub fn journal(&self) -> Option<&Path> {
        self.journal.as_deref()
    }

    /// What was to be sent.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// A batch of which no one knows what came of it.
#[derive(Debug, Clone, Copy)]
pub struct UnknownBatch<'a> {
    plan: &'a Plan,
    batch: usize,
}

impl<'a> UnknownBatch<'a> {
    /// Which batch, from 0.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The ids in it.
    pub fn ids(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.plan.batch(self.batch)
    }
}
