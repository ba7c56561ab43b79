//! A failure as text and as JSON.

use huaweicloud_hss::Outcome;
use serde::Serialize;

use crate::error::CliError;
use crate::output::json;
use crate::output::sanitize;

/// A failure in words: what happened, what is known of the outcome, what to do.
pub(crate) fn text(failure: &CliError) -> String {
    let mut about = Vec::new();
    about.extend(failure.code.clone());
    about.extend(failure.status.map(|status| format!("HTTP {status}")));
    about.extend(failure.request_id.as_ref().map(|id| format!("request id {id}")));
    about.extend((failure.attempts > 1).then(|| format!("{} attempts", failure.attempts)));
    let mut lines = vec![match about.is_empty() {
        true => format!("error: {}", failure.message),
        false => format!("error: {} ({})", failure.message, about.join(", ")),
    }];
    lines.extend(failure.details.iter().map(|detail| format!("  {detail}")));
    lines.extend(failure.causes.iter().map(|cause| format!("cause: {cause}")));
    let outcome = match failure.outcome {
        Outcome::NotSent => "nothing was sent",
        Outcome::Refused => "the service did not act",
        Outcome::Unknown => "unknown, the service may have acted",
    };
    lines.push(format!("outcome: {outcome}"));
    lines.extend(failure.hint.as_ref().map(|hint| format!("hint: {hint}")));
    let lines: Vec<String> = lines.iter().map(|line| sanitize::line(line)).collect();
    lines.join("\n")
}

/// A failure as the one object on standard output.
pub(crate) fn json_object(failure: &CliError) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        error: Fields<'a>,
    }
    json::to_line(&Object {
        error: Fields::of(failure),
    })
}

/// A failure in JSON.
#[derive(Serialize)]
pub(crate) struct Fields<'a> {
    kind: &'a str,
    outcome: &'a str,
    status: Option<u16>,
    code: Option<&'a str>,
    message: String,
    request_id: Option<&'a str>,
    hint: Option<&'a str>,
    attempts: u32,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(failure: &'a CliError) -> Self {
        let details = match failure.details.is_empty() {
            true => String::new(),
            false => format!(": {}", failure.details.join("; ")),
        };
        Self {
            kind: failure.kind_name(),
            outcome: failure.outcome.as_str(),
            status: failure.status,
            code: failure.code.as_deref(),
            message: format!("{}{details}", failure.message),
            request_id: failure.request_id.as_deref(),
            hint: failure.hint.as_deref(),
            attempts: failure.attempts,
        }
    }
}
