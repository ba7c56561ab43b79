//! What must not be kept: tokens, signatures and passwords.

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;

/// Stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// Headers that hold secrets, in lower case.
const SECRET_HEADERS: [&str; 6] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-auth-token",
    "x-security-token",
    "x-subject-token",
];

/// Properties of IAM's bodies that hold secrets where their value is text.
const SECRET_PROPERTIES: [&str; 4] = ["password", "secret", "token", "passcode"];

/// Headers as they may be kept, without the values of secret ones and of `tokens`; a header that stands more than once
/// has its values joined by `, `.
pub(crate) fn headers(headers: &HeaderMap, tokens: &[HeaderName]) -> Vec<(String, String)> {
    headers
        .keys()
        .map(|name| {
            if SECRET_HEADERS.contains(&name.as_str()) || tokens.contains(name) {
                return (name.to_string(), MASK.to_owned());
            }
            let values = headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()));
            (name.to_string(), values.collect::<Vec<_>>().join(", "))
        })
        .collect()
}

/// A body for IAM as it may be kept: what cannot be read is masked as a whole.
pub(crate) fn sign_in_body(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            mask_properties(&mut value);
            value.to_string()
        }
        Err(_) => MASK.to_owned(),
    }
}

fn mask_properties(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                if SECRET_PROPERTIES.contains(&name.to_ascii_lowercase().as_str()) && !value.is_object() {
                    *value = Value::String(MASK.to_owned());
                } else {
                    mask_properties(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_properties),
        _ => {}
    }
}
