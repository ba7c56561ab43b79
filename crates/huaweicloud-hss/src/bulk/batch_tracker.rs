//! The states of the batches of a run, in memory and in the journal.

use std::path::PathBuf;

use super::batch_state::{BatchState, Counts};
use super::journal::{Journal, Replay};
use super::plan::Plan;
use super::summary::Summary;
use crate::accepted::Accepted;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

pub(super) struct BatchTracker {
    plan: Plan,
    path: Option<PathBuf>,
    /// `None` while a thread writes to it.
    journal: Option<Journal>,
    states: Vec<BatchState>,
    before: Counts,
    counts: Counts,
}

impl BatchTracker {
    pub(super) fn new(plan: Plan, path: Option<PathBuf>, journal: Option<Journal>, replay: Replay) -> Self {
        let mut counts = Counts::default();
        for (batch, state) in replay.states.iter().enumerate() {
            counts.add(*state, plan.ids_of(batch));
        }
        Self {
            plan,
            path,
            journal,
            states: replay.states,
            before: counts,
            counts,
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// The batches that are to be sent, in their order.
    pub(super) fn to_send(&self, resend_unknown: bool) -> impl Iterator<Item = usize> {
        let states = self.states.iter().enumerate();
        let is_due = move |state: BatchState| match state {
            BatchState::Confirmed => false,
            BatchState::Sending | BatchState::Unknown => resend_unknown,
            BatchState::Refused | BatchState::NotSent => true,
        };
        states.filter(move |(_, state)| is_due(**state)).map(|(batch, _)| batch)
    }

    /// Records that a batch is about to be sent. Gives its state before that. If this fails, the batch must not be
    /// sent.
    pub(super) async fn sending(&mut self, batch: usize) -> Result<BatchState, Error> {
        let ids = self.plan.ids_of(batch);
        self.write(Outcome::NotSent, move |journal| journal.sending(batch, ids))
            .await?;
        let before = self.states.get(batch).copied().unwrap_or(BatchState::NotSent);
        self.set(batch, BatchState::Sending);
        Ok(before)
    }

    /// Records the result of a batch, whose state was `before` when it was sent.
    pub(super) async fn ended(
        &mut self,
        batch: usize,
        before: BatchState,
        result: &Result<Accepted, Error>,
    ) -> Result<(), Error> {
        self.set(batch, before.after(BatchState::of(result)));
        let result = result.clone();
        self.write(Outcome::Unknown, move |journal| journal.ended(batch, &result))
            .await
    }

    fn set(&mut self, batch: usize, state: BatchState) {
        let ids = self.plan.ids_of(batch);
        if let Some(known) = self.states.get_mut(batch) {
            self.counts.remove(*known, ids);
            self.counts.add(state, ids);
            *known = state;
        }
    }

    /// Writes to the disk on a thread for blocking work. `outcome` is that of the batch by the journal if the thread is
    /// lost.
    async fn write(
        &mut self,
        outcome: Outcome,
        job: impl FnOnce(&mut Journal) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let Some(mut journal) = self.journal.take() else {
            return Ok(());
        };
        let written = tokio::task::spawn_blocking(move || {
            let written = job(&mut journal);
            (journal, written)
        });
        let (journal, written) = written.await.map_err(|error| journal_thread_ended(outcome, error))?;
        self.journal = Some(journal);
        written
    }

    pub(super) fn summary(self, error: Option<Error>, stopped: bool) -> Summary {
        Summary {
            plan: self.plan,
            journal: self.path,
            states: self.states,
            before: self.before,
            counts: self.counts,
            error,
            stopped,
        }
    }
}

/// The runtime shut down, or the thread panicked.
pub(super) fn journal_thread_ended(outcome: Outcome, error: tokio::task::JoinError) -> Error {
    ErrorBuilder::new(ErrorKind::Internal, outcome, "the journal's thread ended")
        .with_source(error)
        .build()
}
