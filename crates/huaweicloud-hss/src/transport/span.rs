//! The span of a call, by OpenTelemetry's conventions for HTTP clients.

use huaweicloud_auth::sanitize::Sanitizer;
use huaweicloud_auth::service::request_id;
use reqwest::{Request, Response};
use tracing::{Span, field};

use super::attempts::attempts;
use crate::error::Error;
use crate::generated::constants;

fn path_template(operation: &str) -> Option<&'static str> {
    let templates = constants::PATH_TEMPLATES.iter();
    #[cfg(feature = "tasks")]
    let templates = templates.chain(crate::generated::tasks::constants::PATH_TEMPLATES);
    let mut paths = templates.filter(|(id, _)| *id == operation).map(|(_, path)| *path);
    paths.next()
}

/// A span that says how the call ended, also where its future is dropped before that.
pub(crate) struct CallSpan {
    span: Span,
    has_ended: bool,
}

impl CallSpan {
    /// The span of a call to an endpoint whose URL has this path.
    pub(crate) fn new(operation: &'static str, base_path: &str, request: &Request) -> Self {
        let has_ended = false;
        // What nobody reads is not made.
        if !tracing::span_enabled!(tracing::Level::INFO) {
            let span = Span::none();
            return Self { span, has_ended };
        }
        let (method, url) = (request.method(), request.url());
        let template = format!("{base_path}{}", path_template(operation).unwrap_or_default());
        let span = tracing::info_span!(
            "hss_request",
            otel.kind = "client",
            otel.name = format!("{method} {template}"),
            otel.status_code = field::Empty,
            http.request.method = method.as_str(),
            http.response.status_code = field::Empty,
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            url.template = template,
            "error.type" = field::Empty,
            operation,
            request_id = field::Empty,
            outcome = field::Empty,
            attempts = field::Empty,
        );
        Self { span, has_ended }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn end(mut self, result: &Result<Response, Error>) {
        self.has_ended = true;
        let span = &self.span;
        if span.is_disabled() {
            return;
        }
        match result {
            Ok(response) => {
                span.record("http.response.status_code", response.status().as_u16());
                span.record("request_id", request_id(response.headers(), &Sanitizer::default()));
                span.record("outcome", "accepted");
                span.record("attempts", attempts(response.headers()));
            }
            Err(error) => {
                span.record("http.response.status_code", error.status());
                span.record("request_id", error.request_id());
                span.record("attempts", error.attempts());
                match error.status().filter(|status| *status >= 400) {
                    Some(status) => self.fail(&status.to_string(), error.outcome().as_str()),
                    None => self.fail(error.kind().as_str(), error.outcome().as_str()),
                }
            }
        }
    }

    fn fail(&self, error_type: &str, outcome: &str) {
        self.span.record("otel.status_code", "ERROR");
        self.span.record("error.type", error_type);
        self.span.record("outcome", outcome);
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if !self.has_ended {
            self.fail("dropped", "dropped");
        }
    }
}
