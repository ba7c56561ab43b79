//! IAM's routes, as far as clients need them to sign in with a password and to find its project.

pub(crate) mod authenticator;
mod keys;
pub(crate) mod metadata;
mod tokens;

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use huaweicloud_auth::RequestView;
use serde_json::{Value, json};
use subtle::{Choice, ConstantTimeEq};

use crate::clock::Clock;
use crate::document::{Security, TokenScheme};
use crate::http::answer::Answer;
use crate::http::encoding;
use crate::iam::authenticator::Authenticator;

/// Path of the route that issues tokens.
const TOKEN_PATH: &str = "/v3/auth/tokens";

/// Path of the route that lists projects.
const PROJECTS_PATH: &str = "/v3/projects";

/// The routes' names in the request log.
const TOKEN_OPERATION: &str = "createToken";
const PROJECTS_OPERATION: &str = "listProjects";

const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");
const TRACE_ID: HeaderName = HeaderName::from_static("x-iam-trace-id");

/// One of the two routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IamRoute {
    Token,
    Projects,
}

impl IamRoute {
    /// The route of a raw path.
    pub(crate) fn find(path: &str) -> Option<Self> {
        match path {
            TOKEN_PATH => Some(Self::Token),
            PROJECTS_PATH => Some(Self::Projects),
            _ => None,
        }
    }

    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Token => TOKEN_OPERATION,
            Self::Projects => PROJECTS_OPERATION,
        }
    }
}

/// Whether an operation of the log is one of the routes for signing in, not one of the service.
pub(crate) fn is_sign_in(operation: &str) -> bool {
    [
        TOKEN_OPERATION,
        PROJECTS_OPERATION,
        metadata::TOKEN_OPERATION,
        metadata::KEY_OPERATION,
    ]
    .contains(&operation)
}

/// A project as IAM lists it.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// The IAM user of the simulator, with project, token and key.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user_name: String,
    pub(crate) password: String,
    pub(crate) domain_name: String,
    pub(crate) project: Project,
    /// The projects that IAM lists, where not only the one.
    pub(crate) listed: Option<Vec<Project>>,
    pub(crate) token: String,
    pub(crate) token_lifetime: Duration,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

impl Account {
    fn listed(&self) -> &[Project] {
        self.listed.as_deref().unwrap_or(std::slice::from_ref(&self.project))
    }
}

/// A request for one of the routes.
pub(crate) struct IamRequest<'r> {
    pub(crate) method: &'r Method,
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
}

/// Answers a request for one of the routes.
pub(crate) fn answer(
    route: IamRoute,
    account: &Account,
    authenticator: &Authenticator,
    clock: &Clock,
    request: &IamRequest<'_>,
    request_id: &str,
) -> Answer {
    let (wanted, allowed) = match route {
        IamRoute::Token => (Method::POST, "POST"),
        IamRoute::Projects => (Method::GET, "GET"),
    };
    let answer = if *request.method != wanted {
        error(
            StatusCode::METHOD_NOT_ALLOWED,
            &format!("The route takes only {wanted}."),
        )
        .with(header::ALLOW, HeaderValue::from_static(allowed))
    } else {
        match route {
            IamRoute::Token => token(account, authenticator, clock, request.body),
            IamRoute::Projects => projects(account, authenticator, request),
        }
        .unwrap_or_else(|(status, message)| error(status, &message))
    };
    match HeaderValue::from_str(request_id) {
        Ok(id) => answer.with(TRACE_ID, id),
        Err(_) => answer,
    }
}

type Failure = (StatusCode, String);

