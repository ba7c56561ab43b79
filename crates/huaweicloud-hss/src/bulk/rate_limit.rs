//! The rate at which requests are sent.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::operations::OperationId;

/// The maximum number of requests that a run sends in a minute.
///
/// The minute slides: no 60 seconds hold more requests. A request counts from its send until 60 seconds after its response,
/// because it can arrive at any moment between the two. Requests of earlier runs that the journal knows of count too if
/// they are less than a minute old; those of other programs do not.
///
/// ```
/// use huaweicloud_hss::bulk::Pace;
///
/// assert_eq!("5/min".parse::<Pace>()?, Pace::per_minute(5)?);
/// assert_eq!("off".parse::<Pace>()?, Pace::off());
/// # Ok::<(), huaweicloud_hss::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    calls: Option<NonZeroU32>,
    window: Duration,
}

impl Pace {
    const MINUTE: Duration = Duration::from_secs(60);

    /// This many requests a minute, at least 1.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for 0.
    pub fn per_minute(calls: u32) -> Result<Self, Error> {
        let calls = NonZeroU32::new(calls).ok_or_else(|| Error::invalid("pace", "0 found, at least 1 needed"))?;
        Ok(Self::of(Some(calls)))
    }

    /// No limit: as fast as responses come.
    pub fn off() -> Self {
        Self::of(None)
    }

    /// The service's quota for one user, the default of a run.
    pub(crate) fn quota(operation: OperationId) -> Self {
        Self::of(NonZeroU32::new(operation.calls_per_minute()))
    }

    fn of(calls: Option<NonZeroU32>) -> Self {
        let window = Self::MINUTE;
        Self { calls, window }
    }

    /// The same number in a shorter time, so that tests need not wait for minutes.
    #[cfg(test)]
    pub(super) fn within(self, window: Duration) -> Self {
        Self { window, ..self }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calls {
            Some(calls) => write!(f, "{calls}/min"),
            None => f.write_str("off"),
        }
    }
}

impl FromStr for Pace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "off" {
            return Ok(Self::off());
        }
        let calls = text.strip_suffix("/min").and_then(|calls| calls.parse().ok());
        let reason = "a number of requests a minute such as 5/min, or off, is needed";
        Self::per_minute(calls.ok_or_else(|| Error::invalid("pace", reason))?)
    }
}

/// The requests that count against a pace.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    pace: Pace,
    in_flight: usize,
    /// When requests ended, the oldest first; at most as many as the pace allows.
    ended: VecDeque<Instant>,
}

impl RateLimiter {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            in_flight: 0,
            ended: VecDeque::new(),
        }
    }

    /// Records that a request was sent.
    pub(crate) fn sent(&mut self) {
        self.in_flight += 1;
    }

    /// Records that a request ended, with or without a response.
    pub(crate) fn answered(&mut self, at: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.count(at);
    }

    /// Counts a request that ended at this time, in the order of time.
    pub(super) fn count(&mut self, ended: Instant) {
        let Some(calls) = self.pace.calls else { return };
        self.ended.push_back(ended);
        while self.ended.len() > calls.get() as usize {
            self.ended.pop_front();
        }
    }

    /// The wait after too many calls where the service names none.
    pub(crate) fn window(&self) -> Duration {
        self.pace.window
    }

    /// When the next request may be sent; `None` where a response must come first.
    pub(crate) fn next(&self, now: Instant) -> Option<Instant> {
        let Some(calls) = self.pace.calls else { return Some(now) };
        let calls = calls.get() as usize;
        // With this many in flight, the newest of the others must be out of the window.
        let free = calls.checked_sub(self.in_flight).filter(|free| *free > 0)?;
        let blocking = self.ended.len().checked_sub(free);
        let ended = blocking.and_then(|index| self.ended.get(index));
        Some(ended.map_or(now, |ended| now.max(*ended + self.pace.window)))
    }

    /// The minimum time until the last of this many requests can be sent.
    pub(super) fn min_time(&self, requests: usize, now: Instant) -> Duration {
        let (Some(calls), Some(last)) = (self.pace.calls, requests.checked_sub(1)) else {
            return Duration::ZERO;
        };
        let calls = calls.get() as usize;
        let counted = self.ended.iter().map(|ended| *ended + self.pace.window);
        let in_flight = std::iter::repeat_n(now + self.pace.window, self.in_flight);
        let taken: Vec<Instant> = counted.chain(in_flight).collect();
        // If fewer count than the pace allows, the rest can be sent now.
        let free = calls.saturating_sub(taken.len());
        let turn = last % calls;
        let first = match turn.checked_sub(free) {
            Some(index) => taken.get(index).map_or(now, |at| now.max(*at)),
            None => now,
        };
        let rounds = u32::try_from(last / calls).unwrap_or(u32::MAX);
        (first - now).saturating_add(self.pace.window.saturating_mul(rounds))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pace_parses_its_own_display_and_nothing_else() {
        for text in ["5/min", "1/min", "600/min", "off"] {
            assert_eq!(text.parse::<Pace>().unwrap().to_string(), text);
        }
        for text in ["", "5", "0/min", "-1/min", "5/s", "5 /min", "OFF", "5.5/min"] {
            assert!(text.parse::<Pace>().is_err(), "{text}");
        }
    }

    #[test]
    fn default_pace_is_the_documents_quota() {
        assert_eq!(Pace::quota(OperationId::RecreateVulScanTask).to_string(), "5/min");
        assert_eq!(Pace::quota(OperationId::RetryTask).to_string(), "5/min");
    }

    proptest! {
        /// Requests are sent as early as the limiter allows and arrive at any moment before their response. No window holds
        /// more arrivals than the pace allows, and all take the minimum time, except for the time of the responses.
        #[test]
        fn no_window_holds_more_than_the_pace(
            calls in 1u32..8,
            parallel in 1usize..5,
            before in prop::collection::vec(0u64..90_000, 0..8),
            travels in prop::collection::vec((0u64..900, 0u64..900), 1..40),
        ) {
            let pace = Pace::per_minute(calls).unwrap();
            let mut limiter = RateLimiter::new(pace);
            let origin = Instant::now() + Duration::from_secs(3600);
            let mut arrivals: Vec<Instant> = Vec::new();
            let mut before = before;
            before.sort_unstable_by(|a, b| b.cmp(a));
            for age in before {
                limiter.count(origin - Duration::from_millis(age));
            }
            let (mut now, mut in_flight) = (origin, Vec::<Instant>::new());
            let min_time = limiter.min_time(travels.len(), now);
            let mut left = now;
            for (there, back) in &travels {
                let at = loop {
                    in_flight.sort_unstable();
                    if in_flight.len() < parallel
                        && let Some(at) = limiter.next(now)
                        && in_flight.first().is_none_or(|end| at <= *end)
                    {
                        break at;
                    }
                    now = in_flight.remove(0);
                    limiter.answered(now);
                };
                now = at;
                left = at;
                limiter.sent();
                arrivals.push(at + Duration::from_millis(*there));
                in_flight.push(at + Duration::from_millis(there + back));
            }
            arrivals.sort_unstable();
            for pair in arrivals.windows(calls as usize + 1) {
                prop_assert!(*pair.last().unwrap() - pair[0] >= pace.window);
            }
            let slack = Duration::from_millis(travels.iter().map(|(there, back)| there + back).sum());
            prop_assert!(left - origin >= min_time, "{:?} {:?}", left - origin, min_time);
            prop_assert!(left - origin <= min_time + slack, "{:?} {:?}", left - origin, min_time);
        }
    }
}
