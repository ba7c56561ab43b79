//! The canonical spelling of paths and queries.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::sign::error::SigningError;

/// Everything but `A-Z a-z 0-9 - . _ ~`.
pub(crate) const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// In a path the slash divides, also one that was written `%2F`: the path is decoded before it is split.
const ENCODED_IN_PATH: AsciiSet = ENCODED.remove(b'/');

/// Appends the path, decoded once, encoded again, and with a slash at its end.
///
/// A `%` without two hex digits behind it stands for itself.
pub(crate) fn push_path(text: &mut String, path: &str) -> Result<(), SigningError> {
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| SigningError::PathNotText)?;
    text.extend(utf8_percent_encode(&decoded, &ENCODED_IN_PATH));
    if !decoded.ends_with('/') {
        text.push('/');
    }
    Ok(())
}

/// Appends the query: pairs sorted by decoded name and then decoded value, each with its `=`.
pub(crate) fn push_query(text: &mut String, query: &str) -> Result<(), SigningError> {
    if query.contains('+') {
        return Err(SigningError::PlusInQuery);
    }
    let mut pairs = Vec::new();
    // Nothing between two `&` is no pair.
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name)?, decode(value)?));
    }
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, &ENCODED));
        text.push('=');
        text.extend(utf8_percent_encode(value, &ENCODED));
    }
    Ok(())
}

fn decode(piece: &str) -> Result<Cow<'_, str>, SigningError> {
    percent_decode_str(piece)
        .decode_utf8()
        .map_err(|_| SigningError::QueryNotText)
}
