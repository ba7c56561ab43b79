//! One request and its response.

use bytes::{Bytes, BytesMut};
use huaweicloud_auth::Credentials;
use huaweicloud_auth::service::is_not_http;
use reqwest::{Request, Response as HttpResponse};

use super::context::Deadline;
use super::response::Response;
use super::send_guard::SendGuard;
use crate::error::hint::{self, SignedRequest};
use crate::error::{ErrorBuilder, ErrorKind, Outcome};

/// The maximum size of a response body. The service answers with a few hundred bytes.
const MAX_BODY: usize = 1024 * 1024;

/// The same for a read: a page can hold 200 servers, each with thousands of characters of reasons.
const MAX_BODY_OF_READ: usize = 16 * 1024 * 1024;

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The path of its URL, before the service's own.
    pub(crate) base_path: String,
    /// In words: host, port and any proxy.
    pub(crate) way: String,
}

/// How one request is sent.
pub(crate) struct Attempt<'a> {
    pub(crate) client: &'a reqwest::Client,
    pub(crate) credentials: &'a Credentials,
    pub(crate) signed: Option<&'a SignedRequest>,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) deadline: Deadline,
    /// Whether the operation only reads: its responses can be large.
    pub(crate) reads: bool,
}

impl Attempt<'_> {
    /// Sends the request and reads the response. Gives a success, rebuilt with its body.
    pub(crate) async fn send(&self, mut request: Request) -> Result<HttpResponse, ErrorBuilder> {
        let guard = SendGuard::of(&mut request);
        // A time limit in the request would be the same, and cost it some allocations.
        let sent = self.deadline.within(self.client.execute(request)).await;
        let mut http = match sent {
            Some(Ok(http)) => http,
            Some(Err(error)) => return Err(no_response(error, guard.close(), &self.endpoint.way)),
            None if guard.close() => return Err(timed_out()),
            None => return Err(not_connected(&self.endpoint.way)),
        };
        let response = self.read(&mut http).await?;
        if !response.is_success() {
            return Err(response.error(self.credentials, self.signed));
        }
        Ok(rebuild(http, response))
    }

    /// Takes the headers out of a response and reads its body, up to the limit.
    async fn read(&self, http: &mut HttpResponse) -> Result<Response, ErrorBuilder> {
        let mut body = BytesMut::new();
        let max = if self.reads { MAX_BODY_OF_READ } else { MAX_BODY };
        let failure = loop {
            match self.deadline.within(http.chunk()).await {
                Some(Ok(Some(chunk))) if body.len() + chunk.len() <= max => body.extend_from_slice(&chunk),
                Some(Ok(Some(_))) => {
                    let message = format!("the response is larger than {} MiB", max / (1024 * 1024));
                    break protocol(&message).with_hint(hint::CHECK_ENDPOINT);
                }
                Some(Ok(None)) => return Ok(Response::new(http, body.freeze(), self.credentials)),
                Some(Err(error)) if error.is_timeout() => break timed_out().with_source(error.without_url()),
                Some(Err(error)) => {
                    let broken = protocol("the response broke off").with_hint(hint::LOOK_FIRST);
                    break broken.with_source(error.without_url());
                }
                None => break timed_out(),
            }
        };
        let response = Response::new(http, Bytes::new(), self.credentials);
        // The status alone makes it a refusal, even without its body.
        if response.status.is_client_error() {
            return Ok(response);
        }
        let failure = failure.with_status(response.status.as_u16());
        Err(failure.with_request_id(response.request_id()))
    }
}

/// The success as it was before its body was read.
fn rebuild(mut http: HttpResponse, response: Response) -> HttpResponse {
    if response.body.is_empty() {
        *http.headers_mut() = response.headers;
        return http;
    }
    let mut rebuilt = http::Response::new(response.body);
    *rebuilt.status_mut() = response.status;
    *rebuilt.headers_mut() = response.headers;
    rebuilt.into()
}

/// The error of a request without a response. `sent` says whether any of it left this machine.
fn no_response(error: reqwest::Error, sent: bool, way: &str) -> ErrorBuilder {
    // The message of reqwest's error holds the URL, which names the project and the task.
    let error = error.without_url();
    let builder = if error.is_builder() {
        ErrorBuilder::internal("the request could not be built")
    } else if !sent {
        not_connected(way)
    } else if error.is_timeout() {
        timed_out()
    } else if is_not_http(&error) {
        protocol("the response is not valid HTTP").with_hint(hint::CHECK_ENDPOINT)
    } else {
        let message = "the connection broke before a response came";
        ErrorBuilder::new(ErrorKind::Connect, Outcome::Unknown, message).with_hint(hint::LOOK_FIRST)
    };
    let builder = builder.with_source(error);
    if !sent && builder.is_tls_failure() {
        return builder.with_hint(
            "the certificate was refused, or the peer does not speak TLS: check the endpoint and any proxy, or add your \
             company's certificate authority",
        );
    }
    builder
}

fn not_connected(way: &str) -> ErrorBuilder {
    let message = format!("no connection to the service at {way}");
    ErrorBuilder::new(ErrorKind::Connect, Outcome::NotSent, message)
        .with_hint("check the endpoint, the network and any proxy on the way")
}

fn protocol(message: &str) -> ErrorBuilder {
    ErrorBuilder::new(ErrorKind::Protocol, Outcome::Unknown, message)
}

fn timed_out() -> ErrorBuilder {
    let message = "timed out waiting for a response";
    ErrorBuilder::new(ErrorKind::Timeout, Outcome::Unknown, message).with_hint(hint::LOOK_FIRST)
}
