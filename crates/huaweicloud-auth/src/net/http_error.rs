//! The error of the HTTP settings.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// An HTTP setting that cannot be used. It holds neither a URL nor a password.
#[derive(Debug, Clone)]
pub struct HttpError {
    message: &'static str,
    hint: Option<&'static str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl HttpError {
    pub(crate) fn new(message: &'static str) -> Self {
        Self {
            message,
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
        self.message
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)?;
        match self.hint {
            Some(hint) => write!(f, ": {hint}"),
            None => Ok(()),
        }
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
