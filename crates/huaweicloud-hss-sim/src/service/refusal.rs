//! Why the service, or the gateway before it, refuses a request: status, code and message in one table.
//!
//! Codes and statuses are those that the vendor documents; the messages after the vendor's first words are this project's.

use axum::http::{Method, StatusCode};

#[derive(Debug)]
pub(crate) enum Refusal {
    UnknownApi,
    /// The path has other methods: these.
    OtherMethod(Vec<Method>),
    BodyTooLarge,
    Unauthenticated(String),
    /// The signature does not match the request as the gateway sees it.
    SignatureMismatch {
        /// Secrets in it are masked.
        canonical_request: String,
    },
    TokenExpired,
    /// The credentials are for another project than the request.
    OtherProject,
    Throttled,
    /// A value that the document or the task does not allow.
    ParameterInvalid(String),
    NotParsable(String),
    NotFound(String),
    /// The task still scans. The code is a guess: the service's is not known.
    Busy,
}

impl Refusal {
    /// The document allows the value at this place, and the simulator does not know what it asks for.
    pub(crate) fn not_simulated(place: &str, file: &str) -> Self {
        Self::ParameterInvalid(format!(
            "body {place} has a value that the simulator cannot act on yet (crates/huaweicloud-hss-sim/src/{file})"
        ))
    }

    pub(crate) fn describe(&self) -> (StatusCode, &'static str, String) {
        let (status, code, message) = match self {
            Self::UnknownApi => (404, "APIGW.0101", "No API is published at this path.".to_owned()),
            Self::OtherMethod(_) => (405, "APIGW.0501", "The API does not take this method.".to_owned()),
            Self::BodyTooLarge => (413, "APIGW.0201", "The request body is larger than 12 MB.".to_owned()),
            Self::Unauthenticated(why) => (
                401,
                "APIGW.0301",
                format!("Incorrect IAM authentication information: {why}."),
            ),
            // As the gateway does it: a bar for each line break, up to the end of the message.
            Self::SignatureMismatch { canonical_request } => (
                401,
                "APIGW.0301",
                format!(
                    "Incorrect IAM authentication information: the signature does not match, canonicalRequest:{}",
                    canonical_request.replace('\n', "|")
                ),
            ),
            Self::TokenExpired => (
                401,
                "APIGW.0307",
                "The token has expired and must be renewed.".to_owned(),
            ),
            Self::OtherProject => (
                403,
                "APIGW.0310",
                "The credentials are not for the project of the request.".to_owned(),
            ),
            Self::Throttled => (
                429,
                "APIGW.0308",
                "The throttling threshold of this API has been reached.".to_owned(),
            ),
            Self::ParameterInvalid(what) => (400, "HSS.0001", format!("Invalid parameter: {what}.")),
            Self::NotParsable(why) => (400, "HSS.0002", format!("The request cannot be parsed: {why}.")),
            Self::NotFound(what) => (400, "HSS.0011", format!("The resource was not found: {what}.")),
            Self::Busy => (
                400,
                "HSS.1006",
                "The task is still scanning; the command could not be sent to the agent.".to_owned(),
            ),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, code, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wire cases hold every code with its status, and the SDK's table of codes is compared with them too.
    #[test]
    fn every_refusal_has_a_wire_case_with_its_code_and_status() {
        // A packed crate has no wire cases.
        if std::fs::exists(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml.orig")).unwrap() {
            return;
        }
        let why = || "reason".to_owned();
        for refusal in [
            Refusal::UnknownApi,
            Refusal::OtherMethod(Vec::new()),
            Refusal::BodyTooLarge,
            Refusal::Unauthenticated(why()),
            Refusal::SignatureMismatch {
                canonical_request: why(),
            },
            Refusal::TokenExpired,
            Refusal::OtherProject,
            Refusal::Throttled,
            Refusal::ParameterInvalid(why()),
            Refusal::NotParsable(why()),
            Refusal::NotFound(why()),
            Refusal::Busy,
        ] {
            let (status, code, _) = refusal.describe();
            let (prefix, number) = code.split_once('.').unwrap();
            let name = match prefix {
                "HSS" => format!("hss_{number}"),
                _ => format!("{}_{}_{number}", prefix.to_lowercase(), status.as_u16()),
            };
            let wire = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/wire");
            let case =
                std::fs::read(format!("{wire}/error.{name}.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
            let case: serde_json::Value = serde_json::from_slice(&case).unwrap();
            assert_eq!(case["answer"]["status"], status.as_u16(), "{name}");
            assert_eq!(case["outcome"]["code"], code, "{name}");
        }
    }
}
