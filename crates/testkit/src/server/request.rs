//! A request as it arrived.

use std::fmt;

/// A request that arrived at a server, whole or in part.
///
/// Nothing is masked, so that a test sees what was sent; `Debug` shows no header values and no body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The request line, for example `PUT /path HTTP/1.1`.
    pub line: String,
    /// Names in lower case, and values, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, without the framing of chunks.
    pub body: Vec<u8>,
    /// Whether all of it arrived.
    pub whole: bool,
}

impl Request {
    /// The method.
    pub fn method(&self) -> &str {
        self.line.split(' ').next().unwrap_or_default()
    }

    /// The target as it stands in the request line, with the query.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// The path and the query as they stand in the request line.
    pub fn path_and_query(&self) -> (&str, &str) {
        let target = self.target();
        target.split_once('?').unwrap_or((target, ""))
    }

    /// Value of a header, whose name is compared without regard to case.
    ///
    /// # Panics
    ///
    /// Where the header came more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        let first = values.next();
        assert!(values.next().is_none(), "the header {name} came more than once");
        first
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Parses a head, as far as there is one.
    pub(crate) fn from_head(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        Self {
            line: lines.next().unwrap_or_default().to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()))
                .collect(),
            body: Vec::new(),
            whole: false,
        }
    }

    pub(super) fn is_chunked(&self) -> bool {
        self.values("transfer-encoding").next().is_some()
    }

    pub(super) fn content_length(&self) -> usize {
        let length = self.values("content-length").next();
        length.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Whether the client wants the connection to end with this request.
    pub(super) fn is_last(&self) -> bool {
        let mut words = self.values("connection").flat_map(|value| value.split(','));
        words.any(|word| word.trim().eq_ignore_ascii_case("close")) || self.line.ends_with("HTTP/1.0")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("line", &self.line)
            .field("headers", &names)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("whole", &self.whole)
            .finish()
    }
}
