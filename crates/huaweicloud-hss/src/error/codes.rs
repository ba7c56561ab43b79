//! What the error codes and statuses of the service and of the gateway before it mean.
//!
//! One row per code: the classifier, the hints, the renewal of tokens and the bulk runner all read this table. The
//! codes are those that the vendor's lists of error codes for HSS and for API Gateway name.

use super::hint::{self, Hint};
use super::kind::{ErrorKind, Outcome};

/// What a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) kind: ErrorKind,
    pub(crate) outcome: Outcome,
    pub(crate) hint: Hint,
}

/// Who issues a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Issuer {
    /// The prefix `HSS.`.
    Service,
    /// The prefix `APIGW.` or `APIG.`.
    Gateway,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Code {
    issuer: Issuer,
    number: &'static str,
    status: u16,
    meaning: Meaning,
    renews_token: bool,
    may_be_busy: bool,
}

/// An HSS code without a row counts as one that may mean a busy task: see [`may_be_busy`].
const CODES: &[Code] = &[
    // Nearly every refusal of the service comes with 400.
    Code::service("0001", 400, ErrorKind::Refused, Hint::None),
    Code::service("0002", 400, ErrorKind::Refused, Hint::None),
    Code::service(
        "0010",
        400,
        ErrorKind::Permission,
        Hint::Text(hint::CHECK_PROJECT_THEN_PERMISSION),
    ),
    Code::service("0011", 400, ErrorKind::NotFound, Hint::Text(hint::CHECK_IDS)),
    Code::service("0013", 400, ErrorKind::Permission, Hint::Text(hint::ASK_FOR_PERMISSION)),
    Code::service("0014", 400, ErrorKind::Refused, Hint::None),
    Code::service("1001", 400, ErrorKind::Refused, Hint::Text(hint::SCAN_PRECONDITIONS)),
    Code::service("1002", 400, ErrorKind::Refused, Hint::None),
    Code::service(
        "1006",
        400,
        ErrorKind::Refused,
        Hint::Text(hint::SCAN_PRECONDITIONS_OR_BUSY),
    )
    .may_be_busy(),
    Code::service("1007", 400, ErrorKind::Refused, Hint::Text(hint::SCAN_PRECONDITIONS)),
    Code::service("1008", 400, ErrorKind::Refused, Hint::None).may_be_busy(),
    Code::service("0041", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0301", 401, ErrorKind::Auth, Hint::Credentials),
    Code::gateway("0307", 401, ErrorKind::Auth, Hint::RenewedToken).renews_token(),
    Code::gateway("0302", 403, ErrorKind::Permission, Hint::Text(hint::ASK_FOR_PERMISSION)),
    Code::gateway("0304", 403, ErrorKind::Permission, Hint::Text(hint::ASK_FOR_PERMISSION)),
    Code::gateway("0306", 403, ErrorKind::Permission, Hint::Text(hint::ASK_FOR_PERMISSION)),
    Code::gateway("0310", 403, ErrorKind::Permission, Hint::Project),
    Code::gateway("0401", 403, ErrorKind::Permission, Hint::Text(hint::CALLER_ADDRESS)),
    Code::gateway("0402", 403, ErrorKind::Permission, Hint::Text(hint::CALLER_ADDRESS)),
    Code::gateway("0404", 403, ErrorKind::Permission, Hint::Text(hint::CALLER_ADDRESS)),
    Code::gateway("0801", 403, ErrorKind::Permission, Hint::Text(hint::CHECK_REGION)),
    Code::gateway("0802", 403, ErrorKind::Permission, Hint::Text(hint::CHECK_REGION)),
    Code::gateway("0101", 404, ErrorKind::NotFound, Hint::Text(hint::CHECK_REGION)),
    Code::gateway("0103", 404, ErrorKind::NotFound, Hint::Text(hint::CHECK_REGION)),
    Code::gateway("0501", 405, ErrorKind::Refused, Hint::None),
    Code::gateway("0502", 405, ErrorKind::Refused, Hint::None),
    Code::gateway("0201", 413, ErrorKind::Refused, Hint::None),
    Code::gateway("0201", 414, ErrorKind::Refused, Hint::None),
    Code::gateway("0201", 494, ErrorKind::Refused, Hint::None),
    Code::gateway("0201", 502, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0201", 504, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0308", 429, ErrorKind::Throttled, Hint::Text(hint::WAIT_FOR_QUOTA)),
    Code::gateway("0601", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0605", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0606", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0608", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0609", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0611", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0612", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0705", 500, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    Code::gateway("0610", 502, ErrorKind::Server, Hint::Text(hint::LOOK_FIRST)),
    // The gateway asks IAM about the caller before it lets a request through.
    Code::gateway("0613", 503, ErrorKind::Server, Hint::Text(hint::IAM_UNAVAILABLE)).refused(),
];

impl Code {
    const fn new(issuer: Issuer, number: &'static str, status: u16, kind: ErrorKind, hint: Hint) -> Self {
        let outcome = if status < 500 {
            Outcome::Refused
        } else {
            Outcome::Unknown
        };
        Self {
            issuer,
            number,
            status,
            meaning: Meaning { kind, outcome, hint },
            renews_token: false,
            may_be_busy: false,
        }
    }

    const fn service(number: &'static str, status: u16, kind: ErrorKind, hint: Hint) -> Self {
        Self::new(Issuer::Service, number, status, kind, hint)
    }

    const fn gateway(number: &'static str, status: u16, kind: ErrorKind, hint: Hint) -> Self {
        Self::new(Issuer::Gateway, number, status, kind, hint)
    }

    /// Although it comes with a 5xx the service did not get the request.
    const fn refused(mut self) -> Self {
        self.meaning.outcome = Outcome::Refused;
        self
    }

    /// A new token may be accepted.
    const fn renews_token(mut self) -> Self {
        self.renews_token = true;
        self
    }

    /// The task may still be scanning: the vendor names no code for that, and this one does not say anything else for
    /// certain.
    const fn may_be_busy(mut self) -> Self {
        self.may_be_busy = true;
        self
    }

    /// The service may answer with another 4xx than the documented 400.
    fn comes_with(&self, status: u16) -> bool {
        let is_refusal = |status| matches!(status, 400..=499);
        self.status == status || (self.issuer == Issuer::Service && is_refusal(self.status) && is_refusal(status))
    }
}

fn split(code: &str) -> Option<(Issuer, &str)> {
    let (prefix, number) = code.split_once('.')?;
    match prefix {
        "HSS" => Some((Issuer::Service, number)),
        "APIGW" | "APIG" => Some((Issuer::Gateway, number)),
        _ => None,
    }
}

fn find(status: u16, code: &str) -> Option<&'static Code> {
    let (issuer, number) = split(code)?;
    let mut rows = CODES.iter();
    rows.find(|row| row.issuer == issuer && row.number == number && row.comes_with(status))
}

/// What a response with this status means. `code` is the one in its body; `is_error_body` says whether the body is an
/// error's at all.
pub(crate) fn meaning(status: u16, code: Option<&str>, is_error_body: bool) -> Meaning {
    match code.and_then(|code| find(status, code)) {
        Some(row) => row.meaning,
        None => meaning_of_status(status, code.is_some(), is_error_body),
    }
}

fn meaning_of_status(status: u16, has_code: bool, is_error_body: bool) -> Meaning {
    use {ErrorKind as Kind, Outcome::Refused, Outcome::Unknown};
    let (kind, outcome, hint) = match status {
        401 => (Kind::Auth, Refused, Hint::Credentials),
        403 => (Kind::Permission, Refused, Hint::Text(hint::ASK_FOR_PERMISSION)),
        404 => (Kind::NotFound, Refused, Hint::Text(hint::CHECK_IDS)),
        429 => (Kind::Throttled, Refused, Hint::Text(hint::WAIT_FOR_QUOTA)),
        // A proxy sends these when it gave up waiting for either side, and may have passed the request on.
        408 | 460 | 499 => (Kind::Timeout, Unknown, Hint::Text(hint::LOOK_FIRST)),
        400..=499 if has_code => (Kind::Refused, Refused, Hint::None),
        400..=499 => (Kind::Refused, Refused, Hint::Text(hint::CHECK_ENDPOINT)),
        500..=599 => (Kind::Server, Unknown, Hint::Text(hint::LOOK_FIRST)),
        200 if is_error_body => (Kind::Server, Unknown, Hint::Text(hint::LOOK_FIRST)),
        _ => (Kind::Protocol, Unknown, Hint::Text(hint::CHECK_ENDPOINT)),
    };
    Meaning { kind, outcome, hint }
}

/// Whether the gateway refused the token because it must be renewed.
pub(crate) fn renews_token(status: Option<u16>, code: Option<&str>) -> bool {
    let row = status.zip(code).and_then(|(status, code)| find(status, code));
    row.is_some_and(|row| row.renews_token)
}

/// Whether HSS itself issued the code, so the gateway let the request through.
pub(crate) fn is_of_service(code: &str) -> bool {
    matches!(split(code), Some((Issuer::Service, _)))
}

/// Whether a refusal may mean that the task is still scanning. It is the service's own, and no code is known for it:
/// each code that is not known to say something else counts.
pub(crate) fn may_be_busy(status: Option<u16>, code: Option<&str>) -> bool {
    let Some((status, code)) = status.zip(code) else {
        return false;
    };
    match find(status, code) {
        Some(row) => row.may_be_busy,
        None => is_of_service(code) && meaning_of_status(status, true, true).kind == ErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The wire cases come from the vendor's lists and run through the whole client elsewhere; here they are held
    /// against the table alone. `None` in a packed crate, which has none.
    fn wire_cases() -> Option<Vec<(u16, String, Value)>> {
        if std::fs::exists(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml.orig")).unwrap() {
            return None;
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/wire");
        let mut cases = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let case: Value = serde_json::from_str(&text).unwrap();
            let status = case["answer"]["status"].as_u64();
            let code = case["outcome"]["code"].as_str();
            if let (Some(status), Some(code)) = (status, code) {
                cases.push((u16::try_from(status).unwrap(), code.to_owned(), case["outcome"].clone()));
            }
        }
        assert!(cases.len() > 30, "{}", cases.len());
        Some(cases)
    }

    #[test]
    fn wire_cases_have_the_kind_and_outcome_of_their_row() {
        for (status, code, outcome) in wire_cases().into_iter().flatten() {
            let meaning = meaning(status, Some(&code), true);
            assert_eq!(meaning.kind.as_str(), outcome["kind"], "{status} {code}");
            assert_eq!(meaning.outcome.as_str(), outcome["outcome"], "{status} {code}");
        }
    }

    #[test]
    fn every_row_has_a_wire_case() {
        let Some(cases) = wire_cases() else { return };
        for row in CODES {
            let is_case = |(status, code, _): &(u16, String, Value)| {
                *status == row.status && split(code) == Some((row.issuer, row.number))
            };
            assert!(cases.iter().any(is_case), "{row:?}");
        }
    }

    #[test]
    fn no_code_has_two_rows_for_one_status() {
        for (index, row) in CODES.iter().enumerate() {
            let other = &CODES[..index];
            assert!(
                !other.iter().any(|other| other.issuer == row.issuer
                    && other.number == row.number
                    && other.comes_with(row.status)),
                "{row:?}"
            );
        }
    }

    #[test]
    fn a_number_counts_only_with_its_prefix_and_status() {
        assert_eq!(meaning(403, Some("HSS.0011"), true).kind, ErrorKind::NotFound);
        assert_eq!(meaning(500, Some("HSS.0011"), true).outcome, Outcome::Unknown);
        assert_eq!(meaning(400, Some("1007"), true).hint, Hint::None);
        assert_eq!(meaning(503, Some("HSS.0613"), true).outcome, Outcome::Unknown);
        assert_eq!(meaning(500, Some("APIGW.0613"), true).outcome, Outcome::Unknown);
        assert!(renews_token(Some(401), Some("APIG.0307")));
        assert!(!renews_token(Some(403), Some("APIGW.0307")) && !renews_token(Some(401), Some("HSS.0307")));
    }

    #[test]
    fn a_refusal_may_be_busy_unless_its_code_says_something_else() {
        for (status, code, busy) in [
            (400, "HSS.1006", true),
            (400, "HSS.1008", true),
            (400, "HSS.9999", true),
            (409, "HSS.9999", true),
            (400, "HSS.0001", false),
            (400, "HSS.0010", false),
            (400, "HSS.1007", false),
            (403, "HSS.9999", false),
            (500, "HSS.9999", false),
            (400, "APIGW.9999", false),
            (400, "9999", false),
        ] {
            assert_eq!(may_be_busy(Some(status), Some(code)), busy, "{status} {code}");
        }
        assert!(!may_be_busy(Some(400), None) && !may_be_busy(None, Some("HSS.1006")));
    }

    #[test]
    fn statuses_of_a_proxy_that_gave_up_leave_the_outcome_unknown() {
        for status in [408, 460, 499] {
            assert_eq!(meaning(status, None, false).outcome, Outcome::Unknown, "{status}");
        }
        assert_eq!(meaning(461, None, false).outcome, Outcome::Refused);
    }
}
