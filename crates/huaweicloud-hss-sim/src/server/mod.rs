//! From a request on the wire to an answer, in the order in which a gateway and a service look at it.

mod control;
mod route;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt;
use huaweicloud_auth::RequestView;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::document::Document;
use crate::document::check::{self, Values};
use crate::error::FaultError;
use crate::faults::{self, Action, Faults, ValidFault, is_sign_in};
use crate::http::answer::{Answer, new_request_id};
use crate::http::connection::ConnectionControl;
use crate::http::encoding;
use crate::iam::authenticator::Authenticator;
use crate::iam::metadata::{Metadata, MetadataRoute};
use crate::iam::{self, IamRequest, IamRoute};
use crate::lock::lock;
use crate::request_log::mask;
use crate::request_log::{RecordedRequest, RequestLog};
use crate::server::route::{Found, Route};
use crate::service::quota::RateLimiter;
use crate::service::refusal::Refusal;
use crate::service::state;
use crate::service::tasks::{ClusterScanTask, VulnerabilityScanTask};

/// The largest body that the gateway takes, 12 MB.
const BODY_LIMIT: usize = 12 * 1024 * 1024;

/// Of a body that is too large, this much is read and dropped, so that a client still sending gets to read why it was
/// refused; a connection closed under it would lose the answer.
const DRAIN_LIMIT: usize = 8 * BODY_LIMIT;

/// Path parameter that must name the token's project.
pub(crate) const PROJECT_PARAMETER: &str = "project_id";

/// Header that names the project once more, where a client signs.
const PROJECT_HEADER: HeaderName = huaweicloud_auth::X_PROJECT_ID;

/// Path parameter that names the task.
const TASK_PARAMETER: &str = "task_id";

/// Everything that requests share.
pub(crate) struct App {
    pub(crate) document: Document,
    /// Headers that hold tokens, by the document.
    pub(crate) token_headers: Vec<HeaderName>,
    pub(crate) account: iam::Account,
    pub(crate) authenticator: Authenticator,
    pub(crate) metadata: Metadata,
    pub(crate) clock: Clock,
    pub(crate) state: Mutex<state::State>,
    pub(crate) rate_limiter: Mutex<RateLimiter>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) request_log: Mutex<RequestLog>,
    /// Becomes true when the simulator stops, which ends delays and stalls.
    pub(crate) stopped: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.request_log).requests()
    }

    pub(crate) fn inject(&self, fault: ValidFault) -> Result<(), FaultError> {
        let known = |operation: &str| {
            is_sign_in(operation) || self.document.operations.iter().any(|known| known.id == operation)
        };
        // A fault that meets no request would let a test pass for the wrong reason.
        if let Some(operation) = fault.operation().filter(|operation| !known(operation)) {
            return Err(FaultError::new(format!("there is no operation {operation:?}")));
        }
        lock(&self.faults).push(fault)
    }

    pub(crate) fn vulnerability_scan_task(&self, id: &str) -> Option<VulnerabilityScanTask> {
        lock(&self.state).vulnerability_scan_task(id, Instant::now())
    }

    pub(crate) fn cluster_scan_task(&self, id: &str) -> Option<ClusterScanTask> {
        lock(&self.state).cluster_scan_task(id, Instant::now())
    }

    /// What the cloud answers, and what was asked of it.
    fn cloud(&self, parts: &Parts, body: &Received, request_id: &str) -> Outcome {
        let target = Target::find(&self.document, parts);
        let operation = target.operation().map(str::to_owned);
        let fault = lock(&self.faults).take(operation.as_deref());
        let delay = fault.as_ref().map_or(Duration::ZERO, |fault| fault.delay);
        let action = fault.as_ref().and_then(|fault| fault.action);
        let stand_in = fault.and_then(|fault| fault.answer());
        let is_services = stand_in.is_none();
        let answer = stand_in.unwrap_or_else(|| match target {
            Target::Iam(route) => {
                let request = IamRequest {
                    method: &parts.method,
                    uri: &parts.uri,
                    headers: &parts.headers,
                    body: body.bytes(),
                };
                iam::answer(
                    route,
                    &self.account,
                    &self.authenticator,
                    self.clock,
                    &request,
                    request_id,
                )
            }
            Target::Metadata(route) => self
                .metadata
                .answer(route, &parts.method, &parts.headers, &self.authenticator),
            Target::Service(route) => match self.service(parts, route, body) {
                Ok(()) => Answer::empty(StatusCode::OK),
                Err(refusal) => Answer::refusal(&refusal, request_id),
            },
        });
        Outcome {
            operation,
            acted: is_services && answer.status.is_success(),
            answer,
            delay,
            action,
        }
    }

    /// The gateway's checks, then the service's.
    fn service(&self, parts: &Parts, route: Route<'_>, body: &Received) -> Result<(), Refusal> {
        let Found { operation, values } = match route {
            Route::Found(found) => found,
            Route::OtherMethod(methods) => {
                return Err(Refusal::OtherMethod(methods.into_iter().cloned().collect()));
            }
            Route::Unknown => return Err(Refusal::UnknownApi),
        };
        let body = match body {
            Received::Whole(bytes) => bytes.as_slice(),
            Received::TooLarge => return Err(Refusal::BodyTooLarge),
            Received::Broken => return Err(Refusal::NotParsable("the body ended too early".to_owned())),
        };
        if let Some(security) = &operation.security {
            // The raw path and query, as they came: what was signed is what went over the wire.
            let (path, query) = (parts.uri.path(), parts.uri.query());
            let request = RequestView::received(&parts.method, path, query, &parts.headers, body);
            let caller = self.authenticator.admit(security, &request, &parts.headers)?;
            let own = &self.account.project.id;
            let mut named = parts.headers.get_all(PROJECT_HEADER).iter();
            if caller.project_id.is_some_and(|id| id != *own) || named.any(|id| id.as_bytes() != own.as_bytes()) {
                return Err(Refusal::OtherProject);
            }
        }
        // A value that cannot be decoded is no other project; the checks further down refuse it.
        if let Some(Some(project)) = values.get(PROJECT_PARAMETER)
            && *project != self.account.project.id
        {
            return Err(Refusal::OtherProject);
        }
        let now = Instant::now();
        if !lock(&self.rate_limiter).admit(&operation.id, now) {
            return Err(Refusal::Throttled);
        }
        let query = encoding::query(parts.uri.query().unwrap_or_default());
        let request = Values {
            path: &values,
            query: &query,
            headers: &parts.headers,
            body,
        };
        let body = check::request(&self.document, operation, &request)?;
        let task = values
            .get(TASK_PARAMETER)
            .and_then(Option::as_deref)
            .unwrap_or_default();
        lock(&self.state).apply(&operation.id, task, &body, now)
    }

    fn record(&self, parts: &Parts, body: &Received, outcome: &Outcome) {
        let operation = outcome.operation.as_deref();
        let is_service = operation.is_some_and(|operation| !faults::is_sign_in(operation));
        let body = match body.bytes() {
            [] => None,
            bytes if is_service => Some(String::from_utf8_lossy(bytes).into_owned()),
            // Also where the path is unknown: it may be IAM's with a slip of the pen.
            bytes => Some(mask::sign_in_body(bytes)),
        };
        let query = encoding::query(parts.uri.query().unwrap_or_default());
        lock(&self.request_log).push(RecordedRequest {
            seq: 0,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: query
                .into_iter()
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect(),
            headers: mask::headers(&parts.headers, &self.token_headers, |id| self.authenticator.knows(id)),
            body,
            operation: operation.map(str::to_owned),
            status: outcome.status(),
            error_code: outcome.answer.error_code.clone().filter(|_| outcome.status().is_some()),
            acted: outcome.acted,
        });
    }

    async fn wait(&self, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = self.stop() => {}
        }
    }

    /// Waits until the simulator stops.
    async fn stop(&self) {
        let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
    }
}

