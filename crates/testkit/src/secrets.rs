//! Finds secrets in output, however they are spelled.

use std::fmt::{Debug, Display};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Every spelling in which a secret could leak: as it is, percent-encoded, in JSON, in Rust's `Debug`, in hexadecimal, and
/// in base64, which has three, by where the secret begins in what was encoded.
pub fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap();
    let mut all = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        json.trim_matches('"').to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    ];
    all.extend((0..3).map(|skip| base64(&secret.as_bytes()[skip..])));
    all
}

/// Whole groups of three bytes alone: the rest depends on what follows.
fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(&bytes[..bytes.len() / 3 * 3])
}

/// A value in every way in which it can be printed.
pub fn printed(value: &(impl Debug + Display)) -> String {
    format!("{value}{value:#}{value:?}{value:#?}")
}

/// An error in every way in which it can be printed, with all its sources.
pub fn printed_error(error: &(impl std::error::Error + 'static)) -> String {
    let mut output = printed(error);
    let mut source = error.source();
    while let Some(error) = source {
        output += &format!("{error}{error:#}{error:?}{error:#?}");
        source = error.source();
    }
    output
}

/// Fails where an output holds one of the secrets in any spelling.
pub fn assert_none(output: &str, secrets: &[&str]) {
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!output.contains(&spelling), "{spelling} in {output}");
        }
    }
}
