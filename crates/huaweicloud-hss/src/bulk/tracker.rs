//! The states of the items of a run, in memory and in the journal.

use std::path::{Path, PathBuf};

use super::history::{History, OtherItem};
use super::item_state::{Counts, ItemState, SendEnd};
use super::items::Batches;
use super::journal::{self, Journal};
use super::plan::Plan;
use super::summary::{Refusal, Summary};
use crate::accepted::Accepted;
use crate::error::{Error, Outcome};

pub(super) struct Tracker {
    plan: Plan,
    path: Option<PathBuf>,
    /// `None` without a journal, and while a thread writes to it.
    journal: Option<Journal>,
    /// The items of open runs that the plan does not have.
    others: Vec<OtherItem>,
    states: Vec<ItemState>,
    before: Counts,
    counts: Counts,
    batches: Batches,
    /// How many batches were sent, which are the first ones.
    sent: usize,
    refusals: Vec<Refusal>,
}

impl Tracker {
    pub(super) fn new(
        plan: Plan,
        path: Option<PathBuf>,
        journal: Option<Journal>,
        history: History,
        resend_unknown: bool,
    ) -> Self {
        let others = history.started_others();
        let states = history.states;
        let due = states.iter().enumerate().filter(|(_, state)| match state {
            ItemState::Confirmed | ItemState::StartedBefore => false,
            ItemState::Sending | ItemState::Resending | ItemState::Unknown => resend_unknown,
            ItemState::Refused | ItemState::NotSent => true,
        });
        let batches = plan.cut(due.map(|(index, _)| index).collect());
        let counts = Counts::of(states.iter().copied());
        Self {
            plan,
            path,
            journal,
            others,
            states,
            before: counts,
            counts,
            batches,
            sent: 0,
            refusals: Vec::new(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Why the folder of the journal could not be synced.
    pub(super) fn not_synced(&self) -> Option<&std::io::Error> {
        self.journal.as_ref()?.not_synced.as_ref()
    }

    /// The batches of this run.
    pub(super) fn batches(&self) -> &Batches {
        &self.batches
    }

    /// Records that a batch is about to be sent. If this fails, it must not be sent.
    pub(super) async fn sending(&mut self, batch: usize) -> Result<(), Error> {
        let (plan, items) = (self.plan.clone(), self.batches.get(batch).to_vec());
        self.write(Outcome::NotSent, move |journal| journal.sending(batch, &plan, &items))
            .await?;
        self.sent = self.sent.max(batch + 1);
        self.change(batch, ItemState::sending);
        Ok(())
    }

    /// Records the result of a batch.
    pub(super) async fn ended(&mut self, batch: usize, result: &Result<Accepted, Error>) -> Result<(), Error> {
        let end = SendEnd::of(result);
        self.change(batch, |state| state.ended(end));
        let result = result.clone();
        self.write(Outcome::Unknown, move |journal| journal.ended(batch, &result))
            .await
    }

    /// Remembers a refusal that is final for this run.
    pub(super) fn refused(&mut self, batch: usize, error: Error) {
        let items = self.batches.get(batch).to_vec();
        self.refusals.push(Refusal { error, items });
    }

    /// Closes the run if every item of the list at hand is confirmed.
    pub(super) async fn close(&mut self) -> Result<(), Error> {
        let left = self.counts.remaining() + self.counts.unknown;
        if left > 0 || self.counts.confirmed == 0 {
            return Ok(());
        }
        let (operation, others) = (self.plan.operation(), std::mem::take(&mut self.others));
        self.write(Outcome::NotSent, move |journal| journal.close(operation, others))
            .await
    }

    fn change(&mut self, batch: usize, change: impl Fn(ItemState) -> ItemState) {
        for index in self.batches.get(batch) {
            if let Some(state) = self.states.get_mut(*index) {
                let new = change(*state);
                self.counts.change(*state, new);
                *state = new;
            }
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
        let (journal, written) = written.await.map_err(|error| journal::thread_ended(outcome, error))?;
        self.journal = Some(journal);
        written
    }

    pub(super) fn summary(self, error: Option<Error>, stopped: bool) -> Summary {
        Summary {
            plan: self.plan,
            journal: self.path,
            #[cfg(feature = "tasks")]
            journal_end: self.journal.map(|journal| journal.end()),
            states: self.states,
            before: self.before,
            counts: self.counts,
            batches: self.sent,
            refusals: self.refusals,
            error,
            stopped,
        }
    }
}
