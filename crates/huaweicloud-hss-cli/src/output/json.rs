//! JSON on standard output.

use huaweicloud_hss::auth::sanitize;
use serde::Serialize;

/// A value on one line.
pub(crate) fn to_line(value: &impl Serialize) -> String {
    // Serialization cannot fail: the values are texts, numbers and maps with text keys.
    sanitize::escape_json(&serde_json::to_string(value).unwrap_or_default())
}
