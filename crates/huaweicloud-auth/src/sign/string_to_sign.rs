//! The text that the key's secret is applied to.

use std::fmt;

use crate::sign::authorization::ALGORITHM;
use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::time::SigningTime;

/// The string to sign: the algorithm, the time, and the hash of the canonical request, a line each. Nothing in it is
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringToSign(String);

impl StringToSign {
    pub(crate) fn new(time: SigningTime, canonical_request: &CanonicalRequest) -> Self {
        Self(format!("{ALGORITHM}\n{time}\n{}", canonical_request.hash()))
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
