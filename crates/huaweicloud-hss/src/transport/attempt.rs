//! One request and its response.

use std::fmt::{self, Write as _};

use bytes::{Bytes, BytesMut};
use huaweicloud_auth::Credentials;
use huaweicloud_auth::service::{BaseUrl, is_not_http};
use reqwest::{Request, Response as HttpResponse, Url};

use super::context::Deadline;
use super::response::Response;
use super::send_guard::SendGuard;
use crate::error::hint::{self, SignedRequest};
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// The maximum size of a response body. The service answers with a few hundred bytes.
const MAX_BODY: usize = 1024 * 1024;

/// The same for a read: a page can hold 200 servers, each with thousands of characters of reasons.
const MAX_BODY_OF_READ: usize = 16 * 1024 * 1024;

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Its URL with a path that is as long as those of most calls: a copy has room for no more than its text.
    room: Url,
    /// The path of its URL without a slash at its end, before the service's own.
    pub(crate) base_path: String,
    /// In words: host, port and any proxy.
    pub(crate) way: String,
}

impl Endpoint {
    pub(crate) fn new(url: &BaseUrl, way: String) -> Result<Self, Error> {
        let base_path = url.path().to_owned();
        let mut room = Url::parse(url.as_str()).map_err(|reason| Error::invalid("endpoint", reason))?;
        // Ids have 32 or 36 characters.
        room.set_path(&format!("{base_path}/{}", "x".repeat(128)));
        Ok(Self { room, base_path, way })
    }

    /// The URL of a path of the service. To parse the whole would cost twice as much.
    pub(crate) fn url(&self, path: fmt::Arguments<'_>) -> Url {
        let mut url = self.room.clone();
        let mut whole = String::with_capacity(url.path().len());
        // Writing to a String cannot fail.
        let _ = write!(whole, "{}{path}", self.base_path);
        url.set_path(&whole);
        url
    }
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
            Some(Err(error)) => {
                // The guard cannot tell of a request without a body, and what reqwest says is enough for a read.
                let sent = guard.close() && !(self.reads && error.is_connect());
                return Err(no_response(error, sent, &self.endpoint.way));
            }
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
        // Waiting for the end of a body that is known to be empty would set a timer.
        if http.content_length() == Some(0) {
            return Ok(Response::new(http, Bytes::new(), self.credentials));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A request goes where the two texts one after the other would lead.
    #[test]
    fn url_is_the_endpoint_and_then_the_path() {
        for base in [
            "https://example.com",
            "https://example.com/gateway/hss/",
            "http://[::1]:8080/a%2Fb",
            "http://127.0.0.1:80",
        ] {
            let base = BaseUrl::parse(base).unwrap();
            let endpoint = Endpoint::new(&base, String::new()).unwrap();
            let long = format!("/v5/{}/tasks", "p".repeat(300));
            for path in ["/v5/p/tasks/a%2F%2E%2E%5C%3F%23%25/retry", "/v5/-._~", &long] {
                let whole = Url::parse(&format!("{}{path}", base.as_str())).unwrap();
                assert_eq!(endpoint.url(format_args!("{path}")), whole);
            }
        }
    }
}
