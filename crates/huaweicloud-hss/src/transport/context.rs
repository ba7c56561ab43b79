//! What a call needs to know besides its request.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::custom_headers::CustomHeaders;
use super::retry_policy::RetryPolicy;

/// How one call is made.
#[derive(Debug, Clone)]
pub struct CallContext {
    pub(crate) deadline: Deadline,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) headers: CustomHeaders,
    pub(crate) mode: Mode,
    /// Whether the connection of an attempt serves no other request.
    pub(crate) closes_connection: bool,
    /// Where the number of attempts is written as they begin, for a caller who may drop the call.
    pub(crate) attempts: Option<Arc<AtomicU32>>,
}

/// Whether the request of a call is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Send,
    /// The call ends with the request as it would be sent.
    Preview,
}

/// The moment at which a call ends. It covers every attempt, every look-up and every wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// `None` where the moment is later than a clock can tell.
    end: Option<Instant>,
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(timeout),
        }
    }

    /// The time that is left.
    pub(crate) fn remaining(self) -> Duration {
        self.end
            .map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()))
    }

    /// The output of the future; `None` where the deadline passes first.
    pub(crate) async fn within<T>(self, future: impl Future<Output = T>) -> Option<T> {
        match self.end {
            Some(end) => timeout_at(end, future).await.ok(),
            None => Some(future.await),
        }
    }
}
