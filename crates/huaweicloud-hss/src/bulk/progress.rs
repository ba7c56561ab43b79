//! The events of a run.

use std::path::Path;
use std::time::Duration;

use super::item_state::Counts;
use crate::error::Error;

/// An event of a run, and the states of the items after it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The event.
    pub event: Event<'a>,
    /// The number of items in each state.
    pub counts: Counts,
    /// The minimum time until the last batch can be sent, by the pace alone.
    pub time_left: Duration,
}

/// What happened in a run. Batches are numbered from 0 in each run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The run has opened its journal and sent nothing yet.
    #[non_exhaustive]
    Began {
        /// The path of the journal.
        journal: Option<&'a Path>,
        /// Why the folder of the journal could not be synced. A crash of the machine may lose the new file.
        not_synced: Option<&'a std::io::Error>,
        /// The number of batches of this run.
        batches: usize,
        /// The number of items in them.
        items: usize,
    },
    /// The run waits before it sends the next batch.
    #[non_exhaustive]
    Waiting {
        /// The length of the wait.
        time: Duration,
        /// The reason for the wait.
        reason: WaitReason,
    },
    /// A batch is being sent.
    #[non_exhaustive]
    Sending {
        /// The number of the batch.
        batch: usize,
        /// The number of items in it.
        items: usize,
    },
    /// The service accepted a batch.
    #[non_exhaustive]
    Confirmed {
        /// The number of the batch.
        batch: usize,
        /// The number of items in it.
        items: usize,
        /// The service's id of the request.
        request_id: Option<&'a str>,
    },
    /// A batch failed; the error's [`outcome`](Error::outcome) tells whether the service may have acted.
    #[non_exhaustive]
    Failed {
        /// The number of the batch.
        batch: usize,
        /// The number of items in it.
        items: usize,
        /// The error.
        error: &'a Error,
        /// What the run does next.
        next: AfterFailure,
    },
    /// [`Stop::stop`](super::Stop::stop) was called. The run ends when the batches in flight have ended.
    #[non_exhaustive]
    Stopping {
        /// The number of batches in flight.
        in_flight: usize,
    },
}

/// What a run does after a batch has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterFailure {
    /// It sends the batch again.
    Retries,
    /// It sends the other batches.
    GoesOn,
    /// It sends nothing new.
    Ends,
}

/// Why a run waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The pace allows no earlier request.
    Pace,
    /// The service throttled a request, or the gateway could not ask IAM about the caller.
    Throttled,
    /// The service refused a batch, and the task may still be scanning.
    Busy,
    /// No credentials came, because IAM or the metadata service does not answer.
    Credentials,
}
