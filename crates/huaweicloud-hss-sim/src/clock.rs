//! The simulator's clock, which a test may set apart from the client's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use axum::http::HeaderValue;
use huaweicloud_auth::SigningTime;
use jiff::{SignedDuration, Timestamp};

/// The machine's clock and an offset.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    initial_offset: i64,
    /// Seconds; shared by the clones.
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// A clock this many seconds ahead of the machine's, or behind it where the number is negative.
    pub(crate) fn new(offset_seconds: i64) -> Self {
        Self {
            initial_offset: offset_seconds,
            offset: Arc::new(AtomicI64::new(offset_seconds)),
        }
    }

    /// Sets the offset; `None` restores the initial one.
    pub(crate) fn set_offset(&self, seconds: Option<i64>) {
        self.offset
            .store(seconds.unwrap_or(self.initial_offset), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.offset.load(Ordering::Relaxed));
        timestamp(SystemTime::now())
            .saturating_add(offset)
            .unwrap_or(if offset.is_negative() {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
    }

    /// Now, as signatures name it; `None` outside the years that they can name.
    pub(crate) fn signing_time(&self) -> Option<SigningTime> {
        SigningTime::from_unix_seconds(self.now().as_second()).ok()
    }

    /// Now, as a `Date` header names it; `None` outside the years that it can name.
    pub(crate) fn date_header(&self) -> Option<HeaderValue> {
        let date = jiff::fmt::strtime::format("%a, %d %b %Y %H:%M:%S GMT", self.now()).ok()?;
        HeaderValue::try_from(date).ok()
    }

    /// A later time, in the form of IAM and of the metadata service.
    pub(crate) fn after(&self, time: Duration) -> String {
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let moment = self.now().saturating_add(time).unwrap_or(Timestamp::MAX);
        format!("{moment:.6}")
    }
}

/// A time of the machine, or the last one that can be told: its clock may be at the end of the year 9999.
fn timestamp(machine: SystemTime) -> Timestamp {
    machine.try_into().unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_added() {
        let here = Timestamp::now().as_second();
        for offset in [0, 3_600, -3_600] {
            assert!((Clock::new(offset).now().as_second() - here - offset).abs() <= 1);
        }
        assert_eq!(Clock::new(i64::MIN).now(), Timestamp::MIN);
        assert_eq!(Clock::new(i64::MAX).now(), Timestamp::MAX);
        assert_eq!(Clock::new(-i64::from(i32::MAX)).signing_time(), None, "before 1970");
    }

    #[test]
    fn a_machine_at_the_end_of_time_has_the_last_one() {
        let machine = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        assert_eq!(timestamp(machine), Timestamp::MAX);
        assert_eq!(timestamp(SystemTime::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn times_have_the_documented_forms() {
        let clock = Clock::new(0);
        let date = clock.date_header().unwrap();
        let date = date.to_str().unwrap();
        assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
        let ahead: Timestamp = clock.after(Duration::from_secs(60)).parse().unwrap();
        assert!(ahead > clock.now());
        assert!(clock.after(Duration::MAX).starts_with("9999"));
    }
}
