//! The error of the HTTP settings.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// An HTTP setting that cannot be used. It holds neither a URL nor a password.
#[derive(Debug, Clone)]
pub struct HttpError {
    message: &'static str,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl HttpError {
    pub(crate) fn new(message: &'static str) -> Self {
        Self { message, source: None }
    }

    pub(crate) fn caused_by(message: &'static str, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            message,
            source: Some(Arc::new(source)),
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
