//! One piece of work for all who wait for its result.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A result that many want and one fetches.
///
/// Whoever waits while a fetch is under way gets its result, a failure too: a hundred callers that each tried in turn
/// would wait a hundred time-outs, and lock an access key.
#[derive(Debug)]
pub(crate) struct Shared<T, E> {
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State<T, E>>,
}

#[derive(Debug)]
struct State<T, E> {
    landed: u64,
    last: Option<Result<T, E>>,
}

/// A moment: results that come later are good enough for whoever holds it.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl<T: Clone, E: Clone> Shared<T, E> {
    pub(crate) fn new() -> Self {
        Self {
            flight: tokio::sync::Mutex::new(()),
            state: Mutex::new(State { landed: 0, last: None }),
        }
    }

    /// What is held, and the ticket to fetch with where that is not enough. The two belong together: a result between
    /// them would be missed.
    pub(crate) fn look(&self) -> (Option<T>, Ticket) {
        let state = self.state();
        let held = state.last.as_ref().and_then(|last| last.as_ref().ok());
        (held.cloned(), Ticket(state.landed))
    }

    /// Does the work, or waits for someone who does.
    pub(crate) async fn fetch(&self, ticket: Ticket, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        // Where the one who worked was dropped the next in the queue works.
        let _flight = self.flight.lock().await;
        if let Some(result) = self.landed_since(ticket) {
            return result;
        }
        self.land(work.await)
    }

    /// Does the work unless someone else is at it.
    pub(crate) async fn fetch_if_idle(
        &self,
        ticket: Ticket,
        work: impl Future<Output = Result<T, E>>,
    ) -> Option<Result<T, E>> {
        let _flight = self.flight.try_lock().ok()?;
        if let Some(result) = self.landed_since(ticket) {
            return Some(result);
        }
        Some(self.land(work.await))
    }

    /// Drops what is held where it is the one that is meant, and says whether it was.
    pub(crate) fn forget(&self, meant: impl FnOnce(&T) -> bool) -> bool {
        let mut state = self.state();
        let found = matches!(&state.last, Some(Ok(held)) if meant(held));
        if found {
            state.last = None;
        }
        found
    }

    fn landed_since(&self, ticket: Ticket) -> Option<Result<T, E>> {
        let state = self.state();
        (state.landed != ticket.0).then(|| state.last.clone()).flatten()
    }

    fn land(&self, result: Result<T, E>) -> Result<T, E> {
        let mut state = self.state();
        state.landed += 1;
        state.last = Some(result.clone());
        result
    }

    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        // Nothing is left half done where a thread died.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
