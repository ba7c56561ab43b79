//! Help, the version and usage errors, which clap reports as errors.

use huaweicloud_hss::auth::net::sanitize;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::args::options::Format;
use crate::args::short_help::short_help;
use crate::error::{CliError, ExitError};
use crate::exit_code;
use crate::output;

/// Prints clap's error, and returns the exit code.
pub(crate) fn report(error: &clap::Error, words: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let written = error.print().and_then(|()| io::stdout().flush());
        return match written {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => output::failure(&ExitError::Unwritten { error, result: None }, Format::Text),
        };
    }
    if wants_json(words) {
        return output::failure(&ExitError::Failed(cli_error(error)), Format::Json);
    }
    // clap repeats the words as they are, so unsafe ones cost the colours.
    let is_unsafe = |word: &OsString| {
        let word = word.to_string_lossy();
        sanitize::escape_line(&word) != word
    };
    let _ = if error.kind() == ErrorKind::MissingSubcommand {
        write!(io::stderr(), "{}", short_help(words))
    } else if words.iter().any(is_unsafe) {
        write!(io::stderr(), "{}", sanitize::escape_lines(&error.render().to_string()))
    } else {
        error.print()
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
fn cli_error(error: &clap::Error) -> CliError {
    let text = error.render().to_string();
    let (message, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = rest.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    CliError::invalid(message.strip_prefix("error: ").unwrap_or(&message)).with_hint(tip.unwrap_or("see hss --help"))
}
