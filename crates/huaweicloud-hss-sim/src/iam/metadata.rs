//! The metadata service of an ECS server, as far as clients need it to get a temporary key.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::json;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::http::answer::Answer;
use crate::iam::authenticator::Authenticator;
use crate::iam::tokens::{TokenState, Tokens};
use crate::lock::lock;

/// Path of the route that issues the token for the other route.
const TOKEN_PATH: &str = "/meta-data/latest/api/token";

/// Path of the route that issues temporary keys.
const KEY_PATH: &str = "/openstack/latest/securitykey";

/// The routes' names in the request log.
pub(super) const TOKEN_OPERATION: &str = "createMetadataToken";
pub(super) const KEY_OPERATION: &str = "getSecurityKey";

const TTL: HeaderName = HeaderName::from_static("x-metadata-token-ttl-seconds");
const TOKEN: HeaderName = HeaderName::from_static("x-metadata-token");

/// Maximum lifetime of a token: six hours.
const MAX_TTL: u64 = 6 * 3600;

/// One of the two routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetadataRoute {
    Token,
    Key,
}

impl MetadataRoute {
    /// The route of a raw path.
    pub(crate) fn find(path: &str) -> Option<Self> {
        match path {
            TOKEN_PATH => Some(Self::Token),
            KEY_PATH => Some(Self::Key),
            _ => None,
        }
    }

    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Token => TOKEN_OPERATION,
            Self::Key => KEY_OPERATION,
        }
    }
}

/// The metadata service.
pub(crate) struct Metadata {
    /// `None` for an old host, which has no tokens and requires none.
    tokens: Option<Mutex<Tokens>>,
    key_lifetime: Duration,
    clock: Clock,
}

impl Metadata {
    pub(crate) fn new(token_required: bool, key_lifetime: Duration, clock: Clock) -> Self {
        Self {
            tokens: token_required.then(|| Mutex::new(Tokens::new("hss-sim-metadata-"))),
            key_lifetime,
            clock,
        }
    }

    /// Answers a request for one of the routes.
    pub(crate) fn answer(
        &self,
        route: MetadataRoute,
        method: &Method,
        headers: &HeaderMap,
        authenticator: &Authenticator,
    ) -> Answer {
        match route {
            MetadataRoute::Token => self.token(method, headers),
            MetadataRoute::Key => self.key(method, headers, authenticator),
        }
    }

    fn token(&self, method: &Method, headers: &HeaderMap) -> Answer {
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

    fn key(&self, method: &Method, headers: &HeaderMap, authenticator: &Authenticator) -> Answer {
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
        let expires_at = self.clock.after(self.key_lifetime);
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

fn wrong_method(allowed: &'static str) -> Answer {
    problem(StatusCode::METHOD_NOT_ALLOWED, "The route does not take this method.")
        .with(header::ALLOW, HeaderValue::from_static(allowed))
}

/// The vendor does not say what an error of this service looks like; a client must not rely on more than the status.
fn problem(status: StatusCode, message: &str) -> Answer {
    Answer::text(status, message)
}
