//! The known access keys, and which of them are locked.

use std::collections::VecDeque;
use std::time::Duration;

use huaweicloud_auth::{AccessKey, ValueError};
use tokio::time::Instant;

/// Maximum number of temporary keys, expired ones included. The oldest are dropped, and are then unknown.
const MAX_KEYS: usize = 1_000;

/// The vendor locks a key after more consecutive failures than this.
const MAX_FAILURES: u32 = 5;

/// How long the vendor locks a key.
const LOCK_TIME: Duration = Duration::from_secs(5 * 60);

/// The state of a key that no signature can be accepted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Locked after too many consecutive failures.
    Locked,
    /// A temporary key that has expired.
    Expired,
}

/// A temporary key, as the metadata service issues it.
pub(crate) struct TemporaryKey {
    pub(crate) access: String,
    pub(crate) secret: String,
    pub(crate) security_token: String,
}

/// The permanent key, and the temporary ones.
pub(crate) struct Keys {
    permanent: Entry,
    temporary: VecDeque<Entry>,
}

struct Entry {
    key: AccessKey,
    /// `None` for a key that does not expire.
    expires_at: Option<Instant>,
    /// Consecutive failures.
    failures: u32,
    locked_until: Option<Instant>,
}

impl Entry {
    fn new(key: AccessKey, expires_at: Option<Instant>) -> Self {
        Self {
            key,
            expires_at,
            failures: 0,
            locked_until: None,
        }
    }
}

impl Keys {
    pub(crate) fn new(permanent: AccessKey) -> Self {
        Self {
            permanent: Entry::new(permanent, None),
            temporary: VecDeque::new(),
        }
    }

    /// The key with an id, also an expired or locked one.
    pub(crate) fn find(&self, id: &str) -> Option<&AccessKey> {
        let mut all = std::iter::once(&self.permanent).chain(&self.temporary);
        all.find(|entry| entry.key.id() == id).map(|entry| &entry.key)
    }

    /// Counts whether a request that names a key had a valid signature. An error where the key is locked or has expired.
    pub(crate) fn record_attempt(&mut self, id: &str, valid: bool, now: Instant) -> Result<(), KeyState> {
        let mut all = std::iter::once(&mut self.permanent).chain(&mut self.temporary);
        let Some(entry) = all.find(|entry| entry.key.id() == id) else {
            return Ok(());
        };
        if entry.expires_at.is_some_and(|expires_at| now >= expires_at) {
            return Err(KeyState::Expired);
        }
        if let Some(until) = entry.locked_until {
            if now < until {
                return Err(KeyState::Locked);
            }
            entry.locked_until = None;
            entry.failures = 0;
        }
        if valid {
            entry.failures = 0;
        } else {
            entry.failures += 1;
            if entry.failures > MAX_FAILURES {
                entry.locked_until = now.checked_add(LOCK_TIME);
            }
        }
        Ok(())
    }

    /// Forgets every failure, and unlocks the keys.
    pub(crate) fn unlock(&mut self) {
        for entry in std::iter::once(&mut self.permanent).chain(&mut self.temporary) {
            entry.failures = 0;
            entry.locked_until = None;
        }
    }

    /// Issues a new temporary key.
    pub(crate) fn issue(&mut self, lifetime: Duration, now: Instant) -> Result<TemporaryKey, ValueError> {
        let random = || fastrand::u128(..);
        let made = TemporaryKey {
            // 20 and 40 characters, as the cloud's keys have.
            access: format!("HSTSIM{:014X}", random() >> 72),
            secret: format!("{:040x}", random()),
            security_token: format!("hss-sim-security-token-{:032x}{:032x}", random(), random()),
        };
        let key = AccessKey::new(&made.access, &made.secret)?.with_security_token(&made.security_token)?;
        self.temporary.push_back(Entry::new(key, now.checked_add(lifetime)));
        if self.temporary.len() > MAX_KEYS {
            self.temporary.pop_front();
        }
        Ok(made)
    }

    /// Expires all temporary keys.
    pub(crate) fn expire_temporary(&mut self, now: Instant) {
        for entry in &mut self.temporary {
            entry.expires_at = Some(entry.expires_at.map_or(now, |expires_at| expires_at.min(now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(AccessKey::new("id", "secret").unwrap())
    }

    #[test]
    fn more_than_five_consecutive_failures_lock_for_five_minutes() {
        let mut keys = keys();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..5 {
            keys.record_attempt("id", false, start).unwrap();
        }
        keys.record_attempt("id", true, start).unwrap();
        for _ in 0..6 {
            keys.record_attempt("id", false, start).unwrap();
        }
        for (second, right) in [(0, true), (299, false), (299, true)] {
            assert_eq!(
                keys.record_attempt("id", right, at(second)),
                Err(KeyState::Locked),
                "{second}"
            );
        }
        // Failures while the key was locked did not count: it takes six again.
        for _ in 0..5 {
            keys.record_attempt("id", false, at(300)).unwrap();
        }
        keys.record_attempt("id", true, at(300)).unwrap();
    }

    #[test]
    fn locks_only_the_key_that_failed() {
        let mut keys = keys();
        let now = Instant::now();
        let other = keys.issue(Duration::from_secs(60), now).unwrap();
        for _ in 0..9 {
            let _ = keys.record_attempt(&other.access, false, now);
        }
        assert_eq!(keys.record_attempt(&other.access, true, now), Err(KeyState::Locked));
        keys.record_attempt("id", true, now).unwrap();
        keys.record_attempt("unknown", false, now).unwrap();
    }

    #[test]
    fn a_temporary_key_expires() {
        let mut keys = keys();
        let now = Instant::now();
        let made = keys.issue(Duration::from_secs(60), now).unwrap();
        assert_eq!((made.access.len(), made.secret.len()), (20, 40));
        keys.record_attempt(&made.access, true, now + Duration::from_secs(59))
            .unwrap();
        let end = now + Duration::from_secs(60);
        assert_eq!(keys.record_attempt(&made.access, true, end), Err(KeyState::Expired));
        let made = keys.issue(Duration::MAX, now).unwrap();
        keys.expire_temporary(now);
        assert_eq!(keys.record_attempt(&made.access, true, now), Err(KeyState::Expired));
        keys.record_attempt("id", true, end).unwrap();
    }

    #[test]
    fn drops_the_oldest_temporary_key() {
        let mut keys = keys();
        let now = Instant::now();
        let first = keys.issue(Duration::MAX, now).unwrap().access;
        for _ in 0..MAX_KEYS {
            keys.issue(Duration::MAX, now).unwrap();
        }
        assert!(keys.find(&first).is_none() && keys.find("id").is_some());
    }
}