/// Whom a request is for.
enum Target<'d> {
    Iam(IamRoute),
    Metadata(MetadataRoute),
    Service(Route<'d>),
}

impl<'d> Target<'d> {
    fn find(document: &'d Document, parts: &Parts) -> Self {
        let path = parts.uri.path();
        let iam = IamRoute::find(path).map(Self::Iam);
        iam.or_else(|| MetadataRoute::find(path).map(Self::Metadata))
            .unwrap_or_else(|| Self::Service(route::find(document, &parts.method, path)))
    }

    /// The name in the request log.
    fn operation(&self) -> Option<&str> {
        match self {
            Self::Iam(route) => Some(route.operation()),
            Self::Metadata(route) => Some(route.operation()),
            Self::Service(Route::Found(found)) => Some(&found.operation.id),
            Self::Service(Route::OtherMethod(_) | Route::Unknown) => None,
        }
    }
}

struct Outcome {
    operation: Option<String>,
    answer: Answer,
    /// Whether the answer is the service's, and says that it was done.
    acted: bool,
    delay: Duration,
    action: Option<Action>,
}

impl Outcome {
    /// The status that is sent.
    fn status(&self) -> Option<u16> {
        match self.action {
            Some(Action::Reset | Action::Stall) => None,
            Some(Action::Truncate) | None => Some(self.answer.status.as_u16()),
        }
    }
}

/// Answers any request.
pub(crate) async fn handle(
    State(app): State<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<ConnectionControl>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = new_request_id();
    let body = receive(&parts, body).await;
    if control::owns(parts.uri.path()) {
        return control::answer(&app, &parts.method, parts.uri.path(), body.bytes())
            .into_response(&request_id, app.clock);
    }
    let outcome = app.cloud(&parts, &body, &request_id);
    app.record(&parts, &body, &outcome);
    // The path by `Debug`, which escapes; headers and bodies not at all, because they hold secrets.
    tracing::info!(
        method = %parts.method,
        path = ?parts.uri.path(),
        operation = outcome.operation.as_deref().unwrap_or("-"),
        status = outcome.status(),
        fault = outcome.action.map(Action::as_str),
        error_code = ?outcome.answer.error_code.as_deref().unwrap_or("-"),
        request_id = %request_id,
        "request"
    );
    // Only now: a client that gives up while it waits must find in the request log what it set off.
    app.wait(outcome.delay).await;
    match outcome.action {
        None => {}
        Some(Action::Truncate) => return outcome.answer.into_truncated(&request_id, app.clock),
        Some(Action::Reset) => connection.trip(),
        Some(Action::Stall) => {
            // The HTTP server drops this when the client goes.
            app.stop().await;
            connection.trip();
        }
    }
    outcome.answer.into_response(&request_id, app.clock)
}

/// A body, as far as it arrived.
enum Received {
    Whole(Vec<u8>),
    TooLarge,
    Broken,
}

impl Received {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::TooLarge | Self::Broken => &[],
        }
    }
}

async fn receive(parts: &Parts, body: Body) -> Received {
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > DRAIN_LIMIT) {
        return Received::TooLarge;
    }
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else { return Received::Broken };
        length = length.saturating_add(chunk.len());
        if length <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if length <= DRAIN_LIMIT {
            bytes = Vec::new();
        } else {
            return Received::TooLarge;
        }
    }
    if length > BODY_LIMIT {
        Received::TooLarge
    } else {
        Received::Whole(bytes)
    }
}
