//! The number of attempts of a success.
//!
//! The generated code keeps no more of a success than its headers, so one of them carries the number.

use http::{HeaderMap, HeaderName, HeaderValue};

const ATTEMPTS: HeaderName = HeaderName::from_static("huaweicloud-hss-attempts");

/// Replaces what the service may have sent under that name.
pub(crate) fn set_attempts(headers: &mut HeaderMap, attempts: u32) {
    // Most calls make one, and a static value needs no allocation.
    let number = if attempts == 1 {
        HeaderValue::from_static("1")
    } else {
        attempts.into()
    };
    headers.insert(ATTEMPTS, number);
}

pub(crate) fn attempts(headers: &HeaderMap) -> u32 {
    let number = headers.get(ATTEMPTS).and_then(|value| value.to_str().ok());
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}
