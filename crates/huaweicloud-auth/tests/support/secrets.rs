//! Every way in which a secret could show.

use std::fmt::{Debug, Display};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Base64 of the bytes from an offset on, without the end that depends on what follows.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks_exact(3) {
        let number = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for shift in [18, 12, 6, 0] {
            text.push(char::from(DIGITS[(number >> shift) as usize & 63]));
        }
    }
    text
}

/// Every spelling in which a secret could leak. Base64 has three, by where the secret begins in what was encoded.
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

pub fn printed(value: &(impl Debug + Display)) -> String {
    format!("{value}{value:#}{value:?}{value:#?}")
}

/// An error as it can be printed, with all its causes.
pub fn printed_error(error: &(impl std::error::Error + 'static)) -> String {
    let mut output = printed(error);
    let mut source = error.source();
    while let Some(error) = source {
        output += &format!("{error}{error:#}{error:?}{error:#?}");
        source = error.source();
    }
    output
}

pub fn assert_none(output: &str, secrets: &[&str]) {
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!output.contains(&spelling), "{spelling} in {output}");
        }
    }
}
