//! What a success says.

/// The service accepted the request. The scans run on their own from here; the response has no content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    request_id: Option<String>,
    attempts: u32,
}

impl Accepted {
    /// A success for a mock of your own; the client makes those of its requests.
    pub fn new(request_id: impl Into<Option<String>>, attempts: u32) -> Self {
        Self {
            request_id: request_id.into(),
            attempts,
        }
    }

    /// The service's id of the request, from the header `X-Request-Id`. Support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How many times the request was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}
