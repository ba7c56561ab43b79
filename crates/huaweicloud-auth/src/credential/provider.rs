//! What a source of credentials is.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;

/// A future on the heap, as methods of objects return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place that credentials come from.
pub trait CredentialsProvider: fmt::Debug + Send + Sync {
    /// What errors and lists call it, in a few words.
    fn name(&self) -> &str;

    /// The credentials as they are now.
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::NotFound`] where there are none here, so that a chain looks on; any other kind where there
    /// is something that does not work, so that it stops.
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>>;

    /// Says that the service refused these credentials, so that they are not given again where others can be had.
    ///
    /// Only providers that keep what they were given have something to do. Call it once for a refused request, ask
    /// again, and give up when the answer is [the same](Credentials::same_identity) or is refused too. Never call it
    /// for an access key that was refused: more than five failures in a row lock the key.
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

/// A future that is ready, for providers that wait for nothing.
pub(crate) fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}
