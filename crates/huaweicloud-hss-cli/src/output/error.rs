//! An error as text and as JSON.

use huaweicloud_hss::auth::net::sanitize;
use huaweicloud_hss::{Error, Outcome};
use serde::Serialize;

use crate::error::CliError;
use crate::output::json;

/// The error, the outcome and the hint, a line each.
pub(crate) fn text(error: &CliError) -> String {
    let facts = error.sdk().map(facts).unwrap_or_default();
    let mut lines = vec![if facts.is_empty() {
        format!("error: {}", error.message())
    } else {
        format!("error: {} ({})", error.message(), facts.join(", "))
    }];
    lines.extend(error.details().iter().map(|detail| format!("  {detail}")));
    lines.extend(error.causes().iter().map(|cause| format!("cause: {cause}")));
    let outcome = match error.outcome() {
        Outcome::NotSent => "nothing was sent",
        Outcome::Refused => "the service did not act",
        Outcome::Unknown => "unknown, the service may have acted",
    };
    lines.push(format!("outcome: {outcome}"));
    lines.extend(error.hint().map(|hint| format!("hint: {hint}")));
    let lines: Vec<String> = lines.iter().map(|line| sanitize::escape_line(line)).collect();
    lines.join("\n")
}

/// What the service said besides the message.
fn facts(error: &Error) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(error.code().map(str::to_owned));
    facts.extend(error.status().map(|status| format!("HTTP {status}")));
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
        let sdk = error.sdk();
        Self {
            kind: error.kind(),
            outcome: error.outcome().as_str(),
            status: sdk.and_then(Error::status),
            code: sdk.and_then(Error::code),
            message,
            request_id: sdk.and_then(Error::request_id),
            hint: error.hint(),
            attempts: sdk.map_or(0, Error::attempts),
        }
    }
}
