//! What a success says.

/// The service took the request. Scans run on their own from here; the answer has no content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    status: u16,
    request_id: Option<String>,
}

impl Accepted {
    pub(crate) fn new(status: u16, request_id: Option<String>) -> Self {
        Self { status, request_id }
    }

    /// The HTTP status; `200` is the one that the vendor declares.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The service's id of the request, from the header `X-Request-Id`. Support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}
