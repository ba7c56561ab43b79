//! Why a verifier refuses a request.

use http::HeaderName;

use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::error::SigningError;
use crate::sign::string_to_sign::StringToSign;
use crate::sign::time::SigningTime;

/// A request that a verifier refuses.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.reason)]
pub struct Refusal(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    access_key_id: Option<String>,
    reason: RefusalReason,
}

impl Refusal {
    pub(crate) fn new(access_key_id: Option<String>, reason: RefusalReason) -> Self {
        Self(Box::new(Inner { access_key_id, reason }))
    }

    /// Why.
    pub fn reason(&self) -> &RefusalReason {
        &self.0.reason
    }

    /// The id that the request names, where its `Authorization` header could be read: for counting failures of a key.
    pub fn access_key_id(&self) -> Option<&str> {
        self.0.access_key_id.as_deref()
    }
}

/// Why a verifier refuses a request. No variant shows a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalReason {
    /// There is no `Authorization` header.
    #[error("the request has no Authorization header")]
    NotSigned,
    /// The `Authorization` header has another form.
    #[error("the Authorization header is malformed: {problem}")]
    MalformedAuthorization {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No one knows the key.
    #[error("the access key is unknown")]
    UnknownAccessKey,
    /// A header that the request says it signs is not there, or `X-Sdk-Date` is there and not signed.
    #[error("the header {name} is missing, or not signed")]
    MissingHeader {
        /// The header.
        name: HeaderName,
    },
    /// `X-Sdk-Date` is not a time.
    #[error("the header x-sdk-date is not of the form YYYYMMDDTHHMMSSZ")]
    MalformedDate,
    /// The request's time is too far from the verifier's.
    #[error("the request was signed at {request_time}, too far from the server time {server_time}")]
    Skew {
        /// When the request says that it was signed.
        request_time: SigningTime,
        /// What time it is for the verifier.
        server_time: SigningTime,
    },
    /// The security token is not the key's: another, none where the key has one, or one where the key has none.
    #[error("the security token does not belong to the access key")]
    SecurityToken,
    /// The request has no canonical form.
    #[error("the request cannot be verified: {0}")]
    NotCanonical(SigningError),
    /// The signature is not the one that the key makes of this request.
    #[error("the signature does not match")]
    SignatureMismatch {
        /// The request as the verifier saw it, for an answer that echoes it.
        canonical_request: CanonicalRequest,
        /// What the verifier signed.
        string_to_sign: StringToSign,
    },
}
