//! What goes to standard output, and failures.

pub(crate) mod curl;
pub(crate) mod error;
pub(crate) mod json;
pub(crate) mod messages;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod sanitize;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod usage;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::{Accepted, Preview};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::args::Format;
use crate::error::ExitError;
use crate::exit_code;
use crate::output::report::Report;
use crate::output::words::verb;

/// Writes the result, and nothing else.
pub(crate) fn result(report: &Report, format: Format) -> Result<(), ExitError> {
    let text = match report {
        Report::Accepted {
            operation,
            task_id,
            accepted,
        } => match format {
            Format::Text => accepted_text(*operation, task_id, accepted),
            Format::Json => accepted_json(*operation, task_id, accepted),
        },
        Report::Preview(preview) => match format {
            Format::Text => preview_text(preview),
            Format::Json => preview_json(preview),
        },
        Report::Previews(previews) => match format {
            Format::Text => previews.iter().map(preview_text).collect::<Vec<_>>().join("\n\n"),
            Format::Json => previews_json(previews),
        },
        Report::Batches(summary) => match format {
            Format::Text => summary::text(summary),
            Format::Json => summary::json(summary),
        },
        Report::Text(text) => text.clone(),
        Report::Printed => return Ok(()),
    };
    let advice = match (report, format) {
        (Report::Batches(summary), Format::Text) => summary::advice(summary),
        _ => None,
    };
    if let Err(error) = write(&text) {
        // What the service took is worth knowing even so.
        let result = matches!(report, Report::Accepted { .. } | Report::Batches(_)).then(|| match advice {
            Some(advice) => format!("{text}\n{advice}"),
            None => text,
        });
        return Err(ExitError::Unwritten { error, result });
    }
    if let Some(advice) = advice {
        let _ = writeln!(io::stderr(), "{advice}");
    }
    Ok(())
}

/// Writes a text and a line feed to standard output, all of it.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Says why the program ends, and gives its exit code.
pub(crate) fn stop(stop: &ExitError, format: Format) -> ExitCode {
    match stop {
        ExitError::Failed(failure) => {
            let written = match format {
                Format::Text => writeln!(io::stderr(), "{}", error::text(failure)),
                Format::Json => write(&error::json_object(failure)),
            };
            let code = failure.code_of_exit();
            // A code that says more than that nothing could be written stays.
            let _ = written;
            ExitCode::from(code)
        }
        ExitError::Unwritten { error, result } => {
            let mut text = format!("error: the result could not be written: {error}");
            if let Some(result) = result {
                text += &format!("\nresult: {result}");
            }
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::from(exit_code::FAULT)
        }
    }
}

fn accepted_text(operation: Operation, task_id: &str, accepted: &Accepted) -> String {
    let request_id = accepted.request_id().unwrap_or("not told");
    sanitize::line(&format!(
        "accepted: {} of task {task_id} (request id {request_id})",
        verb(operation)
    ))
}

fn accepted_json(operation: Operation, task_id: &str, accepted: &Accepted) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        operation: &'a str,
        task_id: &'a str,
        status: u16,
        request_id: Option<&'a str>,
    }
    json::to_line(&Object {
        operation: operation.as_str(),
        task_id,
        status: accepted.status(),
        request_id: accepted.request_id(),
    })
}

fn preview_text(preview: &Preview) -> String {
    let text = preview.to_string();
    // The body is JSON, so what could steer a terminal is escaped as in JSON; nothing before it can hold any.
    match text.strip_suffix(preview.body()) {
        Some(head) => format!("{head}{}", sanitize::json(preview.body())),
        None => sanitize::lines(&text),
    }
}

#[derive(Serialize)]
struct Previewed<'a> {
    method: &'a str,
    url: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    body: Option<&'a RawValue>,
}

impl<'a> Previewed<'a> {
    fn of(preview: &'a Preview) -> Self {
        Self {
            method: preview.method(),
            url: preview.url(),
            headers: preview.headers().collect(),
            body: serde_json::from_str(preview.body()).ok(),
        }
    }
}

fn preview_json(preview: &Preview) -> String {
    json::to_line(&Previewed::of(preview))
}

fn previews_json(previews: &[Preview]) -> String {
    #[derive(Serialize)]
    struct Object<'a> {
        requests: Vec<Previewed<'a>>,
    }
    let requests = previews.iter().map(Previewed::of).collect();
    json::to_line(&Object { requests })
}
