//! The error of signing.

use http::HeaderName;

/// A request that has no canonical form, or more than one. No message holds a header's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// Neither the URI nor a `Host` header names a host.
    #[error("the request names no host")]
    NoHost,
    /// The body is a stream, and a signature covers its bytes.
    #[error("the body is a stream, which cannot be signed")]
    BodyIsStream,
    /// A header to sign is repeated, and no rule combines its values.
    #[error("the signed header {name} is repeated")]
    HeaderRepeated {
        /// The header.
        name: HeaderName,
    },
    /// The value of a header to sign is not UTF-8.
    #[error("the signed header {name} is not UTF-8")]
    HeaderNotText {
        /// The header.
        name: HeaderName,
    },
    /// The decoded path is not UTF-8; the official signers disagree on such bytes.
    #[error("the decoded path is not UTF-8")]
    PathNotText,
    /// A decoded name or value of the query is not UTF-8.
    #[error("the decoded query is not UTF-8")]
    QueryNotText,
    /// A bare `+` in the query, which some receivers read as a space and others as itself.
    #[error("the query has a bare '+', which is ambiguous; write %20 or %2B")]
    PlusInQuery,
    /// `X-Sdk-Content-Sha256` is neither the body's hash in lower-case hex nor `UNSIGNED-PAYLOAD`.
    #[error("the header x-sdk-content-sha256 is neither the SHA-256 of the body nor UNSIGNED-PAYLOAD")]
    ContentHash,
}
