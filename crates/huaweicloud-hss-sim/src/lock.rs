//! Locks.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks also after a panic elsewhere: every change under these locks is made completely or not at all.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
