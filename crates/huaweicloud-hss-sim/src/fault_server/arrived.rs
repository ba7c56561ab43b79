//! A request as it arrived.

use std::fmt;

/// A request that arrived at a [`FaultServer`](crate::FaultServer), whole or in part.
///
/// Nothing is masked, so that a test sees what was sent; `Debug` shows no value of a header and no body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrivedRequest {
    /// The request line.
    pub line: String,
    /// Names in lower case, and values, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, without the framing of chunks.
    pub body: Vec<u8>,
    /// Whether all of it arrived.
    pub whole: bool,
}

impl ArrivedRequest {
    /// Value of a header, the first where there are several; its name is compared without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Takes a head apart, as far as there is one.
    pub(super) fn from_head(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        Self {
            line: lines.next().unwrap_or_default().to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body: Vec::new(),
            whole: false,
        }
    }

    /// Whether the client wants the connection to end with this request.
    pub(super) fn is_last(&self) -> bool {
        let close = |value: &str| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("close"));
        self.header("connection").is_some_and(close) || self.line.ends_with("HTTP/1.0")
    }
}

impl fmt::Debug for ArrivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ArrivedRequest")
            .field("line", &self.line)
            .field("headers", &names)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("whole", &self.whole)
            .finish()
    }
}
