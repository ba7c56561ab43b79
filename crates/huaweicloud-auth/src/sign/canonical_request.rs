//! The canonical form of a request, which signer and verifier share.

use std::fmt::{self, Write as _};
use std::ops::Range;

use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use crate::sign::error::SigningError;
use crate::sign::headers::X_SDK_CONTENT_SHA256;
use crate::sign::hex::Hex;
use crate::sign::request::RequestView;
use crate::sign::{encode, headers};

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
        let map = |name| if set.contains_key(name) { set } else { request.headers };
        let value = |name| Ok::<_, SigningError>(headers::value(map(name), name)?.unwrap_or_default());
        // Allocated once: a growing text leaves copies of the secrets behind. An escape has three bytes.
        let mut in_headers = 0;
        for name in names {
            in_headers += 2 * name.as_str().len() + value(name)?.len() + 3;
        }
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
        for name in names {
            let value = value(name)?;
            text.push_str(name.as_str());
            text.push(':');
            if headers::is_secret(name, map(name).get(name)) {
                secrets.push(text.len()..text.len() + value.len());
            }
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", SignedHeaders(names));
        push_payload(&mut text, request.headers, request.body)?;
        debug_assert_eq!(text.capacity(), capacity, "the text was reallocated");
        Ok(Self { text, secrets })
    }

    /// The text whose hash is signed, with its secrets: compare it, do not print it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn hex(&self) -> Hex {
        Hex::sha256(self.text.as_bytes())
    }

    /// The SHA-256 of the text in lower-case hex, as the string to sign ends with it.
    pub fn hash(&self) -> String {
        self.hex().to_string()
    }
}

/// Appends the hash of the body, or `UNSIGNED-PAYLOAD`.
fn push_payload(text: &mut String, map: &HeaderMap, body: &[u8]) -> Result<(), SigningError> {
    let stated = headers::value(map, &X_SDK_CONTENT_SHA256)?;
    // The official signers hash an empty body whatever the header says.
    if stated == Some(UNSIGNED_PAYLOAD) && !body.is_empty() {
        text.push_str(UNSIGNED_PAYLOAD);
        return Ok(());
    }
    let hash = Hex::sha256(body);
    if stated.is_some_and(|stated| stated != UNSIGNED_PAYLOAD && stated != hash.as_str()) {
        return Err(SigningError::ContentHash);
    }
    text.push_str(hash.as_str());
    Ok(())
}

/// Names of headers as `SignedHeaders` lists them.
pub(crate) struct SignedHeaders<'a>(pub(crate) &'a [HeaderName]);

impl fmt::Display for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(";")?;
            }
            f.write_str(name.as_str())?;
        }
        Ok(())
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
