//! What to do next about a call that the service, the gateway or IAM refused.
//!
//! A hint fits who called: someone with an access key is not told to get a token, and where several places could hold
//! credentials it names the one that was used.

use std::time::SystemTime;

use http::HeaderMap;
use huaweicloud_auth::{Credentials, Identity};

use crate::error::printable::printable;
use crate::error::signature_hint;
use crate::error::{ErrorBuilder, ErrorKind, Outcome};
use crate::transport::authorize::Signed;

/// The hint for an answer that is an error. `signed` is there where an access key signed the request.
pub(crate) fn of(
    error: &ErrorBuilder,
    headers: &HeaderMap,
    credentials: &Credentials,
    signed: Option<&Signed>,
) -> Option<String> {
    let code = error.code_said().unwrap_or_default();
    let number = code.rsplit('.').next().unwrap_or_default();
    let fixed = match (error.kind(), number) {
        (ErrorKind::Auth, _) => {
            let must_renew = number == "0307";
            return Some(match signed {
                Some(_) if must_renew => ELSEWHERE.to_owned(),
                Some(signed) => signed.hint(error.message(), headers, &name(credentials)),
                None => token(credentials, must_renew, SystemTime::now()),
            });
        }
        (ErrorKind::Permission, "0310") => {
            return Some(format!(
                "check the project id and the region: the project is not one of the {}",
                name(credentials)
            ));
        }
        (ErrorKind::Permission, "0401" | "0402" | "0404") => {
            "calls from this address are not let through; call from an allowed one, or have this one allowed"
        }
        (ErrorKind::Permission, "0801" | "0802") => ELSEWHERE,
        (ErrorKind::Permission, "0010") => {
            "check the project id and the region; if they are right, ask an administrator for the permission"
        }
        (ErrorKind::Permission, _) => "ask an administrator for the permission, and check the project id",
        (ErrorKind::NotFound, "0101" | "0103") => ELSEWHERE,
        (ErrorKind::NotFound, _) => "check the task id, the project id and the region",
        (ErrorKind::Throttled, _) => "wait a minute: the gateway takes 5 calls a minute from one user",
        (ErrorKind::Refused, "1001" | "1006" | "1007") if code.starts_with("HSS.") => {
            "a server is scanned only while it runs, its agent is online and its protection is on"
        }
        (ErrorKind::Refused, "") | (ErrorKind::Protocol, _) => {
            "check the endpoint and any proxy on the way: this answer is not the service's"
        }
        (ErrorKind::Server, _) if error.outcome() == Outcome::Refused => {
            "call again later: the gateway could not ask IAM who calls"
        }
        _ if error.outcome() == Outcome::Unknown => LOOK_FIRST,
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// For an outcome in doubt.
pub(crate) const LOOK_FIRST: &str = "look at the task before repeating: the service may have acted";

const ELSEWHERE: &str = "check the region and the endpoint: the credentials or the API may be another region's";

/// The hint where IAM refused to list the projects.
pub(crate) fn of_projects(status: Option<u16>, message: &str, credentials: &Credentials) -> String {
    match (status, credentials.identity()) {
        (Some(401), Identity::AccessKey(_)) => signature_hint::hint(
            message,
            None,
            SystemTime::now().try_into().ok(),
            None,
            &name(credentials),
        ),
        (Some(401), _) => token(credentials, false, SystemTime::now()),
        _ => "name the project id, or ask an administrator for the permission to list projects".to_owned(),
    }
}

/// The hint for a token that was refused.
fn token(credentials: &Credentials, must_renew: bool, now: SystemTime) -> String {
    let name = name(credentials);
    let end = credentials.expires_at().filter(|end| *end <= now);
    match end.and_then(|end| jiff::Timestamp::try_from(end).ok()) {
        Some(end) => format!("the {name} ended at {end:.0}; get a new one"),
        None if must_renew => {
            format!(
                "the {name} has expired, or is for another region than the endpoint's; get a new one for this region"
            )
        }
        None => format!("the {name} is wrong, has expired or is another account's; get a new one"),
    }
}

/// The credentials in words that an error can hold, such as `access key QTWA… (environment HUAWEICLOUD_SDK_AK)`.
fn name(credentials: &Credentials) -> String {
    let words = credentials.to_string();
    // Who gave them in hand needs not be told so.
    printable(words.strip_suffix(" (given)").unwrap_or(&words))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use huaweicloud_auth::{AccessKey, Token};

    use super::*;

    fn a_token() -> Credentials {
        Credentials::from(Token::new("secret-token").unwrap()).with_source("environment HSS_AUTH_TOKEN")
    }

    fn a_key() -> Credentials {
        AccessKey::new("QTWAOYTTINDUT2QVKYUC", "secret-key").unwrap().into()
    }

    fn shown(kind: ErrorKind, outcome: Outcome, code: &str) -> Option<String> {
        let error = ErrorBuilder::new(kind, outcome, "no").code((!code.is_empty()).then(|| code.to_owned()));
        of(&error, &HeaderMap::new(), &a_token(), None)
    }

    #[test]
    fn each_code_has_its_hint() {
        use ErrorKind as Kind;
        let table = [
            (
                Kind::Auth,
                "APIGW.0301",
                "the token (environment HSS_AUTH_TOKEN) is wrong, has expired or",
            ),
            (
                Kind::Auth,
                "APIG.0307",
                "has expired, or is for another region than the endpoint's",
            ),
            (Kind::Auth, "", "get a new one"),
            (Kind::Permission, "APIGW.0302", "ask an administrator"),
            (
                Kind::Permission,
                "APIGW.0310",
                "the project is not one of the token (environment HSS_AUTH_TOKEN)",
            ),
            (Kind::Permission, "APIG.0401", "from this address"),
            (Kind::Permission, "APIGW.0802", "check the region and the endpoint"),
            (
                Kind::Permission,
                "HSS.0010",
                "check the project id and the region; if they are right",
            ),
            (Kind::Permission, "HSS.0013", "ask an administrator"),
            (Kind::NotFound, "APIGW.0101", "check the region and the endpoint"),
            (Kind::NotFound, "HSS.0011", "check the task id"),
            (Kind::Throttled, "APIGW.0308", "wait a minute"),
            (Kind::Refused, "HSS.1007", "its agent is online"),
            (Kind::Server, "APIGW.0613", "could not ask IAM"),
            (Kind::Protocol, "", "any proxy on the way"),
        ];
        for (kind, code, expected) in table {
            let hint = shown(kind, Outcome::Refused, code).unwrap_or_default();
            assert!(hint.contains(expected), "{kind:?} {code}: {hint}");
        }
        assert_eq!(shown(Kind::Refused, Outcome::Refused, "HSS.0001"), None);
        assert_eq!(
            shown(Kind::Refused, Outcome::Refused, "1007"),
            None,
            "another service's number"
        );
        assert_eq!(shown(Kind::Server, Outcome::Unknown, "").as_deref(), Some(LOOK_FIRST));
    }

    #[test]
    fn a_token_that_is_known_to_have_ended() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_203_200);
        let ended = a_token().with_expires_at(end);
        let after = token(&ended, true, end + Duration::from_secs(1));
        assert_eq!(
            after,
            "the token (environment HSS_AUTH_TOKEN) ended at 2026-04-03T08:00:00Z; get a new one"
        );
        assert!(token(&ended, true, end - Duration::from_secs(1)).contains("another region"));
    }

    #[test]
    fn projects_that_iam_does_not_list() {
        assert!(of_projects(Some(401), "no", &a_token()).contains("get a new one"));
        let key = of_projects(Some(401), "no", &a_key());
        assert!(key.starts_with("check the access key QTWA…: "), "{key}");
        assert!(of_projects(Some(401), "The key is locked", &a_key()).contains("wait five minutes"));
        assert!(of_projects(Some(403), "no", &a_key()).starts_with("name the project id"));
    }
}
