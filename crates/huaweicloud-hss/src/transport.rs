//! Sends a request once and reads the answer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header::{HeaderName, USER_AGENT};
use reqwest::{Request, Response};
use tracing::{Instrument, Span, field};

use crate::answer::{Answer, request_id};
use crate::constants::AUTH_TOKEN_HEADER;
use crate::error::{Draft, Error, ErrorKind, Outcome};
use crate::preview::{MASK, Preview};
use crate::token::Token;

/// The most bytes of an answer that are read. The service answers with a few hundred.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// How the client names itself.
pub(crate) const AGENT: &str = concat!("huaweicloud-hss/", env!("CARGO_PKG_VERSION"));

/// What every request of a client shares. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    /// `None` in a client for previews alone.
    token: Option<Arc<Token>>,
    /// Whether requests end as a [`Preview`] instead of being sent.
    previews: bool,
}

/// What came of a request.
pub(crate) enum Done {
    Answered(Response),
    Previewed(Preview),
}

impl Transport {
    pub(crate) fn new(token: Option<Token>) -> Self {
        Self {
            token: token.map(Arc::new),
            previews: false,
        }
    }

    /// The same without sending.
    pub(crate) fn previewing(&self) -> Self {
        Self {
            previews: true,
            ..self.clone()
        }
    }

    /// Sends the request, or shows it; gives a clean `200`, the preview, or the error that came of it.
    pub(crate) async fn run(
        &self,
        client: &reqwest::Client,
        mut request: Request,
        operation: &'static str,
    ) -> Result<Done, Error> {
        self.complete(&mut request)?;
        if self.previews {
            return Ok(Done::Previewed(Preview::of(&request)));
        }
        self.send(client, request, operation).await.map(Done::Answered)
    }

    /// Gives the request what generated code does not know, all of it here, so that a preview has it too.
    fn complete(&self, request: &mut Request) -> Result<(), Error> {
        let token = match &self.token {
            Some(token) => token.header(),
            None => {
                let mut mask = HeaderValue::from_static(MASK);
                mask.set_sensitive(true);
                mask
            }
        };
        let name = HeaderName::try_from(AUTH_TOKEN_HEADER)
            .map_err(|error| Draft::new(ErrorKind::Internal, Outcome::NotSent, error.to_string()).finish())?;
        let headers = request.headers_mut();
        // progenitor sends its document's version; the service knows no such header.
        headers.remove("api-version");
        headers.insert(name, token);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        // Forms write a space as a plus, and not everyone who reads a query knows; a plus of its own is %2B by now.
        if let Some(query) = request.url().query().map(|query| query.replace('+', "%20")) {
            request.url_mut().set_query(Some(&query));
        }
        Ok(())
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        request: Request,
        operation: &'static str,
    ) -> Result<Response, Error> {
        let Some(token) = &self.token else {
            return Err(Error::invalid("client", "made for previews alone, so nothing is sent"));
        };
        let span = tracing::info_span!(
            "hss_request",
            operation,
            host = request.url().host_str(),
            status = field::Empty,
            request_id = field::Empty,
            outcome = field::Empty,
        );
        let result = attempt(client, request, token).instrument(span.clone()).await;
        let result = result.map_err(|draft| draft.attempts(1).finish());
        if !span.is_disabled() {
            record(&span, &result);
        }
        result
    }
}

async fn attempt(client: &reqwest::Client, request: Request, token: &Token) -> Result<Response, Draft> {
    let mut response = client.execute(request).await.map_err(not_answered)?;
    let answer = read(&mut response).await?;
    if answer.is_success() {
        return Ok(put_back(response, answer));
    }
    Err(answer.error(|text| token.mask(text)))
}

/// The response as it was before it was read.
fn put_back(mut response: Response, answer: Answer) -> Response {
    if answer.body.is_empty() {
        *response.headers_mut() = answer.headers;
        return response;
    }
    let mut whole = http::Response::new(answer.body);
    *whole.status_mut() = answer.status;
    *whole.headers_mut() = answer.headers;
    whole.into()
}

/// Takes the headers out of a response and reads its body, up to the limit.
async fn read(response: &mut Response) -> Result<Answer, Draft> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = BytesMut::new();
    let fault = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_LIMIT => body.extend_from_slice(&chunk),
            Ok(Some(_)) => break Draft::new(ErrorKind::Protocol, Outcome::Unknown, "the answer is larger than 1 MiB"),
            Ok(None) => {
                return Ok(Answer {
                    status,
                    headers,
                    body: body.freeze(),
                });
            }
            Err(error) if error.is_timeout() => break timed_out().source(error),
            Err(error) => {
                break Draft::new(ErrorKind::Protocol, Outcome::Unknown, "the answer broke off").source(error);
            }
        }
    };
    // A refusal is one by its status alone, however the rest went.
    let told = Answer {
        status,
        headers,
        body: Bytes::new(),
    };
    let refused = status.is_client_error().then(|| told.error(str::to_owned));
    Err(refused.unwrap_or_else(|| fault.status(status.as_u16()).request_id(request_id(&told.headers))))
}

/// The error of a request that no answer came to.
fn not_answered(error: reqwest::Error) -> Draft {
    // The URL stands in the message of reqwest's error, and an endpoint of one's own may be no one else's business.
    let error = error.without_url();
    let draft = if error.is_connect() {
        Draft::new(ErrorKind::Connect, Outcome::NotSent, "no connection to the service")
            .hint(Some("check the endpoint, the network, any proxy and the certificate"))
    } else if error.is_timeout() {
        timed_out()
    } else if error.is_builder() {
        Draft::new(ErrorKind::Internal, Outcome::NotSent, "the request could not be built")
    } else {
        Draft::new(
            ErrorKind::Connect,
            Outcome::Unknown,
            "the connection broke before an answer came",
        )
        .hint(Some("look at the task before repeating: the service may have acted"))
    };
    draft.source(error)
}

fn timed_out() -> Draft {
    Draft::new(ErrorKind::Timeout, Outcome::Unknown, "no answer in time")
        .hint(Some("look at the task before repeating: the service may have acted"))
}

fn record(span: &Span, result: &Result<Response, Error>) {
    match result {
        Ok(response) => {
            span.record("status", response.status().as_u16());
            span.record("request_id", request_id(response.headers()));
            span.record("outcome", "accepted");
        }
        Err(error) => {
            span.record("status", error.status());
            span.record("request_id", error.request_id());
            span.record("outcome", error.outcome().as_str());
        }
    }
}
