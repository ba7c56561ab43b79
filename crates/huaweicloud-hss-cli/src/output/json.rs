//! JSON on standard output.

use serde::Serialize;

use crate::output::sanitize;

/// One object on one line.
pub(crate) fn to_line(value: &impl Serialize) -> String {
    // Texts, numbers and maps with texts for keys: there is nothing in them that cannot be JSON.
    sanitize::json(&serde_json::to_string(value).unwrap_or_default())
}
