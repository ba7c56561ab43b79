//! All attempts of one call.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONNECTION;
use http_body::Body as _;
use huaweicloud_auth::{Credentials, CredentialsProvider, Identity};
use reqwest::{Request, Response};

use super::attempt::{Attempt, Endpoint};
use super::attempts::set_attempts;
use super::authorize::{authorize, resolve_credentials};
use super::context::{CallContext, Deadline};
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
        let copy = copy(&mut self.request)?;
        // The copy is kept: it has no room for more headers.
        let mut request = std::mem::replace(&mut self.request, copy);
        // A read that stalls leaves time for another one.
        let deadline = match self.context.deadline {
            deadline if self.reads && self.context.retry_policy.repeats() => Deadline::after(deadline.remaining() / 2),
            deadline => deadline,
        };
        let signed = authorize(&mut request, credentials, &self.endpoint.base_path)?;
        if self.context.closes_connection {
            let close = HeaderValue::from_static("close");
            request.headers_mut().insert(CONNECTION, close);
        }
        self.attempts += 1;
        if let Some(counter) = &self.context.attempts {
            counter.store(self.attempts, Ordering::Relaxed);
        }
        let attempt = Attempt {
            client: self.client,
            credentials,
            signed: signed.as_ref(),
            endpoint: self.endpoint,
            deadline,
            reads: self.reads,
        };
        let result = match attempt.send(request).await {
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

/// A copy that shares the body. reqwest's own allocates for settings that no request here has.
fn copy(request: &mut Request) -> Result<Request, ErrorBuilder> {
    let mut copy = Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    if let Some(mut body) = request.body_mut().take() {
        let mut context = Context::from_waker(Waker::noop());
        let bytes = match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
            Poll::Ready(None) => Some(Bytes::new()),
            _ => None,
        };
        // A stream is not there at once, or not as a whole.
        let bytes = bytes.filter(|_| body.is_end_stream());
        let bytes = bytes.ok_or_else(|| ErrorBuilder::internal("the request could not be copied"))?;
        *request.body_mut() = Some(bytes.clone().into());
        *copy.body_mut() = Some(bytes.into());
    }
    Ok(copy)
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

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn request(body: impl Into<reqwest::Body>) -> Request {
        let mut request = Request::new(Method::PUT, "http://127.0.0.1/a?b=c".parse().unwrap());
        request.headers_mut().insert("x-a", HeaderValue::from_static("1"));
        *request.body_mut() = Some(body.into());
        request
    }

    #[test]
    fn copy_is_the_same_request_and_shares_its_body() {
        for body in ["body", ""] {
            let mut original = request(body.to_owned());
            let copy = copy(&mut original).unwrap();
            let parts = |request: &Request| format!("{} {} {:?}", request.method(), request.url(), request.headers());
            assert_eq!(parts(&copy), parts(&original));
            let bytes = |request: &Request| request.body().unwrap().as_bytes().unwrap().as_ptr_range();
            assert_eq!(bytes(&copy), bytes(&original));
            assert_eq!(copy.body().unwrap().as_bytes(), Some(body.as_bytes()));
        }
    }

    /// What is left of it after the first attempt would be sent as if it were all.
    #[test]
    fn body_that_comes_in_pieces_is_not_copied() {
        struct Pieces(u8);
        impl http_body::Body for Pieces {
            type Data = Bytes;
            type Error = std::convert::Infallible;

            fn poll_frame(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
                self.0 += 1;
                Poll::Ready((self.0 < 3).then(|| Ok(http_body::Frame::data(Bytes::from_static(b"piece")))))
            }
        }
        assert!(copy(&mut request(reqwest::Body::wrap(Pieces(0)))).is_err());
    }
}
