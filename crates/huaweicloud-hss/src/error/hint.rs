//! What to do next about a call that the service, the gateway or IAM refused.
//!
//! A hint fits the credentials of the caller: it does not tell the holder of an access key to get a token, and it names
//! the source that the credentials came from.

use std::time::SystemTime;

use http::HeaderMap;
use http::header::DATE;
use huaweicloud_auth::sanitize;
use huaweicloud_auth::{Credentials, Identity, ProviderError, ProviderErrorKind, Signed, SigningTime};

use super::signature_hint;

/// The hint that belongs to a code or a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    None,
    Text(&'static str),
    /// What may be wrong with the credentials.
    Credentials,
    /// The same where the gateway asks for a new token.
    RenewedToken,
    /// What may be wrong with the project.
    Project,
}

pub(crate) const LOOK_FIRST: &str = "look at the task before repeating: the service may have acted";

pub(crate) const REPEAT: &str = "repeat the call: it only reads";

pub(crate) const CHECK_IDS: &str = "check the task's id and kind, the project id and the region";

pub(crate) const CHECK_REGION: &str =
    "check the region and the endpoint: the credentials or the API may belong to another region";

pub(crate) const CHECK_ENDPOINT: &str = "check the endpoint and any proxy on the way: this response is not from HSS";

pub(crate) const CHECK_PROJECT_THEN_PERMISSION: &str =
    "check the project id and the region; if they are right, ask an administrator for the permission";

pub(crate) const ASK_FOR_PERMISSION: &str = "ask an administrator for the permission, and check the project id";

pub(crate) const CALLER_ADDRESS: &str =
    "the gateway blocks calls from this address; call from an allowed address, or have this one allowed";

pub(crate) const SCAN_PRECONDITIONS: &str =
    "a server is scanned only while it runs, its agent is online and its protection is on";

pub(crate) const SCAN_PRECONDITIONS_OR_BUSY: &str = "a server is scanned only while it runs, its agent is online and its protection is on; where the task is still \
     scanned, repeat when it has ended";

pub(crate) const WAIT_FOR_QUOTA: &str = "wait a minute: the gateway accepts 5 calls a minute from one user";

pub(crate) const IAM_UNAVAILABLE: &str = "retry later: the gateway could not ask IAM about the caller";

/// A request that an access key signed, for the case that the gateway refuses the signature.
pub(crate) struct SignedRequest {
    pub(crate) signed: Signed,
    pub(crate) time: SigningTime,
}

impl Hint {
    /// The hint in words, about a response with this message and these headers.
    pub(crate) fn resolve(
        self,
        message: &str,
        headers: &HeaderMap,
        credentials: &Credentials,
        signed: Option<&SignedRequest>,
    ) -> Option<String> {
        Some(match (self, signed) {
            (Self::None, _) => return None,
            (Self::Text(text), _) => text.to_owned(),
            (Self::RenewedToken, Some(_)) => CHECK_REGION.to_owned(),
            (Self::Credentials, Some(signed)) => {
                let date = headers.get(DATE).and_then(|date| date.to_str().ok());
                // Its Display masks secrets, so a hint can hold it.
                let ours = signed.signed.canonical_request().to_string();
                signature_hint::hint(message, Some(&ours), Some(signed.time), date, &name(credentials))
            }
            (Self::Credentials, None) => token(credentials, false, SystemTime::now()),
            (Self::RenewedToken, None) => token(credentials, true, SystemTime::now()),
            (Self::Project, _) => format!(
                "check the project id and the region: the {} has no access to the project",
                name(credentials)
            ),
        })
    }
}

/// The hint where no credentials came. It speaks of the place that was asked.
pub(crate) fn of_provider(error: &ProviderError) -> Option<String> {
    use ProviderErrorKind as Kind;
    let place = error.service().unwrap_or("the source of the credentials");
    let is_metadata = error.service().is_some_and(|service| service.contains("metadata"));
    Some(match error.kind() {
        Kind::Unreachable if is_metadata => format!("check that this server reaches {place}; no proxy is used for it"),
        Kind::Unreachable => format!("check the network and any proxy on the way to {place}"),
        Kind::Timeout if error.service().is_none() => {
            "a source of credentials gave nothing in time, such as a file that is a pipe".to_owned()
        }
        Kind::Timeout => format!("{place} did not respond in time; nothing was sent to HSS"),
        Kind::Unavailable => format!("{place} cannot answer now; nothing was sent to HSS"),
        Kind::Protocol if is_metadata => format!("check what answers at the address of {place}"),
        Kind::Protocol => format!("check the endpoint of {place} and any proxy on the way"),
        Kind::NotFound => "put a token or an access key into one of these places".to_owned(),
        Kind::Refused if is_metadata => "check the agency of this server".to_owned(),
        Kind::Refused if error.service().is_some() => {
            "check the user's name and password and the name of the account".to_owned()
        }
        Kind::Refused => format!("check what {place} needs"),
        Kind::Expired => {
            "set this machine's clock right; if it is right, renew the credentials at their source".to_owned()
        }
        _ => return None,
    })
}

