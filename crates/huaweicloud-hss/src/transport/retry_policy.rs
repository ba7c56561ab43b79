//! When a call is sent again.

use std::time::Duration;

use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// Whether a call that failed is sent again, how long is waited before that, and how often at most.
///
/// Both operations start work, so a call is sent again only where the service surely did not act on it and a later try
/// can succeed: no connection was made, the gateway throttled it (429), or the gateway could not ask who calls (503
/// `APIGW.0613`). After a time-out, a broken connection or any other 5xx the service may have acted, and nothing is
/// repeated: the error's [`outcome`](Error::outcome) is [`Outcome::Unknown`].
///
/// The waits end within the client's [`timeout`](crate::ClientBuilder::timeout), which covers all tries together. Where
/// a wait would pass it, the error comes at once, and its [`hint`](Error::hint) says so. Each try is signed anew.
///
/// | setting | default |
/// |---|---|
/// | [`max_attempts`](Self::max_attempts) | 3 |
/// | [`delay`](Self::delay) | a random time up to 500 ms, then up to 1 s, doubling up to 20 s |
/// | [`throttled_delay`](Self::throttled_delay) | 12 s more after a 429 without `Retry-After` |
///
/// A run of many batches ([`bulk`](crate::bulk)) takes no more of the policy than the tries after which nothing has
/// left: what was answered, or is in doubt, the run itself treats, so that its pace and its journal hold for every
/// request.
///
/// The quota is five calls a minute, so every 12 seconds one more is allowed; within the default time-out of 30 seconds
/// a throttled call is tried three times. `Retry-After` is obeyed wherever it comes with such a refusal.
///
/// A token that the gateway refuses as due for renewal is no matter of the policy: it is renewed once, and that try
/// does not count here. A refused signature is never sent again, because more than five in a row lock the key.
///
/// ```
/// use std::time::Duration;
/// use huaweicloud_hss::{Client, RetryPolicy};
///
/// # fn main() -> Result<(), huaweicloud_hss::Error> {
/// let client = Client::builder()
///     .region("cn-north-4")
///     .project_id("0123")
///     .token("a-token")
///     .timeout(Duration::from_secs(120))
///     .retry_policy(RetryPolicy::new().max_attempts(6))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a policy does nothing until a client has it"]
pub struct RetryPolicy {
    max_attempts: u32,
    first_delay: Duration,
    longest_delay: Duration,
    throttled_delay: Duration,
    unknown: bool,
    /// Whether a call that has left, or may have, is another's to repeat.
    only_not_sent: bool,
}

/// What to do about a failed try.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// Try again after this time.
    After(Duration),
    /// The wait that the service wants, this one, would pass the deadline.
    TooLate(Duration),
    /// It is of no use, not safe, or often enough.
    GiveUp,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(20),
            throttled_delay: Duration::from_secs(12),
            unknown: false,
            only_not_sent: false,
        }
    }
}

impl RetryPolicy {
    /// The safe policy, which every client has by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Never sends a call again.
    pub fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// How often a call is sent at most, the first time included: 1 or more.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The bounds of the wait before a call is sent again: a random time from nothing to `first`, then to twice as
    /// much, and so on up to `longest`. Chance keeps callers who failed together from coming back together.
    pub fn delay(mut self, first: Duration, longest: Duration) -> Self {
        self.first_delay = first;
        self.longest_delay = longest;
        self
    }

    /// What is waited besides after a 429 that does not say how long.
    pub fn throttled_delay(mut self, delay: Duration) -> Self {
        self.throttled_delay = delay;
        self
    }

    /// Sends a call again also where the service **may have acted** on it: after a time-out, a connection that broke, a
    /// 5xx.
    ///
    /// **Danger:** the work may start twice, or more often. Servers are then scanned again and again, and the calls
    /// count against the quota. Use it only where a second scan does no harm and a missed one does.
    ///
    /// The outcome stays honest: once one try ended in doubt the call's [`outcome`](Error::outcome) is
    /// [`Outcome::Unknown`], whatever came of later tries, unless one succeeded.
    pub fn unsafely_repeat_unknown_outcomes(mut self) -> Self {
        self.unknown = true;
        self
    }

    /// The same for a batch of a run, which decides itself what becomes of a batch that has left.
    pub(crate) fn for_batch(mut self) -> Self {
        self.only_not_sent = true;
        self
    }

    pub(crate) fn checked(self) -> Result<Self, Error> {
        match self.max_attempts {
            0 => Err(Error::invalid("retry_policy", "0 attempts found, 1 or more needed")),
            _ => Ok(self),
        }
    }

    /// What to do about a try that failed, the `tries`th, with so much time left for the call. The error is that try's
    /// own: doubt of an earlier one does not make this one unsafe to repeat.
    pub(crate) fn decide(&self, tries: u32, error: &ErrorBuilder, remaining: Duration) -> RetryDecision {
        use ErrorKind::{Connect, Server, Throttled, Timeout};
        let passes = matches!(error.kind(), Connect | Timeout | Throttled | Server) && !error.is_tls_failure();
        let allowed = match error.outcome() {
            Outcome::NotSent => true,
            Outcome::Refused => !self.only_not_sent,
            Outcome::Unknown => self.unknown && !self.only_not_sent,
        };
        if !passes || !allowed || tries >= self.max_attempts {
            return RetryDecision::GiveUp;
        }
        let least = match (error.retry_after(), error.kind()) {
            (Some(asked), _) => asked,
            (None, Throttled) => self.throttled_delay,
            (None, _) => Duration::ZERO,
        };
        let wait = least.saturating_add(self.chance(tries));
        match wait < remaining {
            true => RetryDecision::After(wait),
            false if least.is_zero() => RetryDecision::GiveUp,
            false => RetryDecision::TooLate(least),
        }
    }

