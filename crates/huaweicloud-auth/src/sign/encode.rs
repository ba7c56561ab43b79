//! The canonical spelling of paths and queries.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use crate::net::RESERVED;
use crate::sign::error::SigningError;

/// A slash divides a path, also one that is written `%2F`: the path is decoded before it is split.
const RESERVED_IN_PATH: AsciiSet = RESERVED.remove(b'/');

/// Appends the path, decoded once and encoded again, with a slash at its end. A `%` without two hex digits after it is
/// literal.
pub(crate) fn push_path(text: &mut String, path: &str) -> Result<(), SigningError> {
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| SigningError::PathNotText)?;
    text.extend(utf8_percent_encode(&decoded, &RESERVED_IN_PATH));
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
    // Two `&` in a row have no pair between them.
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name)?, decode(value)?));
    }
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, &RESERVED));
        text.push('=');
        text.extend(utf8_percent_encode(value, &RESERVED));
    }
    Ok(())
}

fn decode(piece: &str) -> Result<Cow<'_, str>, SigningError> {
    percent_decode_str(piece)
        .decode_utf8()
        .map_err(|_| SigningError::QueryNotText)
}
