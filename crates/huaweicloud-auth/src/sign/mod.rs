//! From a request and a key to a signature, and back.

pub(crate) mod authorization;
pub(crate) mod canonical_request;
pub(crate) mod encode;
pub(crate) mod error;
pub(crate) mod headers;
pub(crate) mod hex;
mod payload;
pub(crate) mod request;
pub(crate) mod signature;
pub(crate) mod signed;
pub(crate) mod signer;
pub(crate) mod string_to_sign;
pub(crate) mod time;
pub(crate) mod verify;
