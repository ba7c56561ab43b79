//! The error of a provider.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "http")]
use crate::net::http_error::HttpError;
use crate::value::{ValueError, ValueProblem};

/// Why there are no credentials. It is cheap to clone, because every waiting caller gets it, and holds no secret.
///
/// `Display` is one line. The error of a chain lists every attempt in it; the alternate form (`{:#}`) gives each a line of
/// its own. The cause is in [`source`](std::error::Error::source) alone.
#[derive(Debug, Clone)]
pub struct ProviderError(Arc<Inner>);

type Source = Arc<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Clone)]
struct Inner {
    kind: ProviderErrorKind,
    provider: Option<String>,
    message: String,
    service: Option<&'static str>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    attempts: Vec<ProviderError>,
    source: Option<Source>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// The source has no credentials: a chain goes on to the next.
    NotFound,
    /// The source has something that cannot be used: half a key, a file that cannot be read, a value outside its limits.
    Invalid,
    /// IAM or the metadata service refused.
    Refused,
    /// No connection could be made, so nothing was sent.
    Unreachable,
    /// No response came in time.
    Timeout,
    /// The service failed (5xx), broke the connection or is throttling (429).
    Unavailable,
    /// The response is not one of the service.
    Protocol,
    /// The credentials had ended when they came, so they are not used. A reason can be a wrong clock of this machine.
    Expired,
}

impl ProviderError {
    /// An error of a provider of your own. The message is one line and holds no secret.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            provider: None,
            message: message.into(),
            service: None,
            status: None,
            code: None,
            request_id: None,
            attempts: Vec::new(),
            source: None,
        }))
    }

    /// The same with its cause.
    #[must_use]
    pub fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.source = Some(Arc::new(source)))
    }

    /// The same with the status, code and request id of a response.
    #[cfg(feature = "http")]
    pub(crate) fn with_response(self, status: u16, code: Option<String>, request_id: Option<String>) -> Self {
        self.change(|inner| {
            inner.status = Some(status);
            inner.code = code;
            inner.request_id = request_id;
        })
    }

    /// The same with the name of the service that was asked.
    #[cfg(feature = "http")]
    pub(crate) fn of_service(self, service: &'static str) -> Self {
        self.change(|inner| inner.service = Some(service))
    }

    /// The same with another kind and message. Service, status, code and source stay.
    #[cfg(feature = "http")]
    pub(crate) fn with_message(self, kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        self.change(|inner| {
            inner.kind = kind;
            inner.message = message;
        })
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::NotFound, message)
    }

    /// A value of the source, such as a variable or a file, cannot be used.
    pub(crate) fn invalid_value(source: impl fmt::Display, error: ValueError) -> Self {
        Self::invalid(format!("{source}: {error}")).with_source(error)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Invalid, message)
    }

    /// A chain found nothing.
    pub(crate) fn none_found(attempts: Vec<ProviderError>) -> Self {
        Self::not_found("no credentials found").change(|inner| inner.attempts = attempts)
    }

    /// The same with the provider's name. The innermost provider names itself first, and its name stays.
    pub(crate) fn with_provider(self, provider: &str) -> Self {
        if self.0.provider.is_some() || !self.0.attempts.is_empty() {
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

    /// The provider that failed, if it is one of a chain.
    pub fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// The message, without provider, code and request id.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The service that was asked in vain, `IAM` or `the metadata service`; `None` for sources on this machine.
    pub fn service(&self) -> Option<&str> {
        self.0.service
    }

    /// The HTTP status, if there was a response.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's error code, if it sent one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's id of the request, if it sent one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The errors of the providers that a chain asked, in order. Empty for other errors.
    pub fn attempts(&self) -> &[ProviderError] {
        &self.0.attempts
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(provider) = &inner.provider {
            write!(f, "{provider}: ")?;
        }
        f.write_str(&inner.message)?;
        let mut details = Vec::new();
        details.extend(inner.code.clone());
        details.extend(inner.status.map(|status| format!("HTTP {status}")));
        details.extend(inner.request_id.as_ref().map(|id| format!("request id {id}")));
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        for attempt in &inner.attempts {
            f.write_str(if f.alternate() { "\n  " } else { "; " })?;
            write!(f, "{attempt}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<ValueError> for ProviderError {
    fn from(error: ValueError) -> Self {
        match error.problem() {
            // Callers tell a value outside its limits by this source, and that takes a text.
            ValueProblem::NotUtf8 => Self::invalid(error.to_string()),
            _ => Self::invalid(error.to_string()).with_source(error),
        }
    }
}

#[cfg(feature = "http")]
impl From<HttpError> for ProviderError {
    fn from(error: HttpError) -> Self {
        Self::invalid(error.to_string()).with_source(error)
    }
}
