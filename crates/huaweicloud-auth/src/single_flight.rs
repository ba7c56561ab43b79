//! One piece of work for every caller that waits for its result.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A result that many callers want and one of them fetches.
///
/// A caller that waits while a fetch is in flight gets its result, an error too: a hundred callers that each tried in turn
/// would wait for a hundred time-outs, and lock an access key.
#[derive(Debug)]
pub(crate) struct SingleFlight<T, E> {
    in_flight: tokio::sync::Mutex<()>,
    state: Mutex<State<T, E>>,
}

#[derive(Debug)]
struct State<T, E> {
    generation: u64,
    last: Option<Result<T, E>>,
}

/// Marks a point in time: any later result satisfies its holder.
#[derive(Clone, Copy)]
pub(crate) struct Generation(u64);

impl<T: Clone, E: Clone> SingleFlight<T, E> {
    pub(crate) fn new() -> Self {
        Self {
            in_flight: tokio::sync::Mutex::new(()),
            state: Mutex::new(State {
                generation: 0,
                last: None,
            }),
        }
    }

    /// The cached value, and the generation to fetch with if that is not enough. Both are read at once: a result between the
    /// two reads would be missed.
    pub(crate) fn get(&self) -> (Option<T>, Generation) {
        let state = self.state();
        let value = state.last.as_ref().and_then(|last| last.as_ref().ok());
        (value.cloned(), Generation(state.generation))
    }

    /// Does the work, or waits for the caller that does.
    pub(crate) async fn fetch(&self, since: Generation, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        // If the working caller was dropped, the next in the queue works.
        let _guard = self.in_flight.lock().await;
        if let Some(result) = self.finished_since(since) {
            return result;
        }
        self.finish(work.await)
    }

    /// Does the work unless another caller is doing it.
    pub(crate) async fn fetch_if_idle(
        &self,
        since: Generation,
        work: impl Future<Output = Result<T, E>>,
    ) -> Option<Result<T, E>> {
        let _guard = self.in_flight.try_lock().ok()?;
        if let Some(result) = self.finished_since(since) {
            return Some(result);
        }
        Some(self.finish(work.await))
    }

    /// Drops the cached value if `is_meant` accepts it, and returns whether it did.
    pub(crate) fn forget(&self, is_meant: impl FnOnce(&T) -> bool) -> bool {
        let mut state = self.state();
        let found = matches!(&state.last, Some(Ok(value)) if is_meant(value));
        if found {
            state.last = None;
        }
        found
    }

    fn finished_since(&self, since: Generation) -> Option<Result<T, E>> {
        let state = self.state();
        (state.generation != since.0).then(|| state.last.clone()).flatten()
    }

    fn finish(&self, result: Result<T, E>) -> Result<T, E> {
        let mut state = self.state();
        state.generation += 1;
        state.last = Some(result.clone());
        result
    }

    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        // No method leaves the state half changed, so a poisoned one is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
