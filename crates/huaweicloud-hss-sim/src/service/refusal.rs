//! Why the service or the gateway before it says no: the code, the status and the words.
//!
//! Codes and statuses are those that the vendor documents; the words after them are the project's own.

use axum::http::{Method, StatusCode};

/// A request that is not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No API has this path.
    UnknownApi,
    /// The path has other methods, which are listed.
    OtherMethod(Vec<Method>),
    /// The body is larger than the gateway takes.
    BodyTooLarge,
    /// The token or the signature is missing or wrong; says which.
    Unauthenticated(String),
    /// The signature is not the one that the key makes of the request, which is here as the gateway sees it.
    SignatureMismatch {
        /// Secrets in it are masked.
        canonical_request: String,
    },
    /// The token was good once.
    TokenExpired,
    /// The caller is not for the project that the request names.
    OtherProject,
    /// The quota of the operation is used up.
    Throttled,
    /// A value that the document or the task does not allow.
    ParameterInvalid(String),
    /// The body cannot be read.
    NotParsable(String),
    /// The task, host or cluster does not exist.
    NotFound(String),
    /// The task still scans. Which code the service gives here is not known.
    Busy,
}

impl Refusal {
    /// The status that the vendor documents for the code.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::UnknownApi => StatusCode::NOT_FOUND,
            Self::OtherMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthenticated(_) | Self::SignatureMismatch { .. } | Self::TokenExpired => StatusCode::UNAUTHORIZED,
            Self::OtherProject => StatusCode::FORBIDDEN,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::ParameterInvalid(_) | Self::NotParsable(_) | Self::NotFound(_) | Self::Busy => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    /// The vendor's code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::UnknownApi => "APIGW.0101",
            Self::OtherMethod(_) => "APIGW.0501",
            Self::BodyTooLarge => "APIGW.0201",
            Self::Unauthenticated(_) | Self::SignatureMismatch { .. } => "APIGW.0301",
            Self::TokenExpired => "APIGW.0307",
            Self::OtherProject => "APIGW.0310",
            Self::Throttled => "APIGW.0308",
            Self::ParameterInvalid(_) => "HSS.0001",
            Self::NotParsable(_) => "HSS.0002",
            Self::NotFound(_) => "HSS.0011",
            Self::Busy => "HSS.1006",
        }
    }

    /// Whether the gateway answers, which then puts the request id into the body too.
    pub(crate) fn is_gateway(&self) -> bool {
        self.code().starts_with("APIGW.")
    }

    /// What went wrong.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::UnknownApi => "No API is published at this path.".to_owned(),
            Self::OtherMethod(_) => "The API does not take this method.".to_owned(),
            Self::BodyTooLarge => "The request body is larger than 12 MB.".to_owned(),
            Self::Unauthenticated(why) => format!("Incorrect IAM authentication information: {why}."),
            // The gateway's way: a bar for each line break, up to the end of the message.
            Self::SignatureMismatch { canonical_request } => format!(
                "Incorrect IAM authentication information: the signature does not match, canonicalRequest:{}",
                canonical_request.replace('\n', "|")
            ),
            Self::TokenExpired => "The token has expired and must be renewed.".to_owned(),
            Self::OtherProject => "The credentials are not for the project of the request.".to_owned(),
            Self::Throttled => "The throttling threshold of this API has been reached.".to_owned(),
            Self::ParameterInvalid(what) => format!("Invalid parameter: {what}."),
            Self::NotParsable(why) => format!("The request cannot be parsed: {why}."),
            Self::NotFound(what) => format!("The resource was not found: {what}."),
            Self::Busy => "The task is still scanning; the command could not be sent to the agent.".to_owned(),
        }
    }
}
