//! Who calls. One place decides, for the operations and for IAM's own routes.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use huaweicloud_auth::{AccessKey, RequestView, ValueError, Verifier, VerifyErrorKind};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::document::{Security, TokenScheme};
use crate::keys::{Barred, Keys, TemporaryKey};
use crate::lock::lock;
use crate::refusal::Refusal;
use crate::tokens::{Standing, Tokens};

/// The tokens and keys that are accepted.
pub(crate) struct Gate {
    /// The configured token, which never ends, and the project that it is for.
    token: String,
    project_id: String,
    issued: Mutex<Tokens>,
    keys: Mutex<Keys>,
    clock: Clock,
}

/// Whoever is behind a request.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The project that a token is for; a key is for all projects of its owner.
    pub(crate) project_id: Option<String>,
}

impl Gate {
    pub(crate) fn new(token: &str, project_id: &str, key: AccessKey, clock: Clock) -> Self {
        Self {
            token: token.to_owned(),
            project_id: project_id.to_owned(),
            issued: Mutex::new(Tokens::new("hss-sim-issued-")),
            keys: Mutex::new(Keys::new(key)),
            clock,
        }
    }

    /// Lets a request through whose token is good or whose signature is right. Where it has both, the token decides
    /// and the signature is not looked at.
    pub(crate) fn admit(&self, security: &Security, request: &RequestView<'_>, headers: &HeaderMap) -> Admission {
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

    fn by_token(&self, scheme: &TokenScheme, headers: &HeaderMap) -> Admission {
        let mut found = headers.get_all(&scheme.header).iter();
        let (token, more) = (found.next().map_or(&[][..], |token| token.as_bytes()), found.next());
        if more.is_some() {
            return refused(format!("more than one {} was sent", scheme.header));
        }
        if !length_is_allowed(scheme, token) {
            return refused(format!(
                "the token must have {} to {} characters",
                scheme.min_length, scheme.max_length
            ));
        }
        // Constant time, so that a token cannot be guessed piece by piece from how long the comparison takes.
        if bool::from(token.ct_eq(self.token.as_bytes())) {
            return Ok(Caller {
                project_id: Some(self.project_id.clone()),
            });
        }
        match lock(&self.issued).standing(token, Instant::now()) {
            Standing::Good { project_id } => Ok(Caller {
                project_id: Some(project_id),
            }),
            Standing::Ended => Err(Refusal::TokenEnded),
            Standing::Unknown => refused("the token is unknown or has expired".to_owned()),
        }
    }

    fn by_signature(&self, request: &RequestView<'_>) -> Admission {
        let Some(now) = self.clock.signing_time() else {
            return refused("the server time is none that a signature can have".to_owned());
        };
        // The lock is held for looking up alone, not while 12 MB are hashed.
        let lookup = |id: &str| lock(&self.keys).find(id).cloned();
        let verified = Verifier::new().verify(request, lookup, now);
        let id = match &verified {
            Ok(verified) => Some(verified.access_key_id()),
            Err(refusal) => refusal.access_key_id(),
        };
        if let Some(id) = id {
            let noted = lock(&self.keys).note(id, verified.is_ok(), Instant::now());
            match noted {
                Ok(()) => {}
                Err(Barred::Locked) => {
                    return refused(
                        "the access key is locked for 5 minutes after more than 5 failures in a row".to_owned(),
                    );
                }
                Err(Barred::Ended) => return refused("the temporary access key has expired".to_owned()),
            }
        }
        match verified {
            Ok(_) => Ok(Caller { project_id: None }),
            Err(refusal) => Err(explain(refusal.kind())),
        }
    }

    /// Whether a key has this id.
    pub(crate) fn knows(&self, access_key_id: &str) -> bool {
        lock(&self.keys).find(access_key_id).is_some()
    }

    pub(crate) fn issue_token(&self, project_id: &str, lifetime: Duration) -> String {
        lock(&self.issued).issue(project_id, lifetime, Instant::now())
    }

    pub(crate) fn issue_key(&self, lifetime: Duration) -> Result<TemporaryKey, ValueError> {
        lock(&self.keys).issue(lifetime, Instant::now())
    }

    pub(crate) fn end_tokens(&self) {
        lock(&self.issued).end_all(Instant::now());
    }

    pub(crate) fn end_temporary_keys(&self) {
        lock(&self.keys).end_temporary(Instant::now());
    }
}

type Admission = Result<Caller, Refusal>;

fn refused(why: String) -> Admission {
    Err(Refusal::Unauthenticated(why))
}

/// Why a signature is not right, in words that hold no secret.
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

/// Whether a token has as many characters as the document allows.
pub(crate) fn length_is_allowed(scheme: &TokenScheme, token: &[u8]) -> bool {
    let characters = String::from_utf8_lossy(token).chars().count();
    (scheme.min_length..=scheme.max_length).contains(&characters)
}
