//! The one error of the crate.

pub(crate) mod hint;
pub(crate) mod printable;
pub(crate) mod signature_hint;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::printable::printable;

/// Why a call did not succeed, and whether the service may have acted all the same.
///
/// Both operations start work in someone's cloud, so the first question is [`outcome`](Self::outcome): whether the call
/// can be repeated without starting the work twice. [`kind`](Self::kind) says what went wrong; the other methods give
/// what the service said.
///
/// The page [`failures`](crate::failures) lists what can happen and what comes of it.
///
/// `Display` says what went wrong, with the service's code and request id; its alternate form (`{:#}`) adds the outcome and
/// the hint on lines of their own. The cause is in [`source`](std::error::Error::source) alone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), huaweicloud_hss::Error> {
/// use huaweicloud_hss::{Client, ErrorKind, Outcome};
///
/// let client = Client::builder().region("cn-north-4").project_id("0123").token("a token").build();
/// let error = client.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// assert_eq!(error.outcome(), Outcome::NotSent);
/// assert_eq!(error.to_string(), "token: white space found at character 2, only visible ASCII allowed");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

type Source = Arc<dyn std::error::Error + Send + Sync>;

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    hint: Option<String>,
    attempts: u32,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is outside its limits; nothing was sent.
    Invalid,
    /// The token or the access key is missing, wrong or expired.
    Auth,
    /// The caller is known but may not do this.
    Permission,
    /// There is no such task, host, cluster or API.
    NotFound,
    /// The service refused the request for another reason.
    Refused,
    /// Too many calls.
    Throttled,
    /// No connection, or one that broke.
    Connect,
    /// No answer in time.
    Timeout,
    /// An answer that is not the service's.
    Protocol,
    /// The service failed.
    Server,
    /// A fault of this crate.
    Internal,
}

/// Whether the service may have acted on a call that failed. Ordered by doubt, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Nothing left this machine whole. The call can be repeated.
    NotSent,
    /// The service, or the gateway before it, answered that it did not act. The call can be repeated once the reason is
    /// gone.
    Refused,
    /// The service may have acted: no answer came, or one that does not say. Repeating may start the work twice.
    Unknown,
}

impl ErrorKind {
    /// The kind's name in lower case, as the command line's JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Server => "server",
            Self::Internal => "internal",
        }
    }
}

impl Outcome {
    /// The outcome's name in lower case, as the command line's JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the service may have acted.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The HTTP status, where an answer came, IAM's among them. Most refusals of HSS itself come with 400, so tell them apart by
    /// [`code`](Self::code).
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's or the gateway's code, such as `HSS.0011` or `APIGW.0301`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What went wrong in words: the service's own where it answered. Control characters are escaped.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The service's id of the request. Support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// How many times the request was sent or begun to be sent; 0 where a value was refused, or no credentials came,
    /// before that.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the service asked to wait before another call, by the header `Retry-After`. Nothing where the header is
    /// absent or cannot be read; whether the real service sends it is not known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// A value that is outside its limits; nothing was sent.
    pub(crate) fn invalid(parameter: &str, reason: impl fmt::Display) -> Self {
        ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, format!("{parameter}: {reason}")).finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut about = Vec::new();
        if let Some(code) = &inner.code {
            about.push(code.clone());
        }
        if let Some(status) = inner.status {
            about.push(format!("HTTP {status}"));
        }
        if let Some(id) = &inner.request_id {
            about.push(format!("request id {id}"));
        }
        if inner.attempts > 1 {
            about.push(format!("{} attempts", inner.attempts));
        }
        f.write_str(&inner.message)?;
        if !about.is_empty() {
            write!(f, " ({})", about.join(", "))?;
        }
        if f.alternate() {
            let outcome = match inner.outcome {
                Outcome::NotSent => "nothing was sent",
                Outcome::Refused => "the service did not act",
                Outcome::Unknown => "unknown, the service may have acted",
            };
            write!(f, "\noutcome: {outcome}")?;
            if let Some(hint) = &inner.hint {
                write!(f, "\nhint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            outcome,
            message,
            status,
            code,
            request_id,
            hint,
            attempts,
            retry_after,
            source,
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("outcome", outcome)
            .field("message", message)
            .field("status", status)
            .field("code", code)
            .field("request_id", request_id)
            .field("hint", hint)
            .field("attempts", attempts)
            .field("retry_after", retry_after)
            .field("source", source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An error in the making.
#[derive(Debug)]
pub(crate) struct ErrorBuilder(Box<Inner>);

impl ErrorBuilder {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
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

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    pub(crate) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.0.hint = hint.map(Into::into);
        self
    }

    pub(crate) fn source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// Puts the outcome of all tries in place of the last one's.
    pub(crate) fn outcome_of_all(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    pub(crate) fn code_said(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    pub(crate) fn has_hint(&self) -> bool {
        self.0.hint.is_some()
    }

    pub(crate) fn retry_after_said(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether TLS failed: by a certificate that was refused, or by an answer that is no TLS. It would fail the next time too.
    pub(crate) fn is_insecure(&self) -> bool {
        let first = self
            .0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static));
        std::iter::successors(first, |cause| cause.source()).any(|cause| {
            // One of these inside another is no source of it.
            let io = cause.downcast_ref::<std::io::Error>();
            std::iter::successors(io, |io| io.get_ref()?.downcast_ref())
                .any(|io| io.kind() == std::io::ErrorKind::InvalidData)
        })
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the gateway refused the token because it must be renewed (APIGW.0307, or APIG.0307).
    pub(crate) fn asks_for_renewal(&self) -> bool {
        self.0.status == Some(401) && self.0.code.as_deref().is_some_and(|code| code.ends_with(".0307"))
    }

    /// The error. Whoever wrote its texts, from here on they are one line each and steer nothing.
    pub(crate) fn finish(mut self) -> Error {
        let inner = &mut *self.0;
        inner.message = printable(&inner.message);
        for text in [&mut inner.code, &mut inner.request_id, &mut inner.hint] {
            *text = text.take().map(|text| printable(&text));
        }
        Error(Arc::from(self.0))
    }
}
