//! Request bodies as JSON.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CliError;
use crate::input::text;

/// The limit of the gateway.
const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;

/// Reads a body from a file within the time limit, or from standard input if the file is `-`, and checks all limits of
/// its type.
pub(crate) fn read<T: DeserializeOwned + Serialize>(file: &Path, limit: Duration) -> Result<T, CliError> {
    let name = format!("--body {}", file.display());
    let too_large = "larger than 12 MB, the limit of the gateway";
    let body = text::read(file, &name, MAX_BODY_BYTES, limit, too_large)?;
    parse(&body).map_err(|reason| CliError::invalid(format!("--body: {reason}")))
}

const NOT_ALLOWED: &str = "unknown, or not allowed here";
const NOT_AN_OBJECT: &str = "expected an object";

fn parse<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let body: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        let reason = in_plain_words(error.inner().to_string());
        match place.as_str() {
            // The body itself, or a body that ends before a name.
            "." | "?" => reason,
            _ => format!("{place}: {reason}"),
        }
    })?;
    reader.end().map_err(|error| error.to_string())?;
    check_nothing_lost(text, &body)?;
    Ok(body)
}

/// Replaces serde's words for Rust types by words for JSON.
fn in_plain_words(reason: String) -> String {
    let expected = reason.split_once(", expected ").map_or("", |(_, expected)| expected);
    // The list of a variant that has none.
    if expected.starts_with("unit variant ") {
        NOT_ALLOWED.to_owned()
    } else if expected.starts_with("adjacently tagged enum ") || expected.starts_with("struct ") {
        NOT_AN_OBJECT.to_owned()
    } else {
        reason
    }
}

/// Refuses properties that the type does not have. Serde ignores them, so a misspelled name would send a different request.
/// The generated types cannot be annotated, so the parsed body is compared with the text.
fn check_nothing_lost(text: &str, body: &impl Serialize) -> Result<(), String> {
    let given: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let parsed = serde_json::to_value(body).map_err(|error| error.to_string())?;
    match lost(&given, &parsed) {
        Some((place, reason)) if place.is_empty() => Err(reason.to_owned()),
        Some((place, reason)) => Err(format!("{place}: {reason}")),
        None => Ok(()),
    }
}

/// The path of the first value that was lost, and the reason.
fn lost(given: &Value, parsed: &Value) -> Option<(String, &'static str)> {
    match (given, parsed) {
        (Value::Object(given), Value::Object(parsed)) => {
            given.iter().find_map(|(name, value)| match parsed.get(name) {
                None => Some((name.clone(), NOT_ALLOWED)),
                Some(parsed) => lost(value, parsed).map(|(place, reason)| (join(name, &place), reason)),
            })
        }
        (Value::Array(given), Value::Array(parsed)) => {
            let mut pairs = given.iter().zip(parsed).enumerate();
            pairs.find_map(|(index, (given, parsed))| {
                lost(given, parsed).map(|(place, reason)| (join(&format!("[{index}]"), &place), reason))
            })
        }
        // serde accepts an array for an object if its items are in the right order.
        _ => (given != parsed).then_some((String::new(), NOT_AN_OBJECT)),
    }
}

fn join(place: &str, below: &str) -> String {
    if below.is_empty() || below.starts_with('[') {
        format!("{place}{below}")
    } else {
        format!("{place}.{below}")
    }
}
