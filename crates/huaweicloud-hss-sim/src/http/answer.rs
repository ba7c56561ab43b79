//! An answer before it is sent.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::clock::Clock;

/// Header with the request id, on every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
    /// `error_code` in the body, for the log.
    pub(crate) error_code: Option<String>,
}

impl Answer {
    /// An answer without content.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            error_code: None,
        }
    }

    /// An answer with JSON.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::empty(status)
            .with(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body.to_string().into_bytes())
    }

    /// An answer with plain text.
    pub(crate) fn text(status: StatusCode, body: &str) -> Self {
        Self::empty(status)
            .with(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            )
            .body(body.as_bytes().to_vec())
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// The answer cut short: half of the body, nothing of an empty one, and a `Content-Length` that promises more.
    pub(crate) fn into_truncated(mut self, request_id: &str, clock: &Clock) -> Response {
        let promised = self.body.len().max(1);
        self.body.truncate(self.body.len() / 2);
        let sent = Bytes::from(std::mem::take(&mut self.body));
        let mut response = self.into_response(request_id, clock);
        response.headers_mut().insert(header::CONTENT_LENGTH, promised.into());
        let parts = stream::once(async { Ok(sent) }).chain(stream::once(async {
            // The half is sent before the connection ends.
            tokio::task::yield_now().await;
            Err(io::Error::from(io::ErrorKind::UnexpectedEof))
        }));
        *response.body_mut() = Body::from_stream(parts);
        response
    }

    /// The answer with its request id and date.
    pub(crate) fn into_response(self, request_id: &str, clock: &Clock) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        // A fault may have its own request id.
        if let Ok(id) = HeaderValue::from_str(request_id) {
            response.headers_mut().entry(REQUEST_ID).or_insert(id);
        }
        if let Some(date) = clock.date_header() {
            response.headers_mut().entry(header::DATE).or_insert(date);
        }
        response
    }
}

/// A request id in the form of the cloud's: 32 hexadecimal digits.
pub(crate) fn new_request_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}
