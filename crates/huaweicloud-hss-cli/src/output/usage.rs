//! Help, the version and usage errors, which clap reports as errors.

use huaweicloud_hss::auth::sanitize;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::args::options::Format;
use crate::args::short_help::{help_command, short_help};
use crate::error::{CliError, ExitError};
use crate::exit_code;
use crate::output;
use crate::output::report::version;

/// Prints clap's error, and returns the exit code.
pub(crate) fn report(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let format = if wants_json(words) { Format::Json } else { Format::Text };
    let written = match error.kind() {
        ErrorKind::DisplayHelp => error.print().and_then(|()| io::stdout().flush()),
        ErrorKind::DisplayVersion => output::write(&version(format)),
        _ => return usage_error(error, words, format),
    };
    match output::unless_closed(written) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::failure(&ExitError::Unwritten { error, result: None }, Format::Text),
    }
}

fn usage_error(error: &clap::Error, words: &[OsString], format: Format) -> ExitCode {
    if format == Format::Json {
        return output::failure(&ExitError::Failed(cli_error(error, words)), format);
    }
    // clap repeats the words as they are, so unsafe ones cost the colours.
    let is_unsafe = |word: &OsString| {
        let word = word.to_string_lossy();
        sanitize::escape_line(&word) != word
    };
    let mut stderr = anstream::stderr();
    let _ = if error.kind() == ErrorKind::MissingSubcommand {
        write!(stderr, "{}", short_help(words))
    } else {
        let text = error.render().ansi().to_string();
        // clap's own pointer does not say of which command.
        let message = text
            .split("\n\nFor more information")
            .next()
            .unwrap_or(&text)
            .trim_end();
        let text = format!("{message}\n\nsee {}\n", help_command(words));
        if words.iter().any(is_unsafe) {
            let plain = anstream::adapter::strip_str(&text).to_string();
            write!(stderr, "{}", sanitize::escape_lines(&plain))
        } else {
            write!(stderr, "{text}")
        }
    };
    ExitCode::from(exit_code::USAGE)
}

/// Whether the words ask for JSON. They could not be parsed, so only this option is recognised.
fn wants_json(words: &[OsString]) -> bool {
    let words = || words.iter().take_while(|word| *word != "--");
    let mut pairs = words().zip(words().skip(1));
    words().any(|word| word == "--output=json") || pairs.any(|(option, value)| option == "--output" && value == "json")
}

/// clap's text: the first block is the message, and a later one can have a tip.
fn cli_error(error: &clap::Error, words: &[OsString]) -> CliError {
    let text = error.render().to_string();
    let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = rest.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let hint = tip.map_or_else(|| format!("see {}", help_command(words)), str::to_owned);
    CliError::invalid(message.strip_prefix("error: ").unwrap_or(&message)).with_hint(hint)
}
