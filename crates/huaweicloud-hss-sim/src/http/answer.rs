//! An answer before it goes out: what is sent, and what the request log needs to know of it.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::service::refusal::Refusal;

/// Header with the id of a request, on every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
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

    /// A refusal in the shape of the vendor: the service keeps the request id in the header, the gateway repeats it in
    /// the body.
    pub(crate) fn refusal(refusal: &Refusal, request_id: &str) -> Self {
        let mut body = json!({ "error_code": refusal.code(), "error_msg": refusal.message() });
        if refusal.is_gateway() {
            body["request_id"] = json!(request_id);
        }
        let mut answer = Self::json(refusal.status(), &body);
        answer.error_code = Some(refusal.code().to_owned());
        if let Refusal::OtherMethod(methods) = refusal {
            let names: Vec<&str> = methods.iter().map(axum::http::Method::as_str).collect();
            if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
                answer = answer.with(header::ALLOW, value);
            }
        }
        answer
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// The answer as the server sends it where it ends too early: half of the body, of an empty one nothing, and a length
    /// that promises more.
    pub(crate) fn into_truncated(mut self, request_id: &str, clock: Clock) -> Response {
        let promised = self.body.len().max(1);
        self.body.truncate(self.body.len() / 2);
        let sent = Bytes::from(std::mem::take(&mut self.body));
        let mut response = self.into_response(request_id, clock);
        response.headers_mut().insert(header::CONTENT_LENGTH, promised.into());
        let parts = stream::once(async { Ok(sent) }).chain(stream::once(async {
            // What is there goes out before the connection ends.
            tokio::task::yield_now().await;
            Err(io::Error::from(io::ErrorKind::UnexpectedEof))
        }));
        *response.body_mut() = Body::from_stream(parts);
        response
    }

    /// The answer as the server sends it.
    pub(crate) fn into_response(self, request_id: &str, clock: Clock) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        // A fault may carry a request id of its own.
        if let Ok(id) = HeaderValue::from_str(request_id) {
            response.headers_mut().entry(REQUEST_ID).or_insert(id);
        }
        if let Some(date) = clock.date_header() {
            response.headers_mut().entry(header::DATE).or_insert(date);
        }
        response
    }
}

/// A request id as the cloud makes them: 32 hexadecimal digits.
pub(crate) fn new_request_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}
