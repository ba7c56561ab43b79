//! The error of verification.

use http::HeaderName;

use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::error::SigningError;
use crate::sign::signature::StringToSign;
use crate::sign::time::SigningTime;

/// Why a request is refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.kind)]
pub struct VerifyError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    access_key_id: Option<String>,
    kind: VerifyErrorKind,
}

impl VerifyError {
    pub(crate) fn new(access_key_id: Option<String>, kind: VerifyErrorKind) -> Self {
        Self(Box::new(Inner { access_key_id, kind }))
    }

    /// What is wrong.
    pub fn kind(&self) -> &VerifyErrorKind {
        &self.0.kind
    }

    /// The key's id in the `Authorization` header, if that could be parsed: for counting the failures of a key.
    pub fn access_key_id(&self) -> Option<&str> {
        self.0.access_key_id.as_deref()
    }
}

/// What is wrong with a refused request. No variant shows a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// There is no `Authorization` header.
    #[error("the request has no Authorization header")]
    NotSigned,
    /// The `Authorization` header is malformed.
    #[error("the Authorization header is malformed: {problem}")]
    MalformedAuthorization {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The caller does not know the key.
    #[error("the access key is unknown")]
    UnknownAccessKey,
    /// The request lacks a header that it signs, or does not sign `X-Sdk-Date`.
    #[error("the header {name} is missing, or not signed")]
    MissingHeader {
        /// The header.
        name: HeaderName,
    },
    /// `X-Sdk-Date` is not a time.
    #[error("the header x-sdk-date is not of the form YYYYMMDDTHHMMSSZ")]
    MalformedDate,
    /// The request's time differs too much from the verifier's.
    #[error("the request was signed at {request_time}, too far from the server time {server_time}")]
    Skew {
        /// The request's time.
        request_time: SigningTime,
        /// The verifier's time.
        server_time: SigningTime,
    },
    /// The security token is not the key's. A permanent key has none.
    #[error("the security token does not belong to the access key")]
    SecurityToken,
    /// The request has no canonical form.
    #[error("the request cannot be verified: {0}")]
    NotCanonical(SigningError),
    /// The signature is not the key's for this request.
    #[error("the signature does not match")]
    SignatureMismatch {
        /// The request as the verifier received it, for a response that echoes it.
        canonical_request: CanonicalRequest,
        /// The text that the verifier signed.
        string_to_sign: StringToSign,
    },
}
