//! When a call is sent again.

use std::time::Duration;

use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// Whether a failed call is retried, how long it waits before that, and how many attempts it makes at most.
///
/// A call that starts scans is retried only if the service did not act on it for certain and a retry can
/// succeed: no connection was made, the gateway throttled it (429), or the gateway could not ask IAM about the caller
/// (503 `APIGW.0613`). After a time-out, a broken connection or any other 5xx the service may have acted, and the call
/// is not retried: the error's [`outcome`](Error::outcome) is [`Outcome::Unknown`]. A call that only reads is retried then
/// too; where it fails, its outcome is [`Outcome::NoEffect`].
///
/// The waits end within the [`timeout`](crate::ClientBuilder::timeout), which covers all attempts together. If a wait
/// would exceed it, the error comes at once, and its [`hint`](Error::hint) says so. Each attempt is signed anew.
///
/// | setting | default |
/// |---|---|
/// | [`max_attempts`](Self::max_attempts) | 3 |
/// | [`delay`](Self::delay) | a random time up to 500 ms, then up to 1 s, doubling up to 20 s |
/// | [`throttled_delay`](Self::throttled_delay) | 12 s more after a 429 without `Retry-After` |
///
/// A [`bulk`](crate::bulk) run uses the policy only for requests that were not sent. It handles refusals and unknown
/// outcomes itself, so that its pace and its journal hold for every request.
///
/// The quota is five calls a minute, so one more call is allowed every 12 seconds; within the default time limit of 30
/// seconds a throttled call makes three attempts. `Retry-After` is obeyed whenever it comes with such a refusal.
///
/// The renewal of a token that the gateway asks for does not count as a retry. A refused signature is never sent again,
/// because more than five in a row lock the key.
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
    /// Whether only requests that were not sent are retried; a bulk run handles the others.
    only_not_sent: bool,
}

/// What to do after a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// Retry after this time.
    After(Duration),
    /// The wait that the service asks for, this one, exceeds the deadline.
    TooLate(Duration),
    /// A retry is pointless or unsafe, or there were enough.
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
    /// The safe policy, the default of every client.
    pub fn new() -> Self {
        Self::default()
    }

    /// A policy that never retries.
    pub fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// The maximum number of attempts, including the first: 1 or more.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The bounds of the wait before a retry: a random time up to `first`, then up to twice as much, and so on up to
    /// `longest`. The random part keeps callers that failed together from retrying together.
    pub fn delay(mut self, first: Duration, longest: Duration) -> Self {
        self.first_delay = first;
        self.longest_delay = longest;
        self
    }

    /// The additional wait after a 429 without `Retry-After`.
    pub fn throttled_delay(mut self, delay: Duration) -> Self {
        self.throttled_delay = delay;
        self
    }

    /// Also retries a call on which the service **may have acted**: after a time-out, a broken connection, a 5xx.
    ///
    /// **Danger:** the work may start twice, or more often. Servers are then scanned repeatedly, and the calls count
    /// against the quota. Use it only if a second scan does no harm and a missed one does.
    ///
    /// Once the outcome of one attempt is unknown, the call's [`outcome`](Error::outcome) is [`Outcome::Unknown`] unless
    /// a later attempt succeeds.
    pub fn unsafely_repeat_unknown_outcomes(mut self) -> Self {
        self.unknown = true;
        self
    }

    /// Whether a call can have a second attempt.
    pub(crate) fn repeats(&self) -> bool {
        self.max_attempts > 1
    }

    /// The policy for the requests of a bulk run.
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

    /// What to do after a failed attempt, the `attempt`th, with so much time left for the call. The error is that attempt's
    /// own: an unknown outcome of an earlier one does not make this one unsafe to repeat.
    pub(crate) fn decide(&self, attempt: u32, error: &ErrorBuilder, remaining: Duration) -> RetryDecision {
        use ErrorKind::{Connect, Protocol, Server, Throttled, Timeout};
        // What broke off or is not the service's answer is worth another try where that does no harm.
        let is_temporary = matches!(error.kind(), Connect | Timeout | Throttled | Server)
            || (error.outcome(), error.kind()) == (Outcome::NoEffect, Protocol);
        let is_temporary = is_temporary && !error.is_tls_failure();
        let allowed = match error.outcome() {
            Outcome::NotSent | Outcome::NoEffect => true,
            Outcome::Refused => !self.only_not_sent,
            Outcome::Unknown => self.unknown && !self.only_not_sent,
        };
        if !is_temporary || !allowed || attempt >= self.max_attempts {
            return RetryDecision::GiveUp;
        }
        let min = match (error.retry_after(), error.kind()) {
            (Some(asked), _) => asked,
            (None, Throttled) => self.throttled_delay,
            (None, _) => Duration::ZERO,
        };
        let wait = min.saturating_add(self.jitter(attempt));
        match wait < remaining {
            true => RetryDecision::After(wait),
            false if min.is_zero() => RetryDecision::GiveUp,
            false => RetryDecision::TooLate(min),
        }
    }

    /// The random part of the wait after this attempt.
    fn jitter(&self, attempt: u32) -> Duration {
        let doublings = 2u32.saturating_pow(attempt.saturating_sub(1));
        let max = self.first_delay.saturating_mul(doublings).min(self.longest_delay);
        let max = u64::try_from(max.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(fastrand::u64(0..=max))
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
        fn waits_stay_within_their_bounds(attempt in 1u32..100, first in any::<u64>(), longest in any::<u64>(), asked in any::<Option<u64>>()) {
            let (first, longest) = (Duration::from_nanos(first), Duration::from_nanos(longest));
            let policy = RetryPolicy::new().max_attempts(u32::MAX).delay(first, longest);
            let jitter = policy.jitter(attempt);
            prop_assert!(jitter <= longest && jitter <= first.saturating_mul(2u32.saturating_pow(attempt - 1)));
            let least = asked.map_or(Duration::from_secs(12), Duration::from_secs);
            match policy.decide(attempt, &throttled(asked), LONG) {
                RetryDecision::After(wait) => prop_assert!(wait >= least && wait - least <= longest),
                decision => prop_assert_eq!(decision, RetryDecision::TooLate(least)),
            }
        }
    }

    /// Equal waits would bring all callers back together.
    #[test]
    fn waits_are_random() {
        let waits: std::collections::BTreeSet<Duration> = (0..20).map(|_| RetryPolicy::new().jitter(3)).collect();
        assert!(waits.len() > 10, "{waits:?}");
    }
}
