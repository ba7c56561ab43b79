//! IAM's token route, as far as a client needs it to sign in with a password.

use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::answer::Answer;

/// Path of the route.
pub(crate) const PATH: &str = "/v3/auth/tokens";

/// The route's name in the journal.
pub(crate) const OPERATION: &str = "createToken";

const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");
const TRACE_ID: HeaderName = HeaderName::from_static("x-iam-trace-id");

/// How long the vendor's tokens are valid.
const VALIDITY: SignedDuration = SignedDuration::from_hours(24);

/// The one IAM user of the simulator, and what the user gets.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user_name: String,
    pub(crate) password: String,
    pub(crate) domain_name: String,
    pub(crate) project_id: String,
    pub(crate) project_name: String,
    pub(crate) token: String,
}

/// Answers a request for the route.
pub(crate) fn answer(account: &Account, method: &Method, body: &[u8], request_id: &str) -> Answer {
    let answer = if method == Method::POST {
        token(account, body).unwrap_or_else(|(status, message)| error(status, message))
    } else {
        error(StatusCode::METHOD_NOT_ALLOWED, "The route takes POST alone.")
            .with(header::ALLOW, HeaderValue::from_static("POST"))
    };
    match HeaderValue::from_str(request_id) {
        Ok(id) => answer.with(TRACE_ID, id),
        Err(_) => answer,
    }
}

type Failure = (StatusCode, &'static str);

fn token(account: &Account, body: &[u8]) -> Result<Answer, Failure> {
    let malformed = |message| (StatusCode::BAD_REQUEST, message);
    let body: Value = serde_json::from_slice(body).map_err(|_| malformed("The body is not JSON."))?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);

    let methods = body.pointer("/auth/identity/methods").and_then(Value::as_array);
    if !methods.is_some_and(|methods| methods.iter().any(|method| method == "password")) {
        return Err(malformed("auth.identity.methods must hold \"password\"."));
    }
    let user = text("/auth/identity/password/user/name").ok_or(malformed("The user's name is missing."))?;
    let password = text("/auth/identity/password/user/password").ok_or(malformed("The password is missing."))?;
    let domain =
        text("/auth/identity/password/user/domain/name").ok_or(malformed("The name of the domain is missing."))?;
    let (project_id, project_name) = (text("/auth/scope/project/id"), text("/auth/scope/project/name"));
    if project_id.is_none() && project_name.is_none() {
        return Err(malformed("auth.scope.project must hold a name or an id."));
    }

    let same = |given: &str, expected: &str| given.as_bytes().ct_eq(expected.as_bytes());
    let known = same(user, &account.user_name)
        & same(password, &account.password)
        & same(domain, &account.domain_name)
        & same(project_id.unwrap_or(&account.project_id), &account.project_id)
        & same(project_name.unwrap_or(&account.project_name), &account.project_name);
    if !bool::from(known) {
        return Err((
            StatusCode::UNAUTHORIZED,
            "The user name, password, domain or project is wrong.",
        ));
    }

    let expires_at = Timestamp::now().saturating_add(VALIDITY).unwrap_or(Timestamp::MAX);
    let answer = Answer::json(
        StatusCode::CREATED,
        &json!({ "token": {
            "expires_at": format!("{expires_at:.6}"),
            "methods": ["password"],
            "project": { "id": account.project_id, "name": account.project_name },
        }}),
    );
    let mut token = HeaderValue::from_str(&account.token).map_err(|_| {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The token cannot be sent in a header.",
        )
    })?;
    token.set_sensitive(true);
    Ok(answer.with(SUBJECT_TOKEN, token))
}

/// An error in IAM's own shape.
fn error(status: StatusCode, message: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or("Error");
    Answer::json(
        status,
        &json!({ "error": { "code": status.as_u16(), "message": message, "title": title } }),
    )
}
