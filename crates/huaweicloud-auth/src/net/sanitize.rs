//! Takes secrets out of text that came from elsewhere.

use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::sign::encode::ENCODED;

/// The text with `***` for each secret: as it is, escaped as in JSON, and with the percent escapes of a URL.
pub(crate) fn mask<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut spellings: Vec<Zeroizing<String>> = Vec::new();
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        spellings.push(Zeroizing::new(secret.to_owned()));
        spellings.push(json(secret));
        spellings.push(Zeroizing::new(utf8_percent_encode(secret, &ENCODED).to_string()));
        spellings.push(Zeroizing::new(
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        ));
    }
    // The longest first: a secret can be part of another, or of its own other spelling.
    spellings.sort_unstable_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spellings.dedup();
    spellings
        .iter()
        .fold(text.to_owned(), |text, spelling| text.replace(spelling.as_str(), "***"))
}

/// The secret as it stands within the quotes of a JSON string.
fn json(secret: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(secret.len() * 6));
    for letter in secret.chars() {
        match letter {
            '"' | '\\' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter if u32::from(letter) < 0x20 => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
