//! Removal of duplicates.

use std::collections::HashSet;

use crate::output::messages::Messages;

/// The distinct values in their order. A note names each duplicate once.
pub(crate) fn dedup(values: Vec<String>, what: &str, messages: &Messages) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut noted = HashSet::new();
    let mut distinct = Vec::with_capacity(values.len());
    for value in values {
        if seen.insert(value.clone()) {
            distinct.push(value);
        } else if noted.insert(value.clone()) {
            messages.note(&format!("{what} {value} was given more than once; it is sent once"));
        }
    }
    distinct
}
