//! Sends a request once and reads the answer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use huaweicloud_auth::{Credentials, CredentialsProvider, Identity};
use reqwest::{Request, Response};
use tracing::{Instrument, Span, field};

use crate::answer::{Answer, request_id};
use crate::constants::AUTH_TOKEN_HEADER;
use crate::error::{Draft, Error, ErrorKind, Outcome};
use crate::hint;
use crate::preview::{MASK, Preview};
use crate::provided::{authorize, credentials};

/// The most bytes of an answer that are read. The service answers with a few hundred.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// How the client names itself.
pub(crate) const AGENT: &str = concat!("huaweicloud-hss/", env!("CARGO_PKG_VERSION"));

/// What every request of a client shares. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    /// `None` in a client for previews alone.
    provider: Option<Arc<dyn CredentialsProvider>>,
    /// The path of the endpoint, before the service's own.
    base_path: Arc<str>,
    /// What the client calls itself.
    agent: HeaderValue,
    /// Whether requests end as a [`Preview`] instead of being sent.
    previews: bool,
}

/// What came of a request.
pub(crate) enum Done {
    Answered(Response),
    Previewed(Preview),
}

impl Transport {
    pub(crate) fn new(provider: Option<Arc<dyn CredentialsProvider>>, base_path: &str, agent: HeaderValue) -> Self {
        Self {
            provider,
            base_path: base_path.into(),
            agent,
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
        complete(&mut request, &self.agent);
        if self.previews {
            mask_token(&mut request);
            return Ok(Done::Previewed(Preview::of(&request)));
        }
        self.send(client, request, operation).await.map(Done::Answered)
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        request: Request,
        operation: &'static str,
    ) -> Result<Response, Error> {
        let Some(provider) = &self.provider else {
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
        let result = self
            .attempts(client, request, &**provider)
            .instrument(span.clone())
            .await;
        let result = result.map_err(Draft::finish);
        if !span.is_disabled() {
            record(&span, &result);
        }
        result
    }

    /// Sends the request, and once more where the gateway refuses a token that can be renewed. A refusal of a signature is
    /// final: more than five in a row lock the key.
    async fn attempts(
        &self,
        client: &reqwest::Client,
        request: Request,
        provider: &dyn CredentialsProvider,
    ) -> Result<Response, Draft> {
        let first = credentials(provider).await?;
        let again = matches!(first.identity(), Identity::Token(_))
            .then(|| request.try_clone())
            .flatten();
        let refused = match self.attempt(client, request, &first).await {
            Ok(response) => return Ok(response),
            Err(draft) => draft.attempts(1),
        };
        let Some(request) = again.filter(|_| refused.asks_for_renewal()) else {
            return Err(refused);
        };
        provider.invalidate(&first);
        let second = credentials(provider).await?;
        if second.same_identity(&first) {
            return Err(refused);
        }
        self.attempt(client, request, &second)
            .await
            .map_err(|draft| draft.attempts(2))
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        mut request: Request,
        credentials: &Credentials,
    ) -> Result<Response, Draft> {
        let signed = authorize(&mut request, credentials, &self.base_path)?;
        let hinted = |error: Draft, headers: &HeaderMap| {
            let hint = hint::of(&error, headers, credentials, signed.as_ref());
            error.hint(hint)
        };
        let mut response = client.execute(request).await.map_err(not_answered)?;
        let read = read(&mut response).await;
        let answer = read.map_err(|error| hinted(error, &HeaderMap::new()))?;
        if answer.is_success() {
            return Ok(put_back(response, answer));
        }
        Err(hinted(answer.error(|text| credentials.mask(text)), &answer.headers))
    }
}

/// Gives the request what generated code does not know, all of it here, so that a preview has it too.
fn complete(request: &mut Request, agent: &HeaderValue) {
    let headers = request.headers_mut();
    // progenitor sends its document's version; the service knows no such header.
    headers.remove("api-version");
    headers.insert(USER_AGENT, agent.clone());
    // Forms write a space as a plus, and not everyone who reads a query knows; a plus of its own is %2B by now.
    if let Some(query) = request.url().query().map(|query| query.replace('+', "%20")) {
        request.url_mut().set_query(Some(&query));
    }
}

/// A preview needs no credentials; it shows where a token would stand.
fn mask_token(request: &mut Request) {
    let mut mask = HeaderValue::from_static(MASK);
    mask.set_sensitive(true);
    if let Ok(name) = HeaderName::try_from(AUTH_TOKEN_HEADER) {
        request.headers_mut().insert(name, mask);
    }
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
        .hint(Some(hint::LOOK_FIRST))
    };
    draft.source(error)
}

fn timed_out() -> Draft {
    Draft::new(ErrorKind::Timeout, Outcome::Unknown, "no answer in time").hint(Some(hint::LOOK_FIRST))
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
