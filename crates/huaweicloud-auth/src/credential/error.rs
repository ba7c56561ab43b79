//! Why a provider gave nothing.

use std::fmt;
use std::sync::Arc;

/// Why no credentials came. Cheap to clone, so that all who waited get it. It holds no secret.
///
/// `Display` is one line; a chain's lists every place that was looked at, and its alternate form (`{:#}`) gives each a
/// line of its own. The cause is in [`source`](std::error::Error::source) alone.
#[derive(Clone)]
pub struct ProviderError(Arc<Inner>);

type Source = Arc<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Clone)]
struct Inner {
    kind: ProviderErrorKind,
    provider: Option<String>,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    looked_at: Vec<ProviderError>,
    source: Option<Source>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// Nothing is here: a chain looks on.
    NotFound,
    /// Something is here that cannot be used: half a key, a file that cannot be read, a value outside its limits.
    Invalid,
    /// IAM or the metadata service answered that it will not.
    Refused,
    /// No connection: nothing was delivered.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The service failed (5xx), or has too much to do (429).
    Unavailable,
    /// An answer that is not the service's.
    Protocol,
}

impl ProviderError {
    /// An error of a provider of your own. The message is one line, says why, and holds no secret.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            provider: None,
            message: message.into(),
            status: None,
            code: None,
            request_id: None,
            looked_at: Vec::new(),
            source: None,
        }))
    }

    /// The same with its cause.
    #[must_use]
    pub fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.source = Some(Arc::new(source)))
    }

    /// The same with what a service answered.
    #[cfg(feature = "http")]
    pub(crate) fn answered(self, status: u16, code: Option<String>, request_id: Option<String>) -> Self {
        self.change(|inner| {
            inner.status = Some(status);
            inner.code = code;
            inner.request_id = request_id;
        })
    }

    /// The same with another error's cause.
    #[cfg(feature = "http")]
    pub(crate) fn with_cause_of(self, other: &Self) -> Self {
        let source = other.0.source.clone();
        self.change(|inner| inner.source = source)
    }

    /// The same of another kind and in other words; status, code and cause stay.
    #[cfg(feature = "http")]
    pub(crate) fn retold(self, kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        self.change(|inner| {
            inner.kind = kind;
            inner.message = message;
        })
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::NotFound, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Invalid, message)
    }

    /// Of a chain that found nothing.
    pub(crate) fn nowhere(looked_at: Vec<ProviderError>) -> Self {
        Self::not_found("no credentials found").change(|inner| inner.looked_at = looked_at)
    }

    /// The same as told by a provider; the first one that says so is the one that knows.
    pub(crate) fn of(self, provider: &str) -> Self {
        if self.0.provider.is_some() || !self.0.looked_at.is_empty() {
            return self;
        }
        self.change(|inner| inner.provider = Some(provider.to_owned()))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ProviderErrorKind {
        self.0.kind
    }

    /// The provider that the error is of, where a chain asked several.
    pub fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// What went wrong in words, without the provider, code or request id.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status, where an answer came.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's id of the request, where it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The places that a chain looked at, in its order, and why each gave nothing. Empty for other errors.
    pub fn looked_at(&self) -> &[ProviderError] {
        &self.0.looked_at
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(provider) = &inner.provider {
            write!(f, "{provider}: ")?;
        }
        f.write_str(&inner.message)?;
        let mut about = Vec::new();
        about.extend(inner.code.clone());
        about.extend(inner.status.map(|status| format!("HTTP {status}")));
        about.extend(inner.request_id.as_ref().map(|id| format!("request id {id}")));
        if !about.is_empty() {
            write!(f, " ({})", about.join(", "))?;
        }
        for place in &inner.looked_at {
            f.write_str(if f.alternate() { "\n  " } else { "; " })?;
            write!(f, "{place}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            provider,
            message,
            status,
            code,
            request_id,
            looked_at,
            source,
        } = &*self.0;
        f.debug_struct("ProviderError")
            .field("kind", kind)
            .field("provider", provider)
            .field("message", message)
            .field("status", status)
            .field("code", code)
            .field("request_id", request_id)
            .field("looked_at", looked_at)
            .field("source", source)
            .finish()
    }
}

impl std::error::Error for ProviderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
