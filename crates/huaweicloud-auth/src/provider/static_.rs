//! Credentials that the caller has already.

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};

/// Always gives the same credentials.
#[derive(Debug, Clone)]
pub struct Static(Credentials);

impl Static {
    /// A provider of a key, a token or whole credentials.
    pub fn new(credentials: impl Into<Credentials>) -> Self {
        Self(credentials.into())
    }
}

impl CredentialsProvider for Static {
    fn name(&self) -> &str {
        self.0.source()
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(Ok(self.0.clone()))
    }
}
