//! The canonical form of a request, which signer and verifier share.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use crate::sign::error::SigningError;
use crate::sign::headers::X_SDK_CONTENT_SHA256;
use crate::sign::request::RequestView;
use crate::sign::{encode, headers, hex};

/// The value that leaves the body out of the signature.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The canonical request: method, path, query, signed headers, their names, and the body's hash, a line each.
///
/// It holds the values of signed headers, a security token among them: [`as_str`](Self::as_str) gives them as they
/// are, `Display` and `Debug` mask the secret ones.
#[derive(Clone)]
pub struct CanonicalRequest {
    text: Zeroizing<String>,
    secrets: Vec<Range<usize>>,
}

impl CanonicalRequest {
    /// Headers are looked up in `set`, then in the request. `names` are sorted, and all exist.
    pub(crate) fn new(request: &RequestView<'_>, set: &HeaderMap, names: &[HeaderName]) -> Result<Self, SigningError> {
        let mut lines = Vec::with_capacity(names.len());
        for name in names {
            let map = if set.contains_key(name) { set } else { request.headers };
            let value = headers::value(map, name)?.unwrap_or_default();
            lines.push((name, value, headers::is_secret(name, map.get(name))));
        }
        // Allocated once: a growing text leaves copies of the secrets behind. An escape has three bytes.
        let in_headers: usize = lines
            .iter()
            .map(|(name, value, _)| 2 * name.as_str().len() + value.len() + 3)
            .sum();
        let in_target = 3 * (request.path.len() + request.query.len());
        let mut text = Zeroizing::new(String::with_capacity(
            request.method.as_str().len() + in_target + in_headers + 80,
        ));
        let capacity = text.capacity();

        text.push_str(request.method.as_str());
        text.make_ascii_uppercase();
        text.push('\n');
        encode::push_path(&mut text, request.path)?;
        text.push('\n');
        encode::push_query(&mut text, request.query)?;
        text.push('\n');
        let mut secrets = Vec::new();
        for (name, value, secret) in lines {
            text.push_str(name.as_str());
            text.push(':');
            if secret {
                secrets.push(text.len()..text.len() + value.len());
            }
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        push_names(&mut text, names);
        text.push('\n');
        text.push_str(&payload(request.headers, request.body)?);
        debug_assert_eq!(text.capacity(), capacity, "the text was reallocated");
        Ok(Self { text, secrets })
    }

    /// The text whose hash is signed, with its secrets: compare it, do not print it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of the text in lower-case hex, as the string to sign ends with it.
    pub fn hash(&self) -> String {
        hex::sha256(self.text.as_bytes())
    }
}

/// The hash of the body, or `UNSIGNED-PAYLOAD`.
fn payload(map: &HeaderMap, body: &[u8]) -> Result<Cow<'static, str>, SigningError> {
    let stated = headers::value(map, &X_SDK_CONTENT_SHA256)?;
    // The official signers hash an empty body whatever the header says.
    if stated == Some(UNSIGNED_PAYLOAD) && !body.is_empty() {
        return Ok(Cow::Borrowed(UNSIGNED_PAYLOAD));
    }
    let hash = hex::sha256(body);
    match stated {
        Some(stated) if stated != UNSIGNED_PAYLOAD && stated != hash => Err(SigningError::ContentHash),
        _ => Ok(Cow::Owned(hash)),
    }
}

/// Appends the names as `SignedHeaders` lists them.
pub(crate) fn push_names(text: &mut String, names: &[HeaderName]) {
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            text.push(';');
        }
        text.push_str(name.as_str());
    }
}

/// With `***` in place of each secret value.
impl fmt::Display for CanonicalRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = 0;
        for secret in &self.secrets {
            f.write_str(&self.text[start..secret.start])?;
            f.write_str("***")?;
            start = secret.end;
        }
        f.write_str(&self.text[start..])
    }
}

impl fmt::Debug for CanonicalRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalRequest({:?})", self.to_string())
    }
}
