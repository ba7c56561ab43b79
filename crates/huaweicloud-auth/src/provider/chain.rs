//! Several providers in turn.

use crate::credential::credentials::Credentials;
use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::credential::provider::{BoxFuture, CredentialsProvider};

/// Asks providers in order until one has credentials.
///
/// A provider without credentials is skipped. One with something that cannot be used ends the search: the next would be
/// another identity than the one that was meant. If none has credentials, the error [lists](ProviderError::attempts) each
/// attempt.
#[derive(Debug, Default)]
pub struct Chain(Vec<Box<dyn CredentialsProvider>>);

impl Chain {
    /// An empty chain; add providers with [`then`](Self::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more provider at its end.
    #[must_use]
    pub fn then(mut self, provider: impl CredentialsProvider + 'static) -> Self {
        self.0.push(Box::new(provider));
        self
    }

    async fn resolve(&self) -> Result<Credentials, ProviderError> {
        let mut attempts = Vec::new();
        for provider in &self.0 {
            match provider
                .provide()
                .await
                .map_err(|error| error.with_provider(provider.name()))
            {
                Err(error) if error.kind() == ProviderErrorKind::NotFound => attempts.push(error),
                result => return result,
            }
        }
        Err(ProviderError::none_found(attempts))
    }
}

impl CredentialsProvider for Chain {
    fn name(&self) -> &str {
        "chain"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.resolve())
    }

    /// Reports it to every provider: only the one that gave these credentials has them cached.
    fn invalidate(&self, refused: &Credentials) {
        for provider in &self.0 {
            provider.invalidate(refused);
        }
    }
}
