//! The states of items, and how many items are in each.

use std::fmt;

use serde::Serialize;

use crate::accepted::Accepted;
use crate::error::{Error, Outcome};

/// The number of items in each state. An item is a server, a scan item of a cluster, or a cluster without scan items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// The service accepted them.
    pub confirmed: usize,
    /// The service may have acted on them: they are in flight, or their outcome is unknown.
    pub unknown: usize,
    /// The service answered that it did not act. The next run sends them again.
    pub refused: usize,
    /// They have not left this machine, or the scans that were started were seen to fail. The next run sends them.
    pub not_sent: usize,
    /// A run that has closed started them, so they are left out.
    pub skipped: usize,
}

/// The numbers of items: `2500 confirmed, 0 unknown, 0 refused, 0 not sent`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            confirmed,
            unknown,
            refused,
            not_sent,
            skipped,
        } = self;
        write!(
            f,
            "{confirmed} confirmed, {unknown} unknown, {refused} refused, {not_sent} not sent"
        )?;
        if *skipped > 0 {
            write!(f, ", {skipped} skipped")?;
        }
        Ok(())
    }
}

impl Counts {
    pub(super) fn of(states: impl IntoIterator<Item = ItemState>) -> Self {
        let mut counts = Self::default();
        states.into_iter().for_each(|state| *counts.count(state) += 1);
        counts
    }

    /// The number of items that are still to be sent: refused or not sent.
    pub fn remaining(&self) -> usize {
        self.refused + self.not_sent
    }

    pub(super) fn change(&mut self, from: ItemState, to: ItemState) {
        *self.count(from) -= 1;
        *self.count(to) += 1;
    }

    fn count(&mut self, state: ItemState) -> &mut usize {
        match state {
            ItemState::Confirmed => &mut self.confirmed,
            ItemState::Sending | ItemState::Resending | ItemState::Unknown => &mut self.unknown,
            ItemState::Refused => &mut self.refused,
            ItemState::NotSent => &mut self.not_sent,
            ItemState::StartedBefore => &mut self.skipped,
        }
    }
}

/// The state of one item in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemState {
    NotSent,
    /// In flight for the first time, or after a refusal.
    Sending,
    /// In flight again, with an outcome that was unknown before.
    Resending,
    Confirmed,
    Refused,
    Unknown,
    /// A run that has closed started it, or may have.
    StartedBefore,
}

impl ItemState {
    /// The state while it is sent.
    pub(super) fn sending(self) -> Self {
        match self {
            Self::Confirmed => Self::Confirmed,
            Self::Unknown | Self::Resending => Self::Resending,
            _ => Self::Sending,
        }
    }

    /// The state after a send that ended like this. Only a confirmation settles an unknown outcome: that a later send
    /// was refused says nothing about the earlier one.
    pub(super) fn ended(self, end: SendEnd) -> Self {
        match (self, end) {
            (Self::Confirmed, _) | (_, SendEnd::Confirmed) => Self::Confirmed,
            (Self::Resending | Self::Unknown, _) | (_, SendEnd::Unknown) => Self::Unknown,
            (_, SendEnd::Refused) => Self::Refused,
            (_, SendEnd::NotSent) => Self::NotSent,
        }
    }

    /// The state once the scan was seen to fail.
    pub(super) fn failed(self) -> Self {
        match self {
            Self::Confirmed | Self::StartedBefore => Self::NotSent,
            other => other,
        }
    }

    /// The state once the run has closed.
    pub(super) fn closed(self) -> Self {
        match self {
            Self::NotSent | Self::Refused => Self::NotSent,
            _ => Self::StartedBefore,
        }
    }

    /// Whether the service may have acted without a confirmation.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Self::Sending | Self::Resending | Self::Unknown)
    }

    /// Whether this run, which is open, has started it or may have.
    pub(super) fn is_started(self) -> bool {
        self == Self::Confirmed || self.is_unknown()
    }
}

/// How a send ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SendEnd {
    Confirmed,
    Refused,
    NotSent,
    Unknown,
}

impl SendEnd {
    pub(super) fn of(result: &Result<Accepted, Error>) -> Self {
        match result.as_ref().map_err(Error::outcome) {
            Ok(_) => Self::Confirmed,
            Err(Outcome::NotSent) => Self::NotSent,
            Err(Outcome::Refused) => Self::Refused,
            // A batch starts scans, so none has the outcome of a read.
            Err(Outcome::Unknown | Outcome::NoEffect) => Self::Unknown,
        }
    }
}
