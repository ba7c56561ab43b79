//! Locking.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock that a panic elsewhere leaves usable: every change under these locks is made whole or not at all.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
