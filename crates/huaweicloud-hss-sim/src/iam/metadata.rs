//! The metadata service of an ECS server, as far as clients need it to get a temporary key.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use serde_json::json;
use tokio::time::Instant;

use crate::http::answer::Answer;
use crate::iam::authenticator::Authenticator;
use crate::iam::tokens::{TokenState, Tokens};
use crate::lock::lock;

const TTL: HeaderName = HeaderName::from_static("x-metadata-token-ttl-seconds");
const TOKEN: HeaderName = HeaderName::from_static("x-metadata-token");

/// Maximum lifetime of a token: six hours.
const MAX_TTL: u64 = 6 * 3600;

pub(crate) struct Metadata {
    /// `None` for an old host, which has no tokens and requires none.
    tokens: Option<Mutex<Tokens>>,
    key_lifetime: Duration,
}

impl Metadata {
    pub(crate) fn new(token_required: bool, key_lifetime: Duration) -> Self {
        Self {
            tokens: token_required.then(|| Mutex::new(Tokens::new("hss-sim-metadata-"))),
            key_lifetime,
        }
    }

    /// Issues the token for the other route.
    pub(super) fn token(&self, method: &Method, headers: &HeaderMap) -> Answer {
        let Some(tokens) = &self.tokens else {
            return problem(StatusCode::NOT_FOUND, "This host issues no tokens.");
        };
        if method != Method::PUT {
            return wrong_method("PUT");
        }
        let ttl = single(headers, &TTL).and_then(|text| text.parse::<u64>().ok());
        let Some(ttl @ 1..=MAX_TTL) = ttl else {
            return problem(
                StatusCode::BAD_REQUEST,
                "X-Metadata-Token-Ttl-Seconds must hold 1 to 21600.",
            );
        };
        let token = lock(tokens).issue("", Duration::from_secs(ttl), Instant::now());
        Answer::text(StatusCode::OK, &token)
    }

    pub(super) fn key(&self, method: &Method, headers: &HeaderMap, authenticator: &Authenticator) -> Answer {
        if method != Method::GET {
            return wrong_method("GET");
        }
        if let Some(tokens) = &self.tokens {
            let token = single(headers, &TOKEN).unwrap_or_default();
            match lock(tokens).state(token.as_bytes(), Instant::now()) {
                TokenState::Valid { .. } => {}
                TokenState::Expired | TokenState::Unknown => {
                    return problem(
                        StatusCode::UNAUTHORIZED,
                        "X-Metadata-Token is missing, unknown or has expired.",
                    );
                }
            }
        }
        let expires_at = authenticator.clock().after(self.key_lifetime);
        match authenticator.issue_key(self.key_lifetime) {
            Ok(key) => Answer::json(
                StatusCode::OK,
                &json!({ "credential": {
                    "access": key.access,
                    "secret": key.secret,
                    "securitytoken": key.security_token,
                    "expires_at": expires_at,
                }}),
            ),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }
}

/// The value of a header that came once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut found = headers.get_all(name).iter();
    let value = found.next()?.to_str().ok()?;
    found.next().is_none().then_some(value)
}

fn wrong_method(allowed: &str) -> Answer {
    problem(StatusCode::METHOD_NOT_ALLOWED, "The route does not take this method.").with_text(header::ALLOW, allowed)
}

/// The vendor does not say what an error of this service looks like; a client must not rely on more than the status.
fn problem(status: StatusCode, message: &str) -> Answer {
    Answer::text(status, message)
}
