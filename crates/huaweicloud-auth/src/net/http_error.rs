//! The error of the HTTP settings.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

/// An HTTP setting that cannot be used. It holds neither a URL nor a password.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}{}", .hint.map(|hint| format!(": {hint}")).unwrap_or_default())]
pub struct HttpError {
    message: Cow<'static, str>,
    hint: Option<&'static str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl HttpError {
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    pub(crate) fn caused_by(message: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            source: Some(Arc::new(source)),
            ..Self::new(message)
        }
    }

    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    /// What went wrong, without the hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint
    }
}
