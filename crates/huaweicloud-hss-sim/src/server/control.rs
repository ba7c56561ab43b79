//! The routes under `/_sim/`, which belong to the simulator and not to the cloud.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use serde_json::json;
use tokio::time::Instant;

use crate::app::App;
use crate::faults::Fault;
use crate::http::answer::Answer;
use crate::http::encoding;
use crate::lock::lock;

/// Whether a raw path is one of these.
pub(crate) fn owns(path: &str) -> bool {
    path == "/_sim" || path.starts_with("/_sim/")
}

pub(crate) fn answer(app: &App, parts: &Parts, body: &[u8]) -> Answer {
    let (method, path) = (&parts.method, parts.uri.path());
    if !app.control_hosts.allow(parts) {
        return error(
            StatusCode::FORBIDDEN,
            "these routes answer to a Host of this machine, such as localhost, and to no foreign Origin; \
             hss-sim --control-host NAME adds a host",
        );
    }
    match path.strip_prefix("/_sim/").unwrap_or_default() {
        "requests" => only(&Method::GET, method, || requests(app)),
        "reset" => only(&Method::POST, method, || {
            let text = if body.is_empty() { b"{}" } else { body };
            match serde_json::from_slice(text) {
                Ok(wanted) => {
                    app.reset(wanted);
                    Answer::empty(StatusCode::NO_CONTENT)
                }
                Err(problem) => error(StatusCode::BAD_REQUEST, &problem.to_string()),
            }
        }),
        "faults" => only(&Method::POST, method, || {
            match Fault::from_json(body).and_then(|fault| app.inject(fault)) {
                Ok(()) => Answer::empty(StatusCode::NO_CONTENT),
                Err(problem) => error(StatusCode::BAD_REQUEST, &problem.to_string()),
            }
        }),
        rest => match rest.strip_prefix("tasks/") {
            Some(id) if !id.contains('/') => only(&Method::GET, method, || task(app, id)),
            _ => error(
                StatusCode::NOT_FOUND,
                "the simulator has requests, tasks/{id}, faults and reset here",
            ),
        },
    }
}

fn only(wanted: &Method, method: &Method, answer: impl FnOnce() -> Answer) -> Answer {
    if method == wanted {
        return answer();
    }
    let message = format!("this route takes {wanted} alone");
    error(StatusCode::METHOD_NOT_ALLOWED, &message).with_text(header::ALLOW, wanted.as_str())
}

fn requests(app: &App) -> Answer {
    let requests = lock(&app.request_log).requests();
    let requests: Vec<_> = requests.iter().map(crate::RecordedRequest::to_json).collect();
    Answer::json(StatusCode::OK, &json!({ "requests": requests }))
}

fn task(app: &App, raw_id: &str) -> Answer {
    let id = encoding::decode(raw_id).unwrap_or_default();
    let (state, now) = (lock(&app.state), Instant::now());
    let hosts = state.vulnerability_scan_task(&id, now).map(|task| json!(task));
    match hosts.or_else(|| state.cluster_scan_task(&id, now).map(|task| json!(task))) {
        Some(task) => Answer::json(StatusCode::OK, &task),
        None => error(StatusCode::NOT_FOUND, "there is no such task"),
    }
}

/// Errors have the shape of the service's, with a code that no real service has.
fn error(status: StatusCode, message: &str) -> Answer {
    let body = json!({ "error_code": format!("SIM.{}", status.as_u16()), "error_msg": message });
    Answer::json(status, &body)
}
