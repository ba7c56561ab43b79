//! Masks what must not be kept: tokens, signatures and passwords.

use axum::http::{HeaderMap, HeaderName, header};
use serde_json::Value;

pub(crate) const MASK: &str = "***";

const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// Headers that hold secrets, in lower case.
const SECRET_HEADERS: [&str; 6] = [
    "cookie",
    "proxy-authorization",
    "x-auth-token",
    "x-metadata-token",
    "x-security-token",
    "x-subject-token",
];

/// Properties of IAM's bodies that hold secrets, where their value is not an object.
const SECRET_PROPERTIES: [&str; 5] = ["password", "secret", "token", "securitytoken", "passcode"];

/// Headers without the values of secret ones and of `tokens`; a header that came more than once has its values joined by
/// `, `.
///
/// Of a signature the key's id is kept, where `knows` says that it is one.
pub(crate) fn headers(
    headers: &HeaderMap,
    tokens: &[HeaderName],
    knows: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    headers
        .keys()
        .map(|name| {
            if name == header::AUTHORIZATION {
                return (name.to_string(), authorization(headers, &knows));
            }
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

/// `Authorization` without the signature: the key and the signed headers help to find out why it is refused. A value that
/// is not a signature may be a password.
fn authorization(headers: &HeaderMap, knows: impl Fn(&str) -> bool) -> String {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let text = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if values.next().is_some() {
        return MASK.to_owned();
    }
    let Some((access, names)) = signature_fields(text) else {
        return MASK.to_owned();
    };
    // An unknown id may be a secret in the wrong place.
    let access = if knows(access) { access } else { MASK };
    format!("{ALGORITHM} Access={access}, SignedHeaders={names}, Signature={MASK}")
}

/// The key and the names in a signature of the usual form.
fn signature_fields(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(ALGORITHM)?.strip_prefix(" Access=")?;
    let (access, rest) = rest.split_once(", SignedHeaders=")?;
    let (names, _) = rest.split_once(", Signature=")?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-;".contains(&byte);
    (names.contains("x-sdk-date") && names.bytes().all(is_name)).then_some((access, names))
}

/// A body for IAM without secrets; a body that is not JSON is masked as a whole.
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
