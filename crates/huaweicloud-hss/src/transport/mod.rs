//! From generated code to a call, and back.

mod attempt;
pub(crate) mod authorize;
pub(crate) mod deadline;
pub(crate) mod hooks;
pub(crate) mod response;
mod retry_after;
mod retry_loop;
pub(crate) mod retry_policy;
mod send_guard;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::{HeaderName, USER_AGENT};
use huaweicloud_auth::CredentialsProvider;
use reqwest::{Request, Response};
use tracing::{Instrument, Span, field};

use crate::client::preview::{MASK, Preview};
use crate::constants::AUTH_TOKEN_HEADER;
use crate::error::{Error, ErrorBuilder};
use crate::transport::deadline::Deadline;
use crate::transport::response::request_id;
use crate::transport::retry_loop::{Call, Terms};
use crate::transport::retry_policy::RetryPolicy;

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
    /// How long a call may take, all tries together.
    timeout: Duration,
    policy: RetryPolicy,
    /// The end of a call that began before its request was made.
    deadline: Option<Deadline>,
    /// Whether requests end as a [`Preview`] instead of being sent.
    previews: bool,
}

/// What came of a request.
pub(crate) enum Done {
    Answered(Response),
    Previewed(Preview),
}

impl Transport {
    pub(crate) fn new(
        provider: Option<Arc<dyn CredentialsProvider>>,
        base_path: &str,
        agent: HeaderValue,
        timeout: Duration,
        policy: RetryPolicy,
    ) -> Self {
        Self {
            provider,
            base_path: base_path.into(),
            agent,
            timeout,
            policy,
            deadline: None,
            previews: false,
        }
    }

    /// The end of a call: of the one under way, or of one that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline.unwrap_or_else(|| Deadline::after(self.timeout))
    }

    /// The same for the calls that began now.
    pub(crate) fn begun(&self) -> Self {
        Self {
            deadline: Some(self.deadline()),
            ..self.clone()
        }
    }

    /// The same for the batches of a run.
    pub(crate) fn of_a_run(&self) -> Self {
        Self {
            policy: self.policy.of_a_run(),
            ..self.clone()
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
            attempts = field::Empty,
        );
        let terms = Terms {
            client,
            provider: &**provider,
            base_path: &self.base_path,
            policy: self.policy,
            deadline: self.deadline(),
        };
        let result = Call::new(request, terms).run().instrument(span.clone()).await;
        let result = result.map_err(ErrorBuilder::finish);
        if !span.is_disabled() {
            record(&span, &result);
        }
        result
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
            span.record("attempts", error.attempts());
        }
    }
}
