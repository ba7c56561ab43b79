//! The network, and text that comes from it.

#[cfg(feature = "http")]
pub(crate) mod http;
pub mod region;
pub(crate) mod sanitize;
