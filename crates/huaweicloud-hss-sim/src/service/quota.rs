//! The calls that an operation takes in a minute.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::QuotaError;

const WINDOW: Duration = Duration::from_secs(60);

/// Maximum quota. Each call in the window takes memory.
const MAX_CALLS: u32 = 100_000;

/// Calls per minute that each operation takes.
///
/// The default is the vendor's documented quota of 5 calls a minute per user and API. The vendor does not say how the
/// minute is measured; here it is a sliding window. A call counts once the caller is known, also when it is then
/// refused, and a call that is throttled does not count. Whether the real service does the same is not known.
///
/// ```
/// use huaweicloud_hss_sim::Quota;
///
/// assert_eq!("5/min".parse::<Quota>()?, Quota::default());
/// assert_eq!("off".parse::<Quota>()?, Quota::off());
/// # Ok::<(), huaweicloud_hss_sim::QuotaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(Option<NonZeroU32>);

impl Quota {
    /// A number of calls per minute, at most 100,000.
    ///
    /// # Errors
    ///
    /// Where the number is 0 or more than 100,000.
    pub fn per_minute(calls: u32) -> Result<Self, QuotaError> {
        match NonZeroU32::new(calls) {
            Some(calls) if calls.get() <= MAX_CALLS => Ok(Self(Some(calls))),
            _ => Err(QuotaError),
        }
    }

    /// No quota.
    pub const fn off() -> Self {
        Self(None)
    }

    /// The calls per minute, `None` where there is no quota.
    pub fn calls_per_minute(self) -> Option<u32> {
        self.0.map(NonZeroU32::get)
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self(NonZeroU32::new(5))
    }
}

impl std::fmt::Display for Quota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(calls) => write!(f, "{calls}/min"),
            None => f.write_str("off"),
        }
    }
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        if text == "off" {
            return Ok(Self::off());
        }
        let calls = text
            .strip_suffix("/min")
            .and_then(|calls| calls.parse().ok())
            .ok_or(QuotaError)?;
        Self::per_minute(calls)
    }
}

/// The calls of the last minute, by operation.
pub(crate) struct RateLimiter {
    quota: Quota,
    calls: HashMap<String, VecDeque<Instant>>,
}

impl RateLimiter {
    pub(crate) fn new(quota: Quota) -> Self {
        Self {
            quota,
            calls: HashMap::new(),
        }
    }

    /// Counts a call, unless the quota is used up.
    pub(crate) fn admit(&mut self, operation: &str, now: Instant) -> bool {
        let Some(limit) = self.quota.0 else { return true };
        let calls = self.calls.entry(operation.to_owned()).or_default();
        while calls.front().is_some_and(|call| now.duration_since(*call) >= WINDOW) {
            calls.pop_front();
        }
        let admitted = calls.len() < limit.get() as usize;
        if admitted {
            calls.push_back(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_by_operation() {
        let mut rate_limiter = RateLimiter::new(Quota::per_minute(2).unwrap());
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(rate_limiter.admit("a", at(0)));
        assert!(rate_limiter.admit("a", at(30)));
        assert!(!rate_limiter.admit("a", at(59)), "a third call within the minute");
        assert!(
            rate_limiter.admit("b", at(59)),
            "another operation has a quota of its own"
        );
        assert!(rate_limiter.admit("a", at(60)), "the first call is a minute old");
        assert!(!rate_limiter.admit("a", at(61)), "the call at 30 still counts");
        assert!(rate_limiter.admit("a", at(90)));
    }

    #[test]
    fn the_default_is_the_documents_quota() {
        let mut found = 0;
        for text in crate::document::EMBEDDED {
            let document: serde_json::Value = serde_json::from_str(text).unwrap();
            let items = document["paths"].as_object().unwrap().values();
            for operation in items.flat_map(|item| item.as_object().unwrap().values()) {
                let Some(quota) = operation.get("x-quota") else {
                    continue;
                };
                let documented = quota["calls_per_minute_per_user"].as_u64();
                let default = Quota::default().calls_per_minute().map(u64::from);
                assert_eq!(documented, default, "{}", operation["operationId"]);
                found += 1;
            }
        }
        assert!(found > 0);
    }

    #[test]
    fn parses_what_it_displays_and_nothing_else() {
        for text in ["5/min", "1/min", "100000/min", "off"] {
            assert_eq!(text.parse::<Quota>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "5",
            "0/min",
            "-1/min",
            "100001/min",
            "5/s",
            "5 /min",
            "OFF",
            "none",
            "5.5/min",
        ] {
            assert!(text.parse::<Quota>().is_err(), "{text}");
        }
    }
}
