//! The trait of everything that gives credentials.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;

/// A boxed future, as the methods of a trait object return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of credentials.
pub trait CredentialsProvider: fmt::Debug + Send + Sync {
    /// Its name in errors.
    fn name(&self) -> &str;

    /// The credentials as they are now.
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::NotFound`](crate::ProviderErrorKind::NotFound) if it has none, so that a chain goes on; any other
    /// kind if it has something that cannot be used, so that the chain stops.
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>>;

    /// Reports that the service refused these credentials, so that a cache drops them.
    ///
    /// Call it once for a refused request, ask again, and give up if the new credentials are
    /// [the same](Credentials::same_identity) or are refused too. Never call it for an access key: more than five failures
    /// in a row lock the key.
    fn invalidate(&self, refused: &Credentials) {
        let _ = refused;
    }
}

impl<P: CredentialsProvider + ?Sized> CredentialsProvider for Arc<P> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        (**self).provide()
    }

    fn invalidate(&self, refused: &Credentials) {
        (**self).invalidate(refused);
    }
}

impl<P: CredentialsProvider + ?Sized> CredentialsProvider for Box<P> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        (**self).provide()
    }

    fn invalidate(&self, refused: &Credentials) {
        (**self).invalidate(refused);
    }
}

/// A future that is ready, for providers that need not wait.
pub(crate) fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}
