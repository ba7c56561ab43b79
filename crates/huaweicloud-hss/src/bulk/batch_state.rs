//! How many batches and ids stand where.

/// Batches, and the ids in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// How many batches.
    pub batches: usize,
    /// How many ids they hold.
    pub ids: usize,
}

/// Where the batches of a plan stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The service took them.
    pub confirmed: Count,
    /// The service may have acted on them: they are in flight, or no one knows what came of them.
    pub unknown: Count,
    /// The service answered that it did not act. They are sent again when the run is resumed.
    pub refused: Count,
    /// They have not left this machine. They are sent when the run is resumed.
    pub not_sent: Count,
}

impl Counts {
    /// What is still to be sent: refused or not sent.
    pub fn remaining(&self) -> Count {
        Count {
            batches: self.refused.batches + self.not_sent.batches,
            ids: self.refused.ids + self.not_sent.ids,
        }
    }

    pub(super) fn add(&mut self, state: BatchState, ids: usize) {
        let tally = self.of(state);
        tally.batches += 1;
        tally.ids += ids;
    }

    pub(super) fn take(&mut self, state: BatchState, ids: usize) {
        let tally = self.of(state);
        tally.batches -= 1;
        tally.ids -= ids;
    }

    fn of(&mut self, state: BatchState) -> &mut Count {
        match state {
            BatchState::Confirmed => &mut self.confirmed,
            BatchState::Unknown => &mut self.unknown,
            BatchState::Refused => &mut self.refused,
            BatchState::NotSent => &mut self.not_sent,
        }
    }
}

/// Where one batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchState {
    Confirmed,
    Unknown,
    Refused,
    NotSent,
}

impl BatchState {
    /// Where the batch stands after one more send ended so. Doubt is ended by a confirmation alone: that a later send
    /// was refused says nothing of the earlier one.
    pub(super) fn after(self, sent: Self) -> Self {
        match (self, sent) {
            (Self::Confirmed, _) | (_, Self::Confirmed) => Self::Confirmed,
            (Self::Unknown, _) => Self::Unknown,
            (_, sent) => sent,
        }
    }
}
