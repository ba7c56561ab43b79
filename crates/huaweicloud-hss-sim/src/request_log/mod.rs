//! The requests that arrived.

pub(crate) mod mask;

use std::collections::VecDeque;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde_json::{Map, Value, json};

/// Maximum number of requests kept. The oldest are dropped, so that memory is bounded.
pub(crate) const MAX_REQUESTS: usize = 10_000;

/// Maximum bytes of paths, queries, headers and bodies kept, over all requests.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Characters that a wire case encodes in a path: all but the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Headers that a wire case speaks of, or excludes by not naming them.
const WIRE_HEADERS: [&str; 3] = ["authorization", "content-type", "x-auth-token"];

/// A request that arrived, whether it was carried out or refused. Secrets are replaced by `***`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// Number of the request, from 1. Gaps do not occur; the oldest requests are dropped after 10,000.
    pub seq: u64,
    /// The method.
    pub method: String,
    /// The path as it came, not decoded.
    pub path: String,
    /// Names and values of the query, decoded, in the order in which they came.
    pub query: Vec<(String, String)>,
    /// Names in lower case, and values; a header that came more than once has its values joined by `, `.
    pub headers: Vec<(String, String)>,
    /// The body, `None` where there was none or it was larger than the gateway takes.
    pub body: Option<String>,
    /// `operationId` of the operation; `createToken` and `listProjects` for IAM's routes, `createMetadataToken` and
    /// `getSecurityKey` for those of the metadata service; `None` for a path that is not known.
    pub operation: Option<String>,
    /// Status of the answer, `None` where a fault left the request without one.
    pub status: Option<u16>,
    /// `error_code` in the answer.
    pub error_code: Option<String>,
    /// Whether the service carried the request out, whatever answer the client got.
    pub acted: bool,
}

impl RecordedRequest {
    /// Value of a header, whose name is compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The size of what a client chose.
    fn bytes(&self) -> usize {
        let pairs = self.query.iter().chain(&self.headers);
        let pairs: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
        let texts = [&self.body, &self.error_code].into_iter().flatten();
        self.method.len() + self.path.len() + pairs + texts.map(String::len).sum::<usize>()
    }

    /// As `/_sim/requests` shows it: the body is parsed where it is JSON.
    pub(crate) fn to_json(&self) -> Value {
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let body = self
            .body
            .as_ref()
            .map(|body| serde_json::from_str(body).unwrap_or_else(|_| json!(body)));
        json!({
            "seq": self.seq,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": body,
            "operation": self.operation,
            "status": self.status,
            "error_code": self.error_code,
            "acted": self.acted,
            "wire": self.to_wire(&headers, &body),
        })
    }

    /// In the form of a wire case's `request`, so that a test can compare the two as they are.
    fn to_wire(&self, headers: &Map<String, Value>, body: &Option<Value>) -> Value {
        let encoded = |segment: &str| {
            let bytes: Vec<u8> = percent_decode_str(segment).collect();
            percent_encode(&bytes, RESERVED).to_string()
        };
        let path: Vec<String> = self.path.split('/').map(encoded).collect();
        let mut query = Map::new();
        for (name, value) in &self.query {
            let value = match query.remove(name) {
                // A name that came twice is seen, not lost.
                Some(earlier) => json!([earlier, value]),
                None => json!(value),
            };
            query.insert(name.clone(), value);
        }
        let mut headers = headers.clone();
        headers.retain(|name, _| WIRE_HEADERS.contains(&name.as_str()));
        if let Some(Value::String(media_type)) = headers.get_mut("content-type") {
            media_type.make_ascii_lowercase();
            if let Some(bare) = media_type.strip_suffix("charset=utf-8") {
                *media_type = bare.trim_end().trim_end_matches(';').to_owned();
            }
        }
        json!({
            "method": self.method,
            "path": path.join("/"),
            "query": query,
            "headers": headers,
            "body": body,
        })
    }
}

pub(crate) struct RequestLog {
    next: u64,
    bytes: usize,
    requests: VecDeque<RecordedRequest>,
}

impl RequestLog {
    pub(crate) fn new() -> Self {
        Self {
            next: 1,
            bytes: 0,
            requests: VecDeque::new(),
        }
    }

    /// Keeps a request and numbers it.
    pub(crate) fn push(&mut self, mut request: RecordedRequest) {
        request.seq = self.next;
        self.next += 1;
        self.bytes += request.bytes();
        self.requests.push_back(request);
        while self.requests.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.requests.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
    }

    /// Forgets the requests; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.bytes = 0;
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: usize) -> RecordedRequest {
        RecordedRequest {
            seq: 0,
            method: "PUT".to_owned(),
            path: "/".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Some("x".repeat(body)),
            operation: None,
            status: Some(200),
            error_code: None,
            acted: true,
        }
    }

    #[test]
    fn drops_the_oldest_beyond_the_maximum_number() {
        let mut log = RequestLog::new();
        for _ in 0..MAX_REQUESTS + 3 {
            log.push(request(0));
        }
        let kept = log.requests();
        assert_eq!(kept.len(), MAX_REQUESTS);
        assert_eq!(kept.first().unwrap().seq, 4);
        assert_eq!(kept.last().unwrap().seq, MAX_REQUESTS as u64 + 3);
    }

    #[test]
    fn drops_the_oldest_beyond_the_maximum_size() {
        let half = || "x".repeat(MAX_BYTES / 2);
        let large: [fn(&mut RecordedRequest, String); 6] = [
            |request, text| request.body = Some(text),
            |request, text| request.error_code = Some(text),
            |request, text| request.path = text,
            |request, text| request.method = text,
            |request, text| request.query.push((text, String::new())),
            |request, text| request.headers.push(("x-note".to_owned(), text)),
        ];
        for enlarge in large {
            let mut log = RequestLog::new();
            for _ in 0..5 {
                let mut large = request(0);
                enlarge(&mut large, half());
                log.push(large);
            }
            let kept: Vec<_> = log.requests().iter().map(|request| request.seq).collect();
            // Each has some bytes more than half.
            assert_eq!(kept, [5]);
            log.clear();
            assert_eq!(log.bytes, 0);
        }
    }
}
