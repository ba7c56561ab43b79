//! Whole request bodies as JSON.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CliError;

/// The gateway takes no more.
const MAX_BODY_BYTES: u64 = 12 * 1024 * 1024;

/// Reads a body from a file or, with `-`, from standard input, and checks it against everything that its type knows.
pub(crate) fn read<T: DeserializeOwned + Serialize>(file: &Path) -> Result<T, CliError> {
    let unreadable =
        |error: io::Error| CliError::invalid(format!("--body {}: it cannot be read", file.display())).cause(error);
    let mut text = Vec::new();
    match file.to_str() {
        Some("-") => io::stdin().lock().take(MAX_BODY_BYTES + 1).read_to_end(&mut text),
        _ => File::open(file).and_then(|file| file.take(MAX_BODY_BYTES + 1).read_to_end(&mut text)),
    }
    .map_err(unreadable)?;
    if text.len() as u64 > MAX_BODY_BYTES {
        return Err(CliError::invalid(
            "--body: more than 12 MB, which the gateway does not take",
        ));
    }
    parse(&text).map_err(|reason| CliError::invalid(format!("--body: {reason}")))
}

const NO_PLACE: &str = "not a property that this request has here";
const NO_OBJECT: &str = "an object is needed";

fn parse<T: DeserializeOwned + Serialize>(text: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let body: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        let reason = in_plain_words(error.inner().to_string());
        match place.as_str() {
            // The body itself, or where it broke off before a name.
            "." | "?" => reason,
            _ => format!("{place}: {reason}"),
        }
    })?;
    reader.end().map_err(|error| error.to_string())?;
    refuse_lost(text, &body)?;
    Ok(body)
}

/// serde tells of Rust's types what is meant for people who write JSON.
fn in_plain_words(reason: String) -> String {
    let expected = reason.split_once(", expected ").map_or("", |(_, expected)| expected);
    // A selection of the request without a list.
    if expected.starts_with("unit variant ") {
        NO_PLACE.to_owned()
    } else if expected.starts_with("adjacently tagged enum ") || expected.starts_with("struct ") {
        NO_OBJECT.to_owned()
    } else {
        reason
    }
}

/// Refuses what the type has no place for. Serde passes over it, and a slip in the name of a property would send
/// another request than the one that was written. The generated types are not ours to annotate, so what comes out of
/// them is compared with what went in.
fn refuse_lost(text: &[u8], body: &impl Serialize) -> Result<(), String> {
    let given: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let kept = serde_json::to_value(body).map_err(|error| error.to_string())?;
    match lost(&given, &kept) {
        Some((place, reason)) if place.is_empty() => Err(reason.to_owned()),
        Some((place, reason)) => Err(format!("{place}: {reason}")),
        None => Ok(()),
    }
}

/// The path of the first thing that was given and not kept, and what is wrong with it.
fn lost(given: &Value, kept: &Value) -> Option<(String, &'static str)> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| match kept.get(name) {
            None => Some((name.clone(), NO_PLACE)),
            Some(kept) => lost(value, kept).map(|(place, reason)| (join(name, &place), reason)),
        }),
        (Value::Array(given), Value::Array(kept)) => {
            let mut pairs = given.iter().zip(kept).enumerate();
            pairs.find_map(|(index, (given, kept))| {
                lost(given, kept).map(|(place, reason)| (join(&format!("[{index}]"), &place), reason))
            })
        }
        // serde takes a list for an object if its items are in the right order.
        _ => (given != kept).then_some((String::new(), NO_OBJECT)),
    }
}

fn join(place: &str, below: &str) -> String {
    match below.is_empty() || below.starts_with('[') {
        true => format!("{place}{below}"),
        false => format!("{place}.{below}"),
    }
}