    /// A random part of the wait after this try.
    fn chance(&self, tries: u32) -> Duration {
        let doublings = 2u32.saturating_pow(tries.saturating_sub(1));
        let most = self.first_delay.saturating_mul(doublings).min(self.longest_delay);
        let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(fastrand::u64(0..=most))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: Duration = Duration::MAX;

    fn draft(kind: ErrorKind, outcome: Outcome) -> ErrorBuilder {
        ErrorBuilder::new(kind, outcome, "a fault")
    }

    fn throttled(asked: Option<u64>) -> ErrorBuilder {
        draft(ErrorKind::Throttled, Outcome::Refused).with_retry_after(asked.map(Duration::from_secs))
    }

    /// Every kind with every outcome: the safe policy repeats what passes and surely was not acted on.
    #[test]
    fn retries_only_temporary_errors_known_not_to_have_acted() {
        use ErrorKind as Kind;
        let kinds = [
            (Kind::Invalid, false),
            (Kind::Auth, false),
            (Kind::Permission, false),
            (Kind::NotFound, false),
            (Kind::Refused, false),
            (Kind::Protocol, false),
            (Kind::Internal, false),
            (Kind::Throttled, true),
            (Kind::Connect, true),
            (Kind::Timeout, true),
            (Kind::Server, true),
        ];
        let unsafely = RetryPolicy::new().unsafely_repeat_unknown_outcomes();
        for (kind, passes) in kinds {
            for outcome in [Outcome::NotSent, Outcome::Refused, Outcome::Unknown] {
                let repeats =
                    |policy: RetryPolicy| policy.decide(1, &draft(kind, outcome), LONG) != RetryDecision::GiveUp;
                let safe = passes && outcome != Outcome::Unknown;
                assert_eq!(repeats(RetryPolicy::new()), safe, "{kind:?} {outcome:?}");
                assert_eq!(repeats(unsafely), passes, "{kind:?} {outcome:?}");
                assert!(!repeats(RetryPolicy::none()), "{kind:?} {outcome:?}");
                let in_a_run = passes && outcome == Outcome::NotSent;
                assert_eq!(repeats(unsafely.for_batch()), in_a_run, "{kind:?} {outcome:?}");
            }
        }
    }

    #[test]
    fn wait_that_exceeds_the_deadline_is_not_begun() {
        let policy = RetryPolicy::new().delay(Duration::ZERO, Duration::ZERO);
        let next = |error: &ErrorBuilder, left: u64| policy.decide(1, error, Duration::from_secs(left));
        let seconds = Duration::from_secs;
        assert_eq!(next(&throttled(Some(5)), 6), RetryDecision::After(seconds(5)));
        assert_eq!(next(&throttled(Some(5)), 5), RetryDecision::TooLate(seconds(5)));
        assert_eq!(next(&throttled(None), 13), RetryDecision::After(seconds(12)));
        assert_eq!(next(&throttled(None), 12), RetryDecision::TooLate(seconds(12)));
        let unreachable = draft(ErrorKind::Connect, Outcome::NotSent);
        assert_eq!(next(&unreachable, 1), RetryDecision::After(Duration::ZERO));
        assert_eq!(
            next(&unreachable, 0),
            RetryDecision::GiveUp,
            "no time, and no wait to speak of"
        );
        assert_eq!(
            next(&throttled(Some(u64::MAX)), 30),
            RetryDecision::TooLate(seconds(u64::MAX))
        );
    }

    #[test]
    fn policy_without_attempts_is_refused() {
        assert!(RetryPolicy::new().max_attempts(0).checked().is_err());
        assert!(RetryPolicy::none().checked().is_ok());
    }

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(tries in 1u32..100, first in any::<u64>(), longest in any::<u64>(), asked in any::<Option<u64>>()) {
            let (first, longest) = (Duration::from_nanos(first), Duration::from_nanos(longest));
            let policy = RetryPolicy::new().max_attempts(u32::MAX).delay(first, longest);
            let chance = policy.chance(tries);
            prop_assert!(chance <= longest && chance <= first.saturating_mul(2u32.saturating_pow(tries - 1)));
            let least = asked.map_or(Duration::from_secs(12), Duration::from_secs);
            match policy.decide(tries, &throttled(asked), LONG) {
                RetryDecision::After(wait) => prop_assert!(wait >= least && wait - least <= longest),
                decision => prop_assert_eq!(decision, RetryDecision::TooLate(least)),
            }
        }
    }

    /// A wait that is the same each time would bring all callers back together.
    #[test]
    fn waits_are_random() {
        let waits: std::collections::BTreeSet<Duration> = (0..20).map(|_| RetryPolicy::new().chance(3)).collect();
        assert!(waits.len() > 10, "{waits:?}");
    }
}
