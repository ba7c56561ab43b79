//! The error of the HTTP settings.

use std::error::Error;
use std::sync::Arc;

/// An HTTP setting that cannot be used. It holds neither a URL nor a password.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
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
