//! What signing a request gives.

use http::{HeaderMap, HeaderValue};

use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::signature::Signature;
use crate::sign::string_to_sign::StringToSign;

/// A signature with every stage on the way to it, and the headers that the request needs.
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

    /// The second stage: time and hash of the first.
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

    /// The headers to set on the request, `Authorization` among them; `Host` where the request had none. The secret
    /// ones are marked sensitive.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Sets them, in place of what was there under the same names.
    pub fn apply(self, headers: &mut HeaderMap) {
        headers.extend(self.headers);
    }
}
