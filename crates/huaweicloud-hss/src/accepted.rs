//! What a success says.

/// The service accepted the request. The scans run on their own from here; the response has no content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    request_id: Option<String>,
}

impl Accepted {
    pub(crate) fn new(request_id: Option<String>) -> Self {
        Self { request_id }
    }

    /// The service's id of the request, from the header `X-Request-Id`. Support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}
