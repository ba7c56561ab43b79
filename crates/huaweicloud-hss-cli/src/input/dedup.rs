//! Lists without duplicates.

use std::collections::HashSet;

use crate::output::messages::Messages;

/// The values in their order, each once; a note names what was dropped.
pub(crate) fn dedup(values: Vec<String>, what: &str, messages: &Messages) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut told = HashSet::new();
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        if seen.insert(value.clone()) {
            kept.push(value);
        } else if told.insert(value.clone()) {
            messages.note(&format!("{what} {value} was given more than once; it is sent once"));
        }
    }
    kept
}
