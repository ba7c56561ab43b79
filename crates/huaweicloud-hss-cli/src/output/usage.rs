//! Arguments that clap does not take, and help, which clap answers too.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::args::Format;
use crate::error::{CliError, ExitError};
use crate::exit_code;
use crate::output;
use crate::output::sanitize;

/// Answers in clap's place and gives the exit code.
pub(crate) fn report(error: &clap::Error, words: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let written = error.print().and_then(|()| io::stdout().flush());
        return match written {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => output::stop(&ExitError::Unwritten { error, result: None }, Format::Text),
        };
    }
    if asks_for_json(words) {
        return output::stop(&ExitError::Failed(failure(error)), Format::Json);
    }
    // clap repeats the words as they are. Where they could steer the terminal, colours are given up.
    let is_unsafe = |word: &OsString| {
        let word = word.to_string_lossy();
        sanitize::line(&word) != word
    };
    let _ = match words.iter().any(is_unsafe) {
        true => write!(io::stderr(), "{}", sanitize::lines(&error.render().to_string())),
        false => error.print(),
    };
    ExitCode::from(exit_code::USAGE)
}

/// Whether the words ask for JSON. They could not be parsed, so this looks at no more than the one flag.
fn asks_for_json(words: &[OsString]) -> bool {
    let words = || words.iter().take_while(|word| *word != "--");
    let pairs = words().zip(words().skip(1));
    words().any(|word| word == "--output=json")
        || pairs
            .into_iter()
            .any(|(flag, value)| flag == "--output" && value == "json")
}

/// clap's text, of which the first block says what is wrong and the next ones what to do.
fn failure(error: &clap::Error) -> CliError {
    let text = error.render().to_string();
    let (wrong, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let wrong = joined(wrong);
    let failure = CliError::invalid(wrong.strip_prefix("error: ").unwrap_or(&wrong));
    match rest.lines().find_map(|line| line.trim().strip_prefix("tip: ")) {
        Some(tip) => failure.hint(tip),
        None => failure.hint("see hss --help"),
    }
}
