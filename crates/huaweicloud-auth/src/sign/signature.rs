//! The last two stages of a signature, and the headers that carry it.

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::credential::access_key::AccessKey;
use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::hex::Hex;
use crate::sign::time::SigningTime;

/// The only supported algorithm. The derived one, `V11-HMAC-SHA256`, is off by default in the official SDKs.
pub(crate) const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// The string to sign: the algorithm, the time, and the hash of the canonical request, a line each. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringToSign(String);

impl StringToSign {
    pub(crate) fn new(time: SigningTime, canonical_request: &CanonicalRequest) -> Self {
        let mut text = String::with_capacity(ALGORITHM.len() + 82);
        // Writing to a String cannot fail.
        let _ = write!(text, "{ALGORITHM}\n{time}\n{}", canonical_request.hex());
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StringToSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A signature: the HMAC-SHA256 of the string to sign. It displays as lower-case hex and compares in constant time.
#[derive(Clone, Copy)]
pub struct Signature(pub(crate) [u8; 32]);

impl Signature {
    pub(crate) fn new(key: &AccessKey, string_to_sign: &StringToSign) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(key.secret()).expect("HMAC takes keys of every length");
        mac.update(string_to_sign.as_str().as_bytes());
        Self(mac.finalize().into_bytes().into())
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Signature {}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex::new(&self.0).fmt(f)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// A signature with its stages, and the headers that the request needs.
///
/// `Debug` shows no secret; it shows the signature.
#[derive(Debug, Clone)]
pub struct Signed {
    pub(crate) canonical_request: CanonicalRequest,
    pub(crate) string_to_sign: StringToSign,
    pub(crate) signature: Signature,
    pub(crate) authorization: HeaderValue,
    pub(crate) headers: HeaderMap,
}

impl Signed {
    /// The first stage: the request as one text.
    pub fn canonical_request(&self) -> &CanonicalRequest {
        &self.canonical_request
    }

    /// The second stage: the time and the hash of the first.
    pub fn string_to_sign(&self) -> &StringToSign {
        &self.string_to_sign
    }

    /// The third stage.
    pub fn signature(&self) -> Signature {
        self.signature
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> &HeaderValue {
        &self.authorization
    }

    /// The headers to set on the request: `Authorization` among them, and `Host` if the request has none. The secret ones
    /// are marked sensitive.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Sets the headers, in place of those of the same names.
    pub fn apply(self, headers: &mut HeaderMap) {
        headers.extend(self.headers);
    }
}
