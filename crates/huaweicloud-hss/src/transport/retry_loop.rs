//! All tries of one call.

use std::time::Duration;

use http::HeaderMap;
use huaweicloud_auth::{Credentials, CredentialsProvider, Identity};
use reqwest::{Request, Response};

use crate::error::hint;
use crate::error::{ErrorBuilder, ErrorKind, Outcome};
use crate::transport::attempt::exchange;
use crate::transport::authorize::{authorize, credentials};
use crate::transport::deadline::Deadline;
use crate::transport::response::Answer;
use crate::transport::retry_policy::{Next, RetryPolicy};

/// How a call is made.
pub(crate) struct Terms<'a> {
    pub(crate) client: &'a reqwest::Client,
    pub(crate) provider: &'a dyn CredentialsProvider,
    /// The path of the endpoint, before the service's own.
    pub(crate) base_path: &'a str,
    pub(crate) policy: RetryPolicy,
    pub(crate) deadline: Deadline,
}

/// A call, and what has come of it so far.
pub(crate) struct Call<'a> {
    terms: Terms<'a>,
    /// What every try is a copy of, without credentials.
    request: Request,
    /// How many times it was sent, or begun to be sent.
    attempts: u32,
    /// The most doubt that a try has left.
    outcome: Outcome,
    may_renew: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new(request: Request, terms: Terms<'a>) -> Self {
        Self {
            terms,
            request,
            attempts: 0,
            outcome: Outcome::NotSent,
            may_renew: true,
        }
    }

    /// Tries until a try succeeds or another is of no use, not safe or too late.
    pub(crate) async fn run(mut self) -> Result<Response, ErrorBuilder> {
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.attempt_with_renewal().await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match self.terms.policy.next(tries, &error, self.terms.deadline.left()) {
                Next::After(wait) => {
                    let kind = error.kind().as_str();
                    tracing::info!(attempts = self.attempts, kind, ?wait, "the call will be sent again");
                    tokio::time::sleep(wait).await;
                }
                Next::TooLate(wait) => return Err(self.summed_up(error.hint(Some(too_late(wait))))),
                Next::GiveUp => return Err(self.summed_up(error)),
            }
        }
    }

    /// One try; two where the gateway refuses a token that can be renewed. A refusal of a signature is final: more than five
    /// in a row lock the key.
    async fn attempt_with_renewal(&mut self) -> Result<Response, ErrorBuilder> {
        let first = self.credentials().await?;
        let refused = match self.attempt(&first).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let is_token = matches!(first.identity(), Identity::Token(_));
        if !(is_token && refused.asks_for_renewal() && std::mem::take(&mut self.may_renew)) {
            return Err(refused);
        }
        self.terms.provider.invalidate(&first);
        let second = self.credentials().await?;
        if second.same_identity(&first) {
            return Err(refused);
        }
        self.attempt(&second).await
    }

    async fn credentials(&self) -> Result<Credentials, ErrorBuilder> {
        let asked = self.terms.deadline.within(credentials(self.terms.provider)).await;
        asked.unwrap_or_else(|| Err(no_credentials_in_time()))
    }

    async fn attempt(&mut self, credentials: &Credentials) -> Result<Response, ErrorBuilder> {
        let Some(mut request) = self.request.try_clone() else {
            let message = "the request could not be copied";
            return Err(ErrorBuilder::new(ErrorKind::Internal, Outcome::NotSent, message));
        };
        *request.timeout_mut() = Some(self.terms.deadline.left());
        let signed = authorize(&mut request, credentials, self.terms.base_path)?;
        self.attempts += 1;
        let (error, headers) = match exchange(self.terms.client, request).await {
            Ok((response, answer)) if answer.is_success() => return Ok(rebuild_response(response, answer)),
            Ok((_, answer)) => (answer.error(|text| credentials.mask(text)), answer.headers),
            Err(error) => (error, HeaderMap::new()),
        };
        let error = match error.has_hint() {
            true => error,
            false => {
                let hint = hint::of(&error, &headers, credentials, signed.as_ref());
                error.hint(hint)
            }
        };
        self.outcome = self.outcome.max(error.outcome());
        Err(error)
    }

    /// The error of the last try as the error of the call. What one try left in doubt no later one can settle.
    fn summed_up(&self, error: ErrorBuilder) -> ErrorBuilder {
        let error = error.attempts(self.attempts);
        if self.outcome == error.outcome() {
            return error;
        }
        let error = error.outcome_of_all(self.outcome);
        match self.outcome {
            Outcome::Unknown => error.hint(Some(
                "look at the task before repeating: the service may have acted on an earlier try",
            )),
            _ => error,
        }
    }
}

fn too_late(wait: Duration) -> String {
    let wait = match wait.as_secs() {
        0 => format!("{} ms", wait.as_millis()),
        1 => "1 second".to_owned(),
        86_401.. => "more than a day".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("call again after {wait}, or allow the call more time: the wait did not fit into its time-out")
}

pub(crate) fn no_credentials_in_time() -> ErrorBuilder {
    ErrorBuilder::new(ErrorKind::Timeout, Outcome::NotSent, "no credentials in time")
        .hint(Some("IAM did not answer in time; nothing was sent to the service"))
}

/// The response as it was before it was read.
fn rebuild_response(mut response: Response, answer: Answer) -> Response {
    if answer.body.is_empty() {
        *response.headers_mut() = answer.headers;
        return response;
    }
    let mut whole = http::Response::new(answer.body);
    *whole.status_mut() = answer.status;
    *whole.headers_mut() = answer.headers;
    whole.into()
}
