//! The response of IAM or of the metadata service.

use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::net::error_body::{self, ErrorBody};
use crate::net::http::is_not_http;
use crate::net::sanitize::Sanitizer;

/// The longest body that is read. The largest, a list of projects, has some kilobytes.
const MAX_BODY: usize = 1024 * 1024;

/// The longest message of a service that an error shows, in characters.
const MAX_MESSAGE: usize = 300;

/// Where IAM puts a new token.
pub(crate) const X_SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");

/// A response, read whole. The body can hold keys, so it is wiped.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
    service: &'static str,
    sanitizer: Sanitizer,
}

impl Response {
    /// Reads a response up to the limit. `secrets`, and a token that the response brings, are masked in its errors.
    pub(crate) async fn read(
        result: reqwest::Result<reqwest::Response>,
        service: &'static str,
        secrets: &[&str],
    ) -> Result<Self, ProviderError> {
        let mut response = result.map_err(|error| no_response(error, service))?;
        let headers = std::mem::take(response.headers_mut());
        let token = headers.get(X_SUBJECT_TOKEN).and_then(|token| token.to_str().ok());
        let mut read = Self {
            status: response.status(),
            sanitizer: Sanitizer::new(secrets.iter().copied().chain(token)),
            headers,
            body: Zeroizing::default(),
            service,
        };
        let mut chunks = Vec::new();
        let mut length = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| no_response(error, service))? {
            length += chunk.len();
            if length > MAX_BODY {
                return Err(read.protocol("is larger than 1 MiB"));
            }
            chunks.push(chunk);
        }
        // Allocated once: a growing buffer leaves copies of the secrets behind.
        let mut body = Vec::with_capacity(length);
        chunks.iter().for_each(|chunk| body.extend_from_slice(chunk));
        read.body = Zeroizing::new(body);
        Ok(read)
    }

    /// The error of a response that is not the expected one of the service.
    pub(crate) fn protocol(&self, problem: &str) -> ProviderError {
        let message = format!("the response of {} {problem}", self.service);
        let error = ProviderError::new(ProviderErrorKind::Protocol, message).of_service(self.service);
        error.with_response(self.status.as_u16(), None, self.request_id())
    }

    /// The error of a response whose status is not the expected one.
    pub(crate) fn error(&self) -> ProviderError {
        let body = serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|value| ErrorBody::parse(&value));
        let status = self.status.as_u16();
        let kind = match status {
            429 | 500..=599 => ProviderErrorKind::Unavailable,
            401 | 403 => ProviderErrorKind::Refused,
            400..=499 if body.is_some() => ProviderErrorKind::Refused,
            _ => ProviderErrorKind::Protocol,
        };
        let body = body.unwrap_or_default().sanitized(&self.sanitizer);
        let service = self.service;
        let what = match kind {
            ProviderErrorKind::Protocol => {
                format!("the response is not one of {service}: check the endpoint and any proxy")
            }
            ProviderErrorKind::Unavailable => format!("{service} is unavailable"),
            _ => format!("{service} refused"),
        };
        let message = match body.message {
            Some(message) if kind != ProviderErrorKind::Protocol => {
                format!("{what}: {}", message.chars().take(MAX_MESSAGE).collect::<String>())
            }
            _ => what,
        };
        let request_id = self.request_id().or(body.request_id);
        let error = ProviderError::new(kind, message).of_service(service);
        error.with_response(status, body.code, request_id)
    }

    fn request_id(&self) -> Option<String> {
        error_body::request_id(&self.headers, &self.sanitizer)
    }
}

/// The error of a request without a response.
pub(crate) fn no_response(error: reqwest::Error, service: &'static str) -> ProviderError {
    let (kind, message) = if error.is_connect() {
        (ProviderErrorKind::Unreachable, "no connection to")
    } else if error.is_timeout() {
        (ProviderErrorKind::Timeout, "timed out waiting for a response of")
    } else if error.is_builder() {
        (ProviderErrorKind::Invalid, "the request cannot be made to")
    } else if is_not_http(&error) {
        (ProviderErrorKind::Protocol, "no HTTP in the response of")
    } else {
        (
            ProviderErrorKind::Unavailable,
            "the connection broke before the end of the response of",
        )
    };
    // reqwest's message has the URL, which can name a project or a user.
    let made = ProviderError::new(kind, format!("{message} {service}")).of_service(service);
    made.with_source(error.without_url())
}
