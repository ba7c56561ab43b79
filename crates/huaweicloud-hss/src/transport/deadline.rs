//! When a call must have ended.

use std::time::Duration;

use tokio::time::Instant;

/// The end of a call, which covers every try, every look-up and every wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// `None` where the time is too far away for a clock.
    end: Option<Instant>,
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(timeout),
        }
    }

    /// The time that is left.
    pub(crate) fn left(self) -> Duration {
        self.end
            .map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()))
    }

    /// What the work comes to; `None` where it takes longer.
    pub(crate) async fn within<T>(self, work: impl Future<Output = T>) -> Option<T> {
        match self.end {
            Some(end) => tokio::time::timeout_at(end, work).await.ok(),
            None => Some(work.await),
        }
    }
}
