//! How long the service asks to wait.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::Timestamp;

/// The wait that `Retry-After` asks for, in seconds or until a date. `None` where it is absent or cannot be read. More
/// than any clock can count is as long as can be.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = text(headers, RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = date(text)?;
    // By the service's own clock where it tells it: this machine's may be wrong.
    let now = self::text(headers, DATE).and_then(date).unwrap_or(now);
    // A date that has passed asks for no wait.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

fn date(text: &str) -> Option<Timestamp> {
    Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn asked(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        let now = "2026-04-03T08:00:00Z".parse().unwrap();
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds() {
        assert_eq!(asked("0", None), Some(0));
        assert_eq!(asked(" 120 ", None), Some(120));
        assert_eq!(asked("99999999999999999999999999", None), Some(u64::MAX));
    }

    #[test]
    fn dates() {
        let date = "Fri, 03 Apr 2026 08:01:00 GMT";
        assert_eq!(asked(date, None), Some(60));
        assert_eq!(asked("Fri, 03 Apr 2026 07:00:00 GMT", None), Some(0), "passed");
        // The service's clock goes an hour ahead of ours, and its date is by its own.
        assert_eq!(
            asked("Fri, 03 Apr 2026 09:00:07 GMT", Some("Fri, 03 Apr 2026 09:00:00 GMT")),
            Some(7)
        );
        assert_eq!(asked(date, Some("yesterday")), Some(60));
    }

    #[test]
    fn unreadable_value_counts_as_absent() {
        for value in [
            "",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "soon",
            "12 seconds",
            "0x10",
            "１２",
            "Fri, 99 Apr 2026 08:01:00 GMT",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(retry_after(&headers, Timestamp::UNIX_EPOCH), None, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }

    proptest! {
        #[test]
        fn any_header_bytes_are_read_without_a_panic(value in prop::collection::vec(32u8..=255, 0..40)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
                let _ = retry_after(&headers, Timestamp::MAX);
            }
        }
    }
}
