//! An error as text and as JSON.

use huaweicloud_hss::auth::sanitize;
use huaweicloud_hss::{Error, Outcome};
use serde::Serialize;

use crate::error::CliError;
use crate::output::json;

/// The error, the outcome and the hint, a line each.
pub(crate) fn text(error: &CliError) -> String {
    let facts = error.sdk().map(facts).unwrap_or_default();
    let message = short(error.message());
    let mut lines = vec![if facts.is_empty() {
        format!("error: {message}")
    } else {
        format!("error: {message} ({})", facts.join(", "))
    }];
    lines.extend(error.details().iter().map(|detail| format!("  {detail}")));
    lines.extend(error.causes().iter().map(|cause| format!("cause: {cause}")));
    let outcome = match error.outcome() {
        Outcome::NotSent => "nothing was sent",
        Outcome::Refused => "the service did not act",
        Outcome::NoEffect => "nothing was changed, the call only reads",
        Outcome::Unknown => "unknown, the service may have acted",
    };
    lines.push(format!("outcome: {outcome}"));
    lines.extend(error.hint().map(|hint| format!("hint: {hint}")));
    let lines: Vec<String> = lines.iter().map(|line| sanitize::escape_line(line)).collect();
    lines.join("\n")
}

/// A message without the canonical request that the gateway echoes for a wrong signature: the hint says what is wrong
/// with it.
fn short(message: &str) -> String {
    const ECHO: &str = "canonicalRequest:";
    match message.split_once(ECHO) {
        Some((before, _)) => format!("{before}{ECHO} …; --output json has it whole"),
        None => message.to_owned(),
    }
}

/// What the service said besides the message.
fn facts(error: &Error) -> Vec<String> {
    let mut facts = Vec::new();
    let status = error.status().map(|status| status.to_string());
    // IAM repeats the status as its code.
    facts.extend(
        error
            .code()
            .filter(|code| status.as_deref() != Some(*code))
            .map(str::to_owned),
    );
    facts.extend(status.map(|status| format!("HTTP {status}")));
    facts.extend(error.request_id().map(|id| format!("request id {id}")));
    facts.extend((error.attempts() > 1).then(|| format!("{} attempts", error.attempts())));
    facts
}

/// The error as the one object on standard output.
pub(crate) fn json(error: &CliError) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        error: ErrorObject<'a>,
    }
    json::to_line(&Object {
        error: ErrorObject::of(error),
    })
}

/// An error in JSON.
#[derive(Serialize)]
pub(crate) struct ErrorObject<'a> {
    kind: &'a str,
    outcome: &'a str,
    status: Option<u16>,
    code: Option<&'a str>,
    message: String,
    /// The causes, outermost first.
    cause: Option<String>,
    request_id: Option<&'a str>,
    hint: Option<&'a str>,
    attempts: u32,
}

impl<'a> ErrorObject<'a> {
    pub(crate) fn of(error: &'a CliError) -> Self {
        let details = error.details();
        let message = if details.is_empty() {
            error.message().to_owned()
        } else {
            format!("{}: {}", error.message(), details.join("; "))
        };
        let (sdk, causes) = (error.sdk(), error.causes());
        Self {
            kind: error.kind(),
            outcome: error.outcome().as_str(),
            status: sdk.and_then(Error::status),
            code: sdk.and_then(Error::code),
            message,
            cause: (!causes.is_empty()).then(|| causes.join(": ")),
            request_id: sdk.and_then(Error::request_id),
            hint: error.hint(),
            attempts: error.attempts(),
        }
    }
}
