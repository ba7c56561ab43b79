//! From a request of the generated code to its response.

pub(crate) mod attempt;
mod attempts;
pub(crate) mod authorize;
pub(crate) mod context;
pub(crate) mod custom_headers;
pub(crate) mod hooks;
mod response;
mod retry_after;
mod retry_loop;
pub(crate) mod retry_policy;
mod send_guard;
mod span;
#[cfg(feature = "tasks")]
pub(crate) mod task_hooks;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::USER_AGENT;
use huaweicloud_auth::{CredentialsProvider, X_AUTH_TOKEN};
use reqwest::{Request, Response, Url};
use tracing::Instrument;

use self::attempt::Endpoint;
use self::context::{CallContext, Deadline, Mode};
use self::custom_headers::CustomHeaders;
use self::retry_loop::RetryLoop;
use self::retry_policy::RetryPolicy;
use self::span::CallSpan;
use crate::error::{Error, ErrorBuilder};
use crate::generated::constants;
use crate::preview::{MASK, Preview};

/// What a client's requests share, and the context of a call where one has begun. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    shared: Arc<Shared>,
    /// `None` where each request is a call of its own.
    context: Option<Arc<CallContext>>,
}

/// What every request of a client shares.
#[derive(Debug)]
pub(crate) struct Shared {
    /// `None` in a client that only makes previews.
    pub(crate) provider: Option<Arc<dyn CredentialsProvider>>,
    pub(crate) endpoint: Endpoint,
    pub(crate) user_agent: HeaderValue,
    /// The time limit of a call.
    pub(crate) timeout: Duration,
    pub(crate) retry_policy: RetryPolicy,
    /// Sent with every request.
    pub(crate) headers: CustomHeaders,
}

/// What a request came to.
pub(crate) enum Output {
    Response(Response),
    Preview(Preview),
}

impl Transport {
    pub(crate) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            context: None,
        }
    }

    /// The context of the call under way, or of one that begins now with the client's own settings.
    pub(crate) fn context(&self) -> CallContext {
        self.context.as_deref().cloned().unwrap_or_else(|| CallContext {
            deadline: Deadline::after(self.shared.timeout),
            retry_policy: self.shared.retry_policy,
            headers: self.shared.headers.clone(),
            mode: Mode::Send,
            closes_connection: false,
            attempts: None,
        })
    }

    /// The same transport for the requests of one call.
    pub(crate) fn with_context(&self, context: CallContext) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            context: Some(Arc::new(context)),
        }
    }

    /// The URL of a path of the service.
    pub(crate) fn url(&self, path: fmt::Arguments<'_>) -> Url {
        self.shared.endpoint.url(path)
    }

    /// Sends the request, or shows it. Gives a success, the preview, or the error of the call.
    pub(crate) async fn run(
        &self,
        client: &reqwest::Client,
        mut request: Request,
        operation: &'static str,
    ) -> Result<Output, Error> {
        let context = self.context();
        self.complete(&mut request, &context.headers);
        match context.mode {
            Mode::Preview => {
                mask_token(&mut request);
                Ok(Output::Preview(Preview::of(&request)))
            }
            Mode::Send => self
                .send(client, request, operation, context)
                .await
                .map(Output::Response),
        }
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        request: Request,
        operation: &'static str,
        context: CallContext,
    ) -> Result<Response, Error> {
        let Some(provider) = &self.shared.provider else {
            return Err(Error::preview_only());
        };
        let span = CallSpan::new(operation, &self.shared.endpoint.base_path, &request);
        let call = RetryLoop::new(
            client,
            &**provider,
            &self.shared.endpoint,
            context,
            request,
            is_read(operation),
        );
        // Pinned, because it is thousands of bytes long, which the span would move.
        let run = pin!(call.run());
        let result = run.instrument(span.span().clone()).await;
        let result = result.map_err(ErrorBuilder::build);
        span.end(&result);
        result
    }

    /// Adds everything that the generated code omits, in one place so that previews match.
    fn complete(&self, request: &mut Request, custom: &CustomHeaders) {
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.shared.user_agent.clone());
        custom.apply(headers);
        // The generated code writes a space as a plus, which not every reader decodes; a plus of the value's own is %2B
        // by now.
        if let Some(query) = request.url().query().map(|query| query.replace('+', "%20")) {
            request.url_mut().set_query(Some(&query));
        }
    }
}

/// Whether an operation only reads, by the documents.
fn is_read(operation: &str) -> bool {
    let lists = [
        constants::READ_ONLY_OPERATIONS,
        #[cfg(feature = "tasks")]
        crate::generated::tasks::constants::READ_ONLY_OPERATIONS,
    ];
    lists.iter().any(|list| list.contains(&operation))
}

/// A preview needs no credentials; it shows where a token would be.
fn mask_token(request: &mut Request) {
    let mut mask = HeaderValue::from_static(MASK);
    mask.set_sensitive(true);
    request.headers_mut().insert(X_AUTH_TOKEN, mask);
}
