//! The states of batches, and how many batches are in each.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::accepted::Accepted;
use crate::error::{Error, Outcome};

/// A number of batches, and of the ids in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// The number of batches.
    pub batches: usize,
    /// The number of ids in them.
    pub ids: usize,
}

/// The number of batches in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// The service accepted them.
    pub confirmed: Count,
    /// The service may have acted on them: they are in flight, or their outcome is unknown.
    pub unknown: Count,
    /// The service answered that it did not act. A resumed run sends them again.
    pub refused: Count,
    /// They have not left this machine. A resumed run sends them.
    pub not_sent: Count,
}

/// The numbers of ids: `2500 confirmed, 0 unknown, 0 refused, 0 not sent`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [confirmed, unknown, refused, not_sent] =
            [self.confirmed, self.unknown, self.refused, self.not_sent].map(|count| count.ids);
        write!(
            f,
            "{confirmed} confirmed, {unknown} unknown, {refused} refused, {not_sent} not sent"
        )
    }
}

impl Counts {
    /// The batches that are still to be sent: refused or not sent.
    pub fn remaining(&self) -> Count {
        Count {
            batches: self.refused.batches + self.not_sent.batches,
            ids: self.refused.ids + self.not_sent.ids,
        }
    }

    pub(super) fn add(&mut self, state: BatchState, ids: usize) {
        let count = self.of(state);
        count.batches += 1;
        count.ids += ids;
    }

    pub(super) fn remove(&mut self, state: BatchState, ids: usize) {
        let count = self.of(state);
        count.batches -= 1;
        count.ids -= ids;
    }

    fn of(&mut self, state: BatchState) -> &mut Count {
        match state {
            BatchState::Confirmed => &mut self.confirmed,
            BatchState::Sending | BatchState::Unknown => &mut self.unknown,
            BatchState::Refused => &mut self.refused,
            BatchState::NotSent => &mut self.not_sent,
        }
    }
}

/// The state of one batch, in memory and in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BatchState {
    NotSent,
    /// In flight. Where the process ends meanwhile, the outcome is unknown.
    Sending,
    Confirmed,
    Refused,
    Unknown,
}

impl BatchState {
    /// The state of a batch whose send had this result.
    pub(super) fn of(result: &Result<Accepted, Error>) -> Self {
        match result.as_ref().map_err(Error::outcome) {
            Ok(_) => Self::Confirmed,
            Err(Outcome::NotSent) => Self::NotSent,
            Err(Outcome::Refused) => Self::Refused,
            Err(Outcome::Unknown) => Self::Unknown,
        }
    }

    /// The state after one more send, which ended in `sent`. Only a confirmation settles an unknown outcome: that a
    /// later send was refused says nothing about the earlier one.
    pub(super) fn after(self, sent: Self) -> Self {
        match (self, sent) {
            (Self::Confirmed, _) | (_, Self::Confirmed) => Self::Confirmed,
            (Self::Unknown | Self::Sending, _) => Self::Unknown,
            (_, sent) => sent,
        }
    }

    /// Whether the service may have acted on the batch without a confirmation.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Self::Sending | Self::Unknown)
    }
}
