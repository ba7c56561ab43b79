//! Authenticates requests, those for the operations and those for IAM's own routes.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use huaweicloud_auth::{AccessKey, RequestView, ValueError, Verifier, VerifyErrorKind};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::document::{Security, TokenScheme};
use crate::iam::keys::{KeyState, Keys, TemporaryKey};
use crate::iam::tokens::{TokenState, Tokens};
use crate::lock::lock;
use crate::service::refusal::Refusal;

/// Knows the tokens and keys that are accepted.
pub(crate) struct Authenticator {
    /// The configured token, which never expires, and its project.
    token: String,
    project_id: String,
    /// Another token and its project, registered by a test.
    registered: Mutex<Option<(String, String)>>,
    issued: Mutex<Tokens>,
    keys: Mutex<Keys>,
    clock: Clock,
}

/// The caller of a request.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The project that a token is for; a key is for all projects of its owner.
    pub(crate) project_id: Option<String>,
    /// Whether a test registered the token, and with it the project.
    pub(crate) registered: bool,
}

impl Authenticator {
    pub(crate) fn new(token: &str, project_id: &str, key: AccessKey, clock: Clock) -> Self {
        Self {
            token: token.to_owned(),
            project_id: project_id.to_owned(),
            registered: Mutex::new(None),
            issued: Mutex::new(Tokens::new("hss-sim-issued-")),
            keys: Mutex::new(Keys::new(key)),
            clock,
        }
    }

    /// Accepts a request whose token is valid or whose signature matches. Where it has both, the token decides and the
    /// signature is not verified.
    pub(crate) fn authenticate(
        &self,
        security: &Security,
        request: &RequestView<'_>,
        headers: &HeaderMap,
    ) -> Authentication {
        match &security.token {
            Some(scheme) if headers.contains_key(&scheme.header) => self.by_token(scheme, headers),
            _ if security.signature && headers.contains_key(header::AUTHORIZATION) => self.by_signature(request),
            scheme => {
                let token = scheme.as_ref().map(|scheme| scheme.header.as_str());
                let signature = security.signature.then_some("authorization");
                let wanted: Vec<&str> = token.into_iter().chain(signature).collect();
                refused(format!("no {} was sent", wanted.join(" or ")))
            }
        }
    }

    fn by_token(&self, scheme: &TokenScheme, headers: &HeaderMap) -> Authentication {
        let mut found = headers.get_all(&scheme.header).iter();
        let (token, more) = (found.next().map_or(&[][..], |token| token.as_bytes()), found.next());
        if more.is_some() {
            return refused(format!("more than one {} was sent", scheme.header));
        }
        if !scheme.allows(token) {
            return refused(format!(
                "the token must have {} to {} characters",
                scheme.min_length, scheme.max_length
            ));
        }
        // Constant time, so that its duration does not help to guess a token piece by piece.
        if bool::from(token.ct_eq(self.token.as_bytes())) {
            return Ok(Caller {
                project_id: Some(self.project_id.clone()),
                registered: false,
            });
        }
        if let Some((registered, project_id)) = &*lock(&self.registered)
            && bool::from(token.ct_eq(registered.as_bytes()))
        {
            return Ok(Caller {
                project_id: Some(project_id.clone()),
                registered: true,
            });
        }
        match lock(&self.issued).state(token, Instant::now()) {
            TokenState::Valid { project_id } => Ok(Caller {
                project_id: Some(project_id),
                registered: false,
            }),
            TokenState::Expired => Err(Refusal::TokenExpired),
            TokenState::Unknown => refused("the token is unknown or has expired".to_owned()),
        }
    }

    fn by_signature(&self, request: &RequestView<'_>) -> Authentication {
        let Some(now) = self.clock.signing_time() else {
            return refused("the server time is outside the years that a signature can name".to_owned());
        };
        // The lock is held for the lookup alone, not while 12 MB are hashed.
        let lookup = |id: &str| lock(&self.keys).find(id).cloned();
        let verified = Verifier::new().verify(request, lookup, now);
        let id = match &verified {
            Ok(verified) => Some(verified.access_key_id()),
            Err(refusal) => refusal.access_key_id(),
        };
        if let Some(id) = id {
            let recorded = lock(&self.keys).record_attempt(id, verified.is_ok(), Instant::now());
            match recorded {
                Ok(()) => {}
                Err(KeyState::Locked) => {
                    return refused(
                        "the access key is locked for 5 minutes after more than 5 failures in a row".to_owned(),
                    );
                }
                Err(KeyState::Expired) => return refused("the temporary access key has expired".to_owned()),
            }
        }
        match verified {
            Ok(_) => Ok(Caller {
                project_id: None,
                registered: false,
            }),
            Err(refusal) => Err(explain(refusal.kind())),
        }
    }

    /// Whether a known key has this id.
    pub(crate) fn knows(&self, access_key_id: &str) -> bool {
        lock(&self.keys).find(access_key_id).is_some()
    }

    /// Registers a token, in place of one registered before, and unlocks the keys.
    pub(crate) fn reset(&self, token: Option<String>, project_id: Option<String>) {
        let project_id = project_id.unwrap_or_else(|| self.project_id.clone());
        *lock(&self.registered) = token.map(|token| (token, project_id));
        lock(&self.keys).unlock();
    }

    pub(crate) fn issue_token(&self, project_id: &str, lifetime: Duration) -> String {
        lock(&self.issued).issue(project_id, lifetime, Instant::now())
    }

    pub(crate) fn issue_key(&self, lifetime: Duration) -> Result<TemporaryKey, ValueError> {
        lock(&self.keys).issue(lifetime, Instant::now())
    }

    pub(crate) fn expire_tokens(&self) {
        lock(&self.issued).expire_all(Instant::now());
    }

    pub(crate) fn expire_temporary_keys(&self) {
        lock(&self.keys).expire_temporary(Instant::now());
    }
}

type Authentication = Result<Caller, Refusal>;

fn refused(why: String) -> Authentication {
    Err(Refusal::Unauthenticated(why))
}

/// Why a signature is refused, without secrets.
fn explain(reason: &VerifyErrorKind) -> Refusal {
    match reason {
        // `Display` masks the security token.
        VerifyErrorKind::SignatureMismatch { canonical_request, .. } => Refusal::SignatureMismatch {
            canonical_request: canonical_request.to_string(),
        },
        VerifyErrorKind::Skew {
            request_time,
            server_time,
        } => Refusal::Unauthenticated(format!(
            "the request was signed at {request_time}, more than 15 minutes from the server time: {server_time}"
        )),
        other => Refusal::Unauthenticated(other.to_string()),
    }
}
