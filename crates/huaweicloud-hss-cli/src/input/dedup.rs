//! Lists without duplicates.

use std::collections::HashSet;

use crate::output::messages::Notes;

/// The values in their order, each once; a note names what was dropped.
pub(crate) fn once(values: Vec<String>, what: &str, notes: &Notes) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut told = HashSet::new();
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        if seen.insert(value.clone()) {
            kept.push(value);
        } else if told.insert(value.clone()) {
            notes.note(&format!("{what} {value} was given more than once; it is sent once"));
        }
    }
    kept
}
