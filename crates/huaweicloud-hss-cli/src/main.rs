//! The `hss` command, a thin shell over the SDK.
//!
//! [`args`] parses the command line, [`context`] resolves it and the environment, [`commands`] run and return a
//! [`Report`] or a [`CliError`], and [`output`] and [`exit_code`] turn these into text, JSON and an exit code.

mod args;
mod commands;
mod context;
mod error;
mod exit_code;
mod input;
mod logging;
mod output;
mod signal;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use clap::Parser;
use tokio::runtime::Runtime;

use crate::args::options::GlobalOptions;
use crate::args::{Arguments, AuthCommand, Command};
use crate::error::{CliError, ExitError};
use crate::output::messages::Messages;
use crate::output::report::{Report, version};

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(mut error) => {
            args::misplaced::add_tip(&mut error, &words);
            return output::usage::report(&error, &words);
        }
    };
    let format = arguments.global.output.plain();
    if !arguments.command.has_format(arguments.global.output) {
        let error = CliError::invalid("--output: jsonl and ids are for lists: hss tasks, hss hosts and hss clusters")
            .with_hint("use --output text or --output json");
        return output::failure(&error.into(), format);
    }
    let result = run(arguments).and_then(|report| {
        output::result(&report, format)?;
        Ok(report.exit_code())
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => output::failure(&error, format),
    }
}

fn run(arguments: Arguments) -> Result<Report, ExitError> {
    let Arguments { global, command } = arguments;
    let messages = Messages::new(global.quiet);
    logging::start(global.verbose);
    check_clock(SystemTime::now())?;
    // A few calls at a time need only one thread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("failed to start the async runtime")
        .map_err(CliError::internal)?;
    let result = run_command(command, &global, &messages, &runtime);
    // A name look-up cannot be cancelled, and must not delay the exit.
    runtime.shutdown_background();
    result
}

/// Refuses a clock at the end of what times can be written, about the year 9999: signatures and journals name the time.
fn check_clock(now: SystemTime) -> Result<(), CliError> {
    const MARGIN: Duration = Duration::from_secs(2 * 24 * 60 * 60);
    let later = now.checked_add(MARGIN).map(jiff::Timestamp::try_from);
    match later {
        Some(Ok(_)) => Ok(()),
        _ => Err(
            CliError::internal(anyhow!("this machine's clock is at the end of the year 9999 or later"))
                .with_hint("set the clock right"),
        ),
    }
}

fn run_command(
    command: Command,
    global: &GlobalOptions,
    messages: &Messages,
    runtime: &Runtime,
) -> Result<Report, ExitError> {
    let format = global.output.plain();
    Ok(match command {
        Command::Tasks(arguments) => runtime.block_on(commands::tasks::run(arguments, global.output, messages))?,
        Command::Hosts(arguments) => runtime.block_on(commands::items::hosts(arguments, global.output, messages))?,
        Command::Clusters(arguments) => {
            runtime.block_on(commands::items::clusters(arguments, global.output, messages))?
        }
        Command::Wait(arguments) => runtime.block_on(commands::wait::run(arguments, messages))?,
        Command::Rescan(arguments) => runtime.block_on(commands::rescan::run(arguments, messages))?,
        Command::Retry(arguments) => runtime.block_on(commands::retry::run(arguments, messages))?,
        Command::Journal { command } => commands::journal::run(command, messages)?,
        Command::Auth {
            command: AuthCommand::Status(arguments),
        } => runtime.block_on(commands::auth_status::run(arguments, format, messages))?,
        #[cfg(feature = "simulator")]
        Command::Demo => runtime.block_on(commands::demo::run(format))?,
        #[cfg(not(feature = "simulator"))]
        Command::Demo => return Err(context::simulator::missing("hss demo").into()),
        Command::Completions { shell } => Report::Text(args::completions::script(shell)),
        Command::Man => {
            let page = args::man::page().context("failed to render the manual page");
            Report::Text(page.map_err(CliError::internal)?)
        }
        Command::Version => Report::Text(version(format)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_at_the_end_of_time_is_an_error() {
        let at = |seconds| check_clock(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert!(at(0).is_ok() && at(253_402_000_000).is_ok(), "27 December 9999");
        for seconds in [253_402_300_799, 253_402_300_800, 1 << 40] {
            let error = at(seconds).unwrap_err();
            assert_eq!((error.exit_code(), error.hint()), (1, Some("set the clock right")));
        }
    }
}