/// The hint where IAM refused to list the projects.
pub(crate) fn of_projects(status: Option<u16>, message: &str, credentials: &Credentials) -> String {
    match (status, credentials.identity()) {
        (Some(401), Identity::AccessKey(_)) => {
            let now = SystemTime::now().try_into().ok();
            signature_hint::hint(message, None, now, None, &name(credentials))
        }
        (Some(401), _) => token(credentials, false, SystemTime::now()),
        _ => "set the project id, or ask an administrator for the permission to list projects".to_owned(),
    }
}

/// The hint for a token that was refused.
fn token(credentials: &Credentials, must_renew: bool, now: SystemTime) -> String {
    let name = name(credentials);
    let expiry = credentials.expires_at().filter(|expiry| *expiry <= now);
    match expiry.and_then(|expiry| jiff::Timestamp::try_from(expiry).ok()) {
        Some(expiry) => format!("the {name} expired at {expiry:.0}; get a new one"),
        None if must_renew => {
            format!(
                "the {name} has expired, or belongs to another region than the endpoint; get a new one for this region"
            )
        }
        None => format!("the {name} is wrong, has expired or belongs to another account; get a new one"),
    }
}

/// The credentials in words, such as `access key QTWA… (environment HUAWEICLOUD_SDK_AK)`.
fn name(credentials: &Credentials) -> String {
    let words = credentials.to_string();
    // The caller who passed them in knows their source.
    sanitize::escape_message(words.strip_suffix(" (given)").unwrap_or(&words))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use huaweicloud_auth::{AccessKey, Token};

    use super::*;
    use crate::error::codes;

    fn a_token() -> Credentials {
        Credentials::from(Token::new("secret-token").unwrap()).with_source("environment HSS_AUTH_TOKEN")
    }

    fn a_key() -> Credentials {
        AccessKey::new("QTWAOYTTINDUT2QVKYUC", "secret-key").unwrap().into()
    }

    fn shown(status: u16, code: Option<&str>) -> Option<String> {
        let hint = codes::meaning(status, code, code.is_some()).hint;
        hint.resolve("no", &HeaderMap::new(), &a_token(), None)
    }

    #[test]
    fn each_code_has_its_hint() {
        let table = [
            (
                401,
                "APIGW.0301",
                "the token (environment HSS_AUTH_TOKEN) is wrong, has expired or",
            ),
            (
                401,
                "APIG.0307",
                "has expired, or belongs to another region than the endpoint",
            ),
            (401, "", "get a new one"),
            (403, "APIGW.0302", "ask an administrator"),
            (
                403,
                "APIGW.0310",
                "the token (environment HSS_AUTH_TOKEN) has no access to the project",
            ),
            (403, "APIG.0401", "from this address"),
            (403, "APIGW.0802", "check the region and the endpoint"),
            (
                400,
                "HSS.0010",
                "check the project id and the region; if they are right",
            ),
            (400, "HSS.0013", "ask an administrator"),
            (404, "APIGW.0101", "check the region and the endpoint"),
            (400, "HSS.0011", "check the task's id"),
            (429, "APIGW.0308", "wait a minute"),
            (400, "HSS.1007", "its agent is online"),
            (503, "APIGW.0613", "could not ask IAM"),
            (302, "", "any proxy on the way"),
            (400, "", "any proxy on the way"),
        ];
        for (status, code, expected) in table {
            let hint = shown(status, (!code.is_empty()).then_some(code)).unwrap_or_default();
            assert!(hint.contains(expected), "{status} {code}: {hint}");
        }
        assert_eq!(shown(400, Some("HSS.0001")), None);
        assert_eq!(shown(400, Some("1007")), None, "another service's number");
        assert_eq!(shown(500, None).as_deref(), Some(LOOK_FIRST));
    }

    #[test]
    fn the_hint_for_an_expired_token_says_when_it_expired() {
        let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_203_200);
        let expired = a_token().with_expires_at(expiry);
        let after = token(&expired, true, expiry + Duration::from_secs(1));
        assert_eq!(
            after,
            "the token (environment HSS_AUTH_TOKEN) expired at 2026-04-03T08:00:00Z; get a new one"
        );
        assert!(token(&expired, true, expiry - Duration::from_secs(1)).contains("another region"));
    }

    #[test]
    fn the_hint_for_refused_projects_fits_the_credentials() {
        assert!(of_projects(Some(401), "no", &a_token()).contains("get a new one"));
        let key = of_projects(Some(401), "no", &a_key());
        assert!(key.starts_with("check the access key QTWA…: "), "{key}");
        assert!(of_projects(Some(401), "The key is locked", &a_key()).contains("wait five minutes"));
        assert!(of_projects(Some(403), "no", &a_key()).starts_with("set the project id"));
    }
}
