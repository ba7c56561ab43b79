//! The one error of the crate, and what the codes of the service mean.

mod builder;
pub(crate) mod codes;
pub(crate) mod hint;
mod kind;
pub(crate) mod signature_hint;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use builder::ErrorBuilder;
use builder::Fields;
pub use kind::{ErrorKind, Outcome};

use huaweicloud_auth::sanitize;
use serde::{Serialize, Serializer};

/// Why a call did not succeed, and whether the service may have acted all the same.
///
/// Operations that start scans do so in someone's cloud, so the first question is [`outcome`](Self::outcome): whether the call
/// can be repeated without starting the work twice. [`kind`](Self::kind) says what went wrong; the other methods give
/// the service's answer.
///
/// The page [`failures`](crate::failures) lists what can happen and what comes of it.
///
/// `Display` says what went wrong, with the service's code and request id; its alternate form (`{:#}`) adds the outcome
/// and the hint on lines of their own. The cause is in [`source`](std::error::Error::source) alone.
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
/// assert_eq!(error.to_string(), "token: has a character at position 2 that its header cannot carry");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Fields>);

impl Error {
    /// Makes an error for a mock of your own; the client makes those of its requests.
    ///
    /// ```
    /// use huaweicloud_hss::{Error, ErrorKind, Outcome};
    ///
    /// let error = Error::builder(ErrorKind::Server, Outcome::Unknown, "made up").with_status(503).build();
    /// assert_eq!(error.to_string(), "made up (HTTP 503)");
    /// ```
    pub fn builder(kind: ErrorKind, outcome: Outcome, message: impl Into<String>) -> ErrorBuilder {
        ErrorBuilder::new(kind, outcome, message)
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the service may have acted.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The HTTP status of the response, which can be IAM's. Most refusals of HSS itself come with 400, so tell them
    /// apart by [`code`](Self::code).
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's or the gateway's code, such as `HSS.0011` or `APIGW.0301`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What went wrong in words: the service's own if it answered. Control characters are escaped.
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

    /// The same with another hint, such as one that names a command of your own.
    pub fn with_hint(mut self, hint: impl AsRef<str>) -> Self {
        Arc::make_mut(&mut self.0).hint = Some(sanitize::escape_message(hint.as_ref()));
        self
    }

    /// Whether the credentials, or the project id, could not be had for now: IAM or the metadata service was not reached, did
    /// not respond in time, failed (5xx) or is throttling (429). The service was not asked to act, and the same call can
    /// succeed later. Where the certificate of IAM was refused, it will not.
    pub fn is_credentials_unavailable(&self) -> bool {
        self.0.is_credentials_unavailable()
    }

    /// The client was built with `preview_only`; nothing was sent.
    pub(crate) fn preview_only() -> Self {
        Self::invalid("client", "built with preview_only() and cannot send")
    }

    /// A value that is outside its limits; nothing was sent.
    pub(crate) fn invalid(parameter: &str, reason: impl fmt::Display) -> Self {
        ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, format!("{parameter}: {reason}")).build()
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
                Outcome::NoEffect => "nothing was changed, the call only reads",
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
        let Fields {
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

/// An object with `kind`, `outcome`, `status`, `code`, `message`, `request_id`, `hint` and `attempts`. What is missing is
/// `null`.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            kind: ErrorKind,
            outcome: Outcome,
            status: Option<u16>,
            code: Option<&'a str>,
            message: &'a str,
            request_id: Option<&'a str>,
            hint: Option<&'a str>,
            attempts: u32,
        }
        let members = Members {
            kind: self.kind(),
            outcome: self.outcome(),
            status: self.status(),
            code: self.code(),
            message: self.message(),
            request_id: self.request_id(),
            hint: self.hint(),
            attempts: self.attempts(),
        };
        members.serialize(serializer)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl ErrorBuilder {
    /// The error. Its texts are one line each from here on and cannot control a terminal, wherever they came from.
    pub fn build(mut self) -> Error {
        let fields = &mut *self.0;
        fields.message = sanitize::escape_message(&fields.message);
        for text in [&mut fields.code, &mut fields.request_id, &mut fields.hint] {
            *text = text.take().map(|text| sanitize::escape_message(&text));
        }
        Error(Arc::from(self.0))
    }
}
