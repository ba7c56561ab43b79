//! What the cloud answers, in the order in which a gateway and a service look at a request.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use huaweicloud_auth::RequestView;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::body::ReceivedBody;
use super::route::{self, Found};
use crate::app::App;
use crate::document::Document;
use crate::document::check::{self, Values};
use crate::faults::Action;
use crate::http::answer::Answer;
use crate::http::encoding;
use crate::iam::{self, SignInRoute};
use crate::lock::lock;
use crate::request_log::{RecordedRequest, mask};
use crate::service::refusal::Refusal;
use crate::service::state::ServiceCall;

/// Path parameter that must name the token's project.
pub(crate) const PROJECT_PARAMETER: &str = "project_id";

/// Header that names the project once more, where a client signs.
const PROJECT_HEADER: HeaderName = huaweicloud_auth::X_PROJECT_ID;

const TASK_PARAMETER: &str = "task_id";

/// An answer, and what a fault does to it.
pub(super) struct Outcome {
    pub(super) operation: Option<String>,
    pub(super) answer: Answer,
    /// Whether the service answered, and with success.
    acted: bool,
    pub(super) delay: Duration,
    pub(super) action: Option<Action>,
}

impl Outcome {
    pub(super) fn status(&self) -> Option<u16> {
        match self.action {
            Some(Action::Reset | Action::Stall) => None,
            Some(Action::Truncate) | None => Some(self.answer.status.as_u16()),
        }
    }
}

/// Answers a request, unless a fault does.
pub(super) fn answer(app: &App, parts: &Parts, body: &ReceivedBody, request_id: &str) -> Outcome {
    let target = Target::find(&app.document, parts);
    let operation = target.operation().map(str::to_owned);
    let fault = lock(&app.faults).take(operation.as_deref()).unwrap_or_default();
    let is_services = fault.answer.is_none();
    let answer = fault.answer.unwrap_or_else(|| match target {
        Target::SignIn(route) => {
            let (account, authenticator, metadata) = (&app.account, &app.authenticator, &app.metadata);
            iam::answer(route, account, authenticator, metadata, parts, body.bytes(), request_id)
        }
        Target::Service(route) => match serve(app, parts, route, body) {
            Ok(None) => Answer::empty(StatusCode::OK),
            Ok(Some(content)) => Answer::json(StatusCode::OK, &content),
            Err(refusal) => refused(&refusal, request_id),
        },
    });
    Outcome {
        operation,
        acted: is_services && answer.status.is_success(),
        answer,
        delay: fault.delay,
        action: fault.action,
    }
}

/// The gateway's checks, then the service's. Gives the content of the answer, if it has any.
fn serve(
    app: &App,
    parts: &Parts,
    route: Result<Found<'_>, Refusal>,
    body: &ReceivedBody,
) -> Result<Option<Value>, Refusal> {
    let Found { operation, values } = route?;
    let body = match body {
        ReceivedBody::Whole(bytes) => bytes.as_slice(),
        ReceivedBody::TooLarge => return Err(Refusal::BodyTooLarge),
        ReceivedBody::Broken => return Err(Refusal::NotParsable("the body ended too early".to_owned())),
    };
    let mut project = app.account.project.id.clone();
    if let Some(security) = &operation.security {
        // The raw path and query: the client signed what it sent.
        let (path, query) = (parts.uri.path(), parts.uri.query());
        let request = RequestView::received(&parts.method, path, query, &parts.headers, body);
        let caller = app.authenticator.authenticate(security, &request, &parts.headers)?;
        if let (true, Some(registered)) = (caller.registered, &caller.project_id) {
            project.clone_from(registered);
        }
        let mut named = parts.headers.get_all(PROJECT_HEADER).iter();
        if caller.project_id.is_some_and(|id| id != project) || named.any(|id| id.as_bytes() != project.as_bytes()) {
            return Err(Refusal::OtherProject);
        }
    }
    // A value that cannot be decoded is no other project; the check of the parameters refuses it.
    if let Some(Some(named)) = values.get(PROJECT_PARAMETER)
        && *named != project
    {
        return Err(Refusal::OtherProject);
    }
    let now = Instant::now();
    if !lock(&app.rate_limiter).admit(&operation.id, now) {
        return Err(Refusal::Throttled);
    }
    let query = encoding::query(parts.uri.query().unwrap_or_default());
    let request = Values {
        path: &values,
        query: &query,
        headers: &parts.headers,
        body,
    };
    let body = check::request(operation, &request)?;
    let call = ServiceCall {
        operation: &operation.id,
        task: values
            .get(TASK_PARAMETER)
            .and_then(Option::as_deref)
            .unwrap_or_default(),
        query: &query,
        body: &body,
    };
    lock(&app.state).apply(&call, now)
}

/// A refusal as the vendor sends it: the request id is in the header, and the gateway repeats it in the body.
fn refused(refusal: &Refusal, request_id: &str) -> Answer {
    let (status, code, message) = refusal.describe();
    let mut body = json!({ "error_code": code, "error_msg": message });
    if code.starts_with("APIGW.") {
        body["request_id"] = json!(request_id);
    }
    let mut answer = Answer::json(status, &body);
    answer.error_code = Some(code.to_owned());
    if let Refusal::OtherMethod(methods) = refusal {
        let names: Vec<&str> = methods.iter().map(axum::http::Method::as_str).collect();
        answer = answer.with_text(header::ALLOW, &names.join(", "));
    }
    answer
}

/// Keeps a request in the log, without secrets.
pub(super) fn record(app: &App, parts: &Parts, body: &ReceivedBody, outcome: &Outcome) {
    let operation = outcome.operation.as_deref();
    let is_service = operation.is_some_and(|operation| !iam::is_sign_in(operation));
    let body = match body.bytes() {
        [] => None,
        bytes if is_service => Some(String::from_utf8_lossy(bytes).into_owned()),
        // Also where the path is unknown: it may be a misspelled one of IAM.
        bytes => Some(mask::sign_in_body(bytes)),
    };
    let query = encoding::query(parts.uri.query().unwrap_or_default());
    lock(&app.request_log).push(RecordedRequest {
        seq: 0,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: query
            .into_iter()
            .map(|(name, value)| (name, value.unwrap_or_default()))
            .collect(),
        headers: mask::headers(&parts.headers, &app.token_headers, |id| app.authenticator.knows(id)),
        body,
        operation: operation.map(str::to_owned),
        status: outcome.status(),
        error_code: outcome.answer.error_code.clone().filter(|_| outcome.status().is_some()),
        acted: outcome.acted,
    });
}

/// The part of the cloud that a request is for.
enum Target<'d> {
    SignIn(SignInRoute),
    Service(Result<Found<'d>, Refusal>),
}

impl<'d> Target<'d> {
    fn find(document: &'d Document, parts: &Parts) -> Self {
        let path = parts.uri.path();
        SignInRoute::find(path)
            .map(Self::SignIn)
            .unwrap_or_else(|| Self::Service(route::find(document, &parts.method, path)))
    }

    /// The operation's name in the log.
    fn operation(&self) -> Option<&str> {
        match self {
            Self::SignIn(route) => Some(route.operation()),
            Self::Service(found) => Some(&found.as_ref().ok()?.operation.id),
        }
    }
}