fn token(account: &Account, authenticator: &Authenticator, clock: &Clock, body: &[u8]) -> Result<Answer, Failure> {
    let malformed = |message: &str| (StatusCode::BAD_REQUEST, message.to_owned());
    let body: Value = serde_json::from_slice(body).map_err(|_| malformed("The body is not JSON."))?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);

    let methods = body.pointer("/auth/identity/methods").and_then(Value::as_array);
    if !methods.is_some_and(|methods| methods.iter().any(|method| method == "password")) {
        return Err(malformed("auth.identity.methods must hold \"password\"."));
    }
    let user = text("/auth/identity/password/user/name").ok_or_else(|| malformed("The user's name is missing."))?;
    let password =
        text("/auth/identity/password/user/password").ok_or_else(|| malformed("The password is missing."))?;
    let domain = text("/auth/identity/password/user/domain/name")
        .ok_or_else(|| malformed("The name of the domain is missing."))?;
    let (id, name) = (text("/auth/scope/project/id"), text("/auth/scope/project/name"));
    if id.is_none() && name.is_none() {
        return Err(malformed("auth.scope.project must hold a name or an id."));
    }

    let known = same(user, &account.user_name) & same(password, &account.password) & same(domain, &account.domain_name);
    // The account's project first: of several with one name it is the one that is meant.
    let is_meant =
        |project: &&Project| id.is_none_or(|id| id == project.id) && name.is_none_or(|name| name == project.name);
    let project = std::iter::once(&account.project).chain(account.listed()).find(is_meant);
    let Some(project) = project.filter(|_| bool::from(known)) else {
        return Err((
            StatusCode::UNAUTHORIZED,
            "The user name, password, domain or project is wrong.".to_owned(),
        ));
    };

    let (issued_at, expires_at) = (clock.after(Duration::ZERO), clock.after(account.token_lifetime));
    let answer = Answer::json(
        StatusCode::CREATED,
        &json!({ "token": {
            "issued_at": issued_at,
            "expires_at": expires_at,
            "methods": ["password"],
            "project": { "id": project.id, "name": project.name },
        }}),
    );
    let token = authenticator.issue_token(&project.id, account.token_lifetime);
    let mut token = HeaderValue::try_from(token).map_err(|_| {
        let message = "The token cannot be sent in a header.".to_owned();
        (StatusCode::INTERNAL_SERVER_ERROR, message)
    })?;
    token.set_sensitive(true);
    Ok(answer.with(SUBJECT_TOKEN, token))
}

fn same(given: &str, expected: &str) -> Choice {
    given.as_bytes().ct_eq(expected.as_bytes())
}

/// Lists the projects with a name, or all.
fn projects(account: &Account, authenticator: &Authenticator, request: &IamRequest<'_>) -> Result<Answer, Failure> {
    let security = Security {
        token: Some(TokenScheme {
            header: AUTH_TOKEN,
            min_length: 1,
            max_length: usize::MAX,
        }),
        signature: true,
    };
    let IamRequest {
        method,
        uri,
        headers,
        body,
    } = *request;
    let view = RequestView::received(method, uri.path(), uri.query(), headers, body);
    authenticator
        .authenticate(&security, &view, headers)
        .map_err(|refusal| (StatusCode::UNAUTHORIZED, refusal.describe().2))?;
    let query = encoding::query(uri.query().unwrap_or_default());
    let name = query
        .into_iter()
        .find(|(name, _)| name == "name")
        .map(|(_, value)| value);
    // A name that cannot be decoded matches no project.
    let is_meant = |project: &&Project| {
        name.as_ref()
            .is_none_or(|name| name.as_deref() == Some(project.name.as_str()))
    };
    let projects: Vec<Value> = account
        .listed()
        .iter()
        .filter(is_meant)
        .map(|project| json!({ "id": project.id, "name": project.name, "enabled": true, "is_domain": false }))
        .collect();
    Ok(Answer::json(StatusCode::OK, &json!({ "projects": projects })))
}

/// An error in IAM's own shape.
fn error(status: StatusCode, message: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or("Error");
    Answer::json(
        status,
        &json!({ "error": { "code": status.as_u16(), "message": message, "title": title } }),
    )
}
