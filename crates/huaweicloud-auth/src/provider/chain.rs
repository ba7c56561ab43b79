//! Several providers in turn.

use crate::credential::credentials::Credentials;
use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::credential::provider::{BoxFuture, CredentialsProvider};
#[cfg(feature = "http")]
use crate::env::Variables;
#[cfg(feature = "http")]
use crate::provider::ecs_metadata::EcsMetadata;
#[cfg(feature = "http")]
use crate::provider::env_access_key::Environment;
#[cfg(feature = "http")]
use crate::provider::iam_password::IamPassword;
#[cfg(feature = "http")]
use crate::provider::profile::Profile;

/// Asks providers in order until one has credentials.
///
/// A provider that finds nothing is passed over. One that finds something that does not work ends the search: the next
/// would be an identity that was not meant. Where none finds anything the error [lists](ProviderError::looked_at) each
/// and why.
#[derive(Debug)]
pub struct Chain(Vec<Box<dyn CredentialsProvider>>);

impl Chain {
    /// A chain of nothing; add to it with [`then`](Self::then).
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with one more at its end.
    #[must_use]
    pub fn then(mut self, provider: impl CredentialsProvider + 'static) -> Self {
        self.0.push(Box::new(provider));
        self
    }

    /// The places where the official tools look, in this order: the access key of the [environment](Environment), the
    /// IAM user, the usual [profile file](Profile), the metadata service. A token comes before them; put it there with a
    /// chain around this one.
    #[cfg(feature = "http")]
    pub fn default_order(variables: &Variables, iam: IamPassword, metadata: EcsMetadata) -> Self {
        Self::new()
            .then(Environment::new(variables.clone()))
            .then(iam)
            .then(Profile::usual(variables.clone()))
            .then(metadata)
    }

    /// The names of its providers, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|provider| provider.name())
    }

    async fn look(&self) -> Result<Credentials, ProviderError> {
        let mut looked_at = Vec::new();
        for provider in &self.0 {
            match provider.provide().await.map_err(|error| error.of(provider.name())) {
                Err(error) if error.kind() == ProviderErrorKind::NotFound => looked_at.push(error),
                result => return result,
            }
        }
        Err(ProviderError::nowhere(looked_at))
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl CredentialsProvider for Chain {
    fn name(&self) -> &str {
        "chain"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.look())
    }

    /// Tells all of them: only the one that gave these credentials keeps them.
    fn invalidate(&self, refused: &Credentials) {
        for provider in &self.0 {
            provider.invalidate(refused);
        }
    }
}
