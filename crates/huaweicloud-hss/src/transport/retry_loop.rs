//! All attempts of one call.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::HeaderValue;
use http::header::CONNECTION;
use huaweicloud_auth::{Credentials, CredentialsProvider, Identity};
use reqwest::{Request, Response};

use super::attempt::{Endpoint, attempt};
use super::attempts::set_attempts;
use super::authorize::{authorize, resolve_credentials};
use super::context::CallContext;
use super::retry_policy::RetryDecision;
use crate::error::{ErrorBuilder, Outcome};

/// A call, and what its attempts have come to so far.
pub(crate) struct RetryLoop<'a> {
    client: &'a reqwest::Client,
    provider: &'a dyn CredentialsProvider,
    endpoint: &'a Endpoint,
    context: CallContext,
    /// The request without credentials, which each attempt copies.
    request: Request,
    /// The number of requests that were sent, or begun to be sent.
    attempts: u32,
    /// The least certain outcome of an attempt.
    outcome: Outcome,
    may_renew: bool,
    /// Whether the operation only reads.
    reads: bool,
}

impl<'a> RetryLoop<'a> {
    pub(crate) fn new(
        client: &'a reqwest::Client,
        provider: &'a dyn CredentialsProvider,
        endpoint: &'a Endpoint,
        context: CallContext,
        request: Request,
        reads: bool,
    ) -> Self {
        Self {
            client,
            provider,
            endpoint,
            context,
            request,
            attempts: 0,
            outcome: Outcome::NotSent,
            may_renew: true,
            reads,
        }
    }

    /// Makes attempts until one succeeds, or another one is pointless, unsafe or too late.
    pub(crate) async fn run(mut self) -> Result<Response, ErrorBuilder> {
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.attempt_with_renewal().await {
                Ok(mut response) => {
                    set_attempts(response.headers_mut(), self.attempts);
                    return Ok(response);
                }
                Err(error) => error,
            };
            let remaining = self.context.deadline.remaining();
            match self.context.retry_policy.decide(tries, &error, remaining) {
                RetryDecision::After(wait) => {
                    let kind = error.kind().as_str();
                    tracing::info!(attempts = self.attempts, kind, ?wait, "retrying the call");
                    tokio::time::sleep(wait).await;
                }
                RetryDecision::TooLate(wait) => return Err(self.final_error(error.with_hint(too_late(wait)))),
                RetryDecision::GiveUp => return Err(self.final_error(error)),
            }
        }
    }

    /// One attempt; two where the gateway refuses a token that can be renewed. A refused signature is final: more than
    /// five in a row lock the key.
    async fn attempt_with_renewal(&mut self) -> Result<Response, ErrorBuilder> {
        let first = self.credentials().await?;
        let refused = match self.attempt(&first).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let is_token = matches!(first.identity(), Identity::Token(_));
        if !(is_token && refused.renews_token() && std::mem::take(&mut self.may_renew)) {
            return Err(refused);
        }
        self.provider.invalidate(&first);
        let second = self.credentials().await?;
        if second.same_identity(&first) {
            return Err(refused);
        }
        self.attempt(&second).await
    }

    async fn credentials(&self) -> Result<Credentials, ErrorBuilder> {
        resolve_credentials(self.provider, self.context.deadline).await
    }

    async fn attempt(&mut self, credentials: &Credentials) -> Result<Response, ErrorBuilder> {
        let Some(mut request) = self.request.try_clone() else {
            return Err(ErrorBuilder::internal("the request could not be copied"));
        };
        let remaining = self.context.deadline.remaining();
        // A read that stalls leaves time for another one.
        let halves = self.reads && self.context.retry_policy.repeats();
        *request.timeout_mut() = Some(if halves { remaining / 2 } else { remaining });
        let signed = authorize(&mut request, credentials, &self.endpoint.base_path)?;
        if self.context.closes_connection {
            let close = HeaderValue::from_static("close");
            request.headers_mut().insert(CONNECTION, close);
        }
        self.attempts += 1;
        self.context.attempts.store(self.attempts, Ordering::Relaxed);
        let sent = attempt(
            self.client,
            request,
            credentials,
            signed.as_ref(),
            self.endpoint,
            self.reads,
        );
        let result = match sent.await {
            Err(error) if self.reads => Err(error.of_read()),
            result => result,
        };
        if let Err(error) = &result {
            self.outcome = self.outcome.max(error.outcome());
        }
        result
    }

    /// The error of the last attempt as the error of the call. An outcome that one attempt left unknown stays unknown.
    fn final_error(&self, error: ErrorBuilder) -> ErrorBuilder {
        let error = error.with_attempts(self.attempts);
        if self.outcome == error.outcome() {
            return error;
        }
        let error = error.with_outcome(self.outcome);
        if self.outcome == Outcome::Unknown {
            return error
                .with_hint("look at the task before repeating: the service may have acted on an earlier attempt");
        }
        error
    }
}

fn too_late(wait: Duration) -> String {
    let wait = match wait.as_secs() {
        0 => format!("{} ms", wait.as_millis()),
        1 => "1 second".to_owned(),
        86_401.. => "more than a day".to_owned(),
        seconds => format!("{seconds} seconds"),
    };
    format!("retry after {wait}, or raise the time limit of the call, which is too short for that wait")
}
