//! From a request and an access key to a signature, and its verification.

pub(crate) mod canonical_request;
mod encode;
pub(crate) mod error;
pub(crate) mod headers;
pub(crate) mod hex;
pub(crate) mod request;
pub(crate) mod signature;
pub(crate) mod signer;
pub(crate) mod time;
#[cfg(feature = "verify")]
pub(crate) mod verify;
