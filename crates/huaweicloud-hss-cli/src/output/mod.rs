//! Standard output, and errors on standard error.

pub(crate) mod curl;
pub(crate) mod error;
mod journal;
pub(crate) mod json;
pub(crate) mod messages;
pub(crate) mod preview;
pub(crate) mod progress;
pub(crate) mod reads;
pub(crate) mod report;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod usage;
pub(crate) mod words;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use huaweicloud_hss::auth::sanitize;
use huaweicloud_hss::{Accepted, OperationId};
use serde::Serialize;

use crate::args::options::Format;
use crate::error::ExitError;
use crate::exit_code;
use crate::output::reads::wait::Waited;
use crate::output::report::Report;
use crate::output::words::verb;

/// Writes what was sent, if anything was, and how the wait ended.
fn waited_result(sent: Option<&Report>, waited: &Waited, format: Format) -> Result<(), ExitError> {
    let (text, advice) = sent.map_or_else(|| (String::new(), None), |sent| text_of(sent, format));
    let text = match format {
        Format::Text if text.is_empty() => waited.text(),
        Format::Text => format!("{text}\n{}", waited.text()),
        Format::Json if text.is_empty() => waited.json(),
        Format::Json => waited.json_with(&text),
    };
    finish(text, advice, true)
}

/// Writes the result to standard output, and advice for people to standard error.
pub(crate) fn result(report: &Report, format: Format) -> Result<(), ExitError> {
    if let Report::Waited { sent, waited } = report {
        return waited_result(sent.as_deref(), waited, format);
    }
    let (text, advice) = text_of(report, format);
    let must_be_told = matches!(report, Report::Accepted { .. } | Report::Batches(_));
    match report {
        Report::Nothing => Ok(()),
        _ => finish(text, advice, must_be_told),
    }
}

/// The result, and advice for people.
fn text_of(report: &Report, format: Format) -> (String, Option<String>) {
    match (report, format) {
        // Each is written otherwise.
        (Report::Waited { .. } | Report::Nothing, _) => (String::new(), None),
        (
            Report::Accepted {
                operation,
                task_id,
                accepted,
            },
            Format::Text,
        ) => (accepted_text(*operation, task_id, accepted), None),
        (
            Report::Accepted {
                operation,
                task_id,
                accepted,
            },
            Format::Json,
        ) => (accepted_json(*operation, task_id, accepted), None),
        (Report::Unknown(error), Format::Text) => (String::new(), Some(error::text(error))),
        (Report::Unknown(error), Format::Json) => (error::json(error), None),
        (Report::Preview(preview), Format::Text) => (preview::text(preview), None),
        (Report::Preview(preview), Format::Json) => (preview::json(preview), None),
        (Report::Previews(previews), Format::Text) => (preview::all_text(previews), None),
        (Report::Previews(previews), Format::Json) => (preview::all_json(previews), None),
        (Report::Batches(summary), Format::Text) => (summary::text(summary), summary::advice(summary)),
        (Report::Batches(summary), Format::Json) => (summary::json(summary), None),
        (Report::Empty { operation, task_id }, Format::Text) => (summary::empty_text(*operation, task_id), None),
        (Report::Empty { operation, task_id }, Format::Json) => (summary::empty_json(*operation, task_id), None),
        (Report::Journals { journals, view }, Format::Text) => (journal::text(journals, *view), None),
        (Report::Journals { journals, .. }, Format::Json) => (journal::json(journals), None),
        (Report::Text(text), _) => (text.clone(), None),
    }
}

fn finish(text: String, advice: Option<String>, must_be_told: bool) -> Result<(), ExitError> {
    if let Err(error) = write(&text) {
        // The user must still learn what the service accepted.
        let result = must_be_told.then(|| match advice {
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

/// Writes a text and a line feed to standard output.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.write_all(end.as_bytes()));
    unless_closed(written.and_then(|()| stdout.flush()))
}

/// Writes a line; `false` where nobody reads any more.
pub(crate) fn write_or_closed(line: &str) -> io::Result<bool> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

/// A closed pipe is no failure: the reader has what it wanted, as `head` does.
pub(crate) fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints an error and returns its exit code.
pub(crate) fn failure(error: &ExitError, format: Format) -> ExitCode {
    match error {
        ExitError::Failed(error) => {
            // The error's exit code says more than "could not be written" does.
            let _ = match format {
                Format::Text => writeln!(io::stderr(), "{}", error::text(error)),
                Format::Json => write(&error::json(error)),
            };
            ExitCode::from(error.exit_code())
        }
        ExitError::Incomplete(error) => {
            let _ = writeln!(io::stderr(), "{}", error::text(error));
            ExitCode::from(error.exit_code())
        }
        ExitError::Unwritten { error, result } => {
            let mut text = format!("error: the result could not be written: {error}");
            if let Some(result) = result {
                text += &format!("\nresult: {result}");
            }
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::from(exit_code::INTERNAL)
        }
    }
}

fn accepted_text(operation: OperationId, task_id: &str, accepted: &Accepted) -> String {
    let request_id = accepted.request_id().unwrap_or("none");
    sanitize::escape_line(&format!(
        "accepted: {} of task {task_id} (request id {request_id})",
        verb(operation)
    ))
}

fn accepted_json(operation: OperationId, task_id: &str, accepted: &Accepted) -> String {
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
        // The only status of a success.
        status: 200,
        request_id: accepted.request_id(),
    })
}
