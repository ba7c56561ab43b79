//! An error while it is being made.

use std::io;
use std::iter::successors;
use std::sync::Arc;
use std::time::Duration;

use huaweicloud_auth::{ProviderError, ProviderErrorKind};

use super::kind::{ErrorKind, Outcome};
use super::{codes, hint};

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// Everything that an error says.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) kind: ErrorKind,
    pub(super) outcome: Outcome,
    pub(super) message: String,
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) attempts: u32,
    pub(super) retry_after: Option<Duration>,
    pub(super) source: Option<Source>,
}

/// Makes an [`Error`](crate::Error) for a mock of your own; see [`Error::builder`](crate::Error::builder).
// Boxed, because results carry it about.
#[derive(Debug)]
#[must_use = "an error is made by build"]
pub struct ErrorBuilder(pub(super) Box<Fields>);

impl ErrorBuilder {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, message: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            kind,
            outcome,
            message: message.into(),
            status: None,
            code: None,
            request_id: None,
            hint: None,
            attempts: 0,
            retry_after: None,
            source: None,
        }))
    }

    /// A fault of this crate, before anything was sent.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, Outcome::NotSent, message)
    }

    /// The HTTP status of the response.
    pub fn with_status(mut self, status: impl Into<Option<u16>>) -> Self {
        self.0.status = status.into();
        self
    }

    /// The code of the service or its gateway.
    pub fn with_code(mut self, code: impl Into<Option<String>>) -> Self {
        self.0.code = code.into();
        self
    }

    /// The service's id of the request.
    pub fn with_request_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.0.request_id = id.into();
        self
    }

    /// What to do next.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_hint_if_any(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// The cause.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// How many times the request was sent or begun to be sent.
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// How long the service asks to wait.
    pub fn with_retry_after(mut self, wait: impl Into<Option<Duration>>) -> Self {
        self.0.retry_after = wait.into();
        self
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// The same for a call that only reads: what may have been done by another call was not done by this one.
    pub(crate) fn of_read(self) -> Self {
        if self.0.outcome != Outcome::Unknown {
            return self;
        }
        let is_about_effects = self.0.hint.as_deref() == Some(hint::LOOK_FIRST);
        let error = self.with_outcome(Outcome::NoEffect);
        if is_about_effects {
            error.with_hint(hint::REPEAT)
        } else {
            error
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The wait that the service asked for.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the gateway refused the token because it must be renewed.
    pub(crate) fn renews_token(&self) -> bool {
        codes::renews_token(self.0.status, self.0.code.as_deref())
    }

    /// Whether TLS failed; see [`Fields::is_tls_failure`].
    pub(crate) fn is_tls_failure(&self) -> bool {
        self.0.is_tls_failure()
    }
}

impl Fields {
    /// The causes, outermost first.
    fn causes(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        let first = self.source.as_deref();
        let first = first.map(|source| source as &(dyn std::error::Error + 'static));
        successors(first, |cause| cause.source())
    }

    /// Whether TLS failed, because the certificate was refused or because the peer does not speak TLS. A retry would
    /// fail too.
    fn is_tls_failure(&self) -> bool {
        self.causes().any(|cause| {
            // An io::Error that wraps another one does not give it as its source.
            let io = cause.downcast_ref::<io::Error>();
            successors(io, |io| io.get_ref()?.downcast_ref()).any(|io| io.kind() == io::ErrorKind::InvalidData)
        })
    }

    /// Whether the credentials or the project id could not be had for now.
    pub(super) fn is_credentials_unavailable(&self) -> bool {
        use ProviderErrorKind::{Timeout, Unavailable, Unreachable};
        let is_temporary = |error: &ProviderError| matches!(error.kind(), Timeout | Unavailable | Unreachable);
        let mut errors = self.causes().filter_map(|cause| cause.downcast_ref());
        self.outcome != Outcome::Unknown && errors.any(is_temporary) && !self.is_tls_failure()
    }
}
