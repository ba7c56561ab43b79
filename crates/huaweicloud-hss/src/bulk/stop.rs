//! Stopping a run from outside.

use std::sync::Arc;

use tokio::sync::watch;

/// Stops a run from outside: batches in flight end as usual, and nothing new is sent. Clones are the same handle.
///
/// ```
/// use huaweicloud_hss::bulk::Stop;
///
/// let stop = Stop::new();
/// let handle = stop.clone();
/// handle.stop();
/// assert!(stop.is_stopped());
/// ```
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// A new handle.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Stops the runs that have this handle, now and later. It can be called from any thread.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once [`stop`](Self::stop) was called.
    pub(super) async fn stopped(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
