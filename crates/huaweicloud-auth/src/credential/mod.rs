//! What credentials are, and the trait of everything that gives them.

pub(crate) mod access_key;
pub(crate) mod credentials;
pub(crate) mod error;
pub(crate) mod provider;
pub(crate) mod token;
