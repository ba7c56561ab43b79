//! What a run tells while it runs.

use std::path::Path;
use std::time::Duration;

use super::batch_state::Counts;
use crate::error::Error;

/// Something happened in a run, and where everything stands after it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// What happened.
    pub event: Event<'a>,
    /// Where the batches stand.
    pub counts: Counts,
    /// The least time until the last batch can leave, by the pace alone.
    pub time_left: Duration,
}

/// What happened in a run. Batches count from 0.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The run has its journal, and has sent nothing yet.
    #[non_exhaustive]
    Began {
        /// Where the journal is.
        journal: Option<&'a Path>,
    },
    /// Nothing is sent for some time.
    #[non_exhaustive]
    Waiting {
        /// How long.
        time: Duration,
        /// What for.
        reason: WaitReason,
    },
    /// A batch is sent.
    #[non_exhaustive]
    Sending {
        /// Which.
        batch: usize,
    },
    /// The service took a batch.
    #[non_exhaustive]
    Confirmed {
        /// Which.
        batch: usize,
        /// The service's id of the request.
        request_id: Option<&'a str>,
    },
    /// A batch failed; the error's [`outcome`](Error::outcome) tells whether the service may have acted.
    #[non_exhaustive]
    Failed {
        /// Which.
        batch: usize,
        /// Why.
        error: &'a Error,
    },
    /// [`Stop::stop`](super::Stop::stop) was called: what is in flight is finished.
    #[non_exhaustive]
    Stopping {
        /// How many batches are in flight.
        in_flight: usize,
    },
}

/// Why a run waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The pace allows no request before.
    Pace,
    /// The service had too many calls, or the gateway could not ask who calls.
    Throttled,
    /// The service refused a batch, perhaps because the task's scans still run.
    Busy,
}
