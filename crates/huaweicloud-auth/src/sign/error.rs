//! Why a request cannot be signed.

use http::HeaderName;

/// A request that has no canonical form, or more than one. No message holds a header's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// Neither the URI nor a `Host` header names a host.
    #[error("the request names no host")]
    NoHost,
    /// A header that is to be signed stands in the request more than once, and nothing says how the values combine.
    #[error("the header {name} is to be signed and stands in the request more than once")]
    HeaderRepeated {
        /// The header.
        name: HeaderName,
    },
    /// The value of a header that is to be signed is not UTF-8.
    #[error("the header {name} is to be signed and its value is not UTF-8")]
    HeaderNotText {
        /// The header.
        name: HeaderName,
    },
    /// The path with its escapes undone is not UTF-8; the official signers disagree on such bytes.
    #[error("the path with its percent escapes undone is not UTF-8")]
    PathNotText,
    /// A name or value of the query with its escapes undone is not UTF-8.
    #[error("the query with its percent escapes undone is not UTF-8")]
    QueryNotText,
    /// A bare `+` in the query, which some receivers read as a space and others as itself.
    #[error("the query has a bare '+', which receivers read in two ways; write %20 or %2B")]
    PlusInQuery,
    /// `X-Sdk-Content-Sha256` is neither the body's hash in lower-case hex nor `UNSIGNED-PAYLOAD`.
    #[error("the header x-sdk-content-sha256 is neither the SHA-256 of the body nor UNSIGNED-PAYLOAD")]
    ContentHash,
}
