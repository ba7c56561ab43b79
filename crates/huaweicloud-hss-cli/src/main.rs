//! The `hss` command: a thin shell over the SDK.
//!
//! Everything flows one way: arguments and environment become [`context::settings`], a command makes of them a
//! [`output::report::Report`] or a [`error::CliError`], and [`output`] and [`exit_code`] turn that into text, JSON and a code.

#![allow(
    clippy::result_large_err,
    reason = "a process has one failure, so its size costs nothing and a box would only hide its fields"
)]

mod args;
mod commands;
mod context;
mod error;
mod exit_code;
mod input;
mod logging;
mod output;
mod signal;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tokio::runtime::Runtime;

use crate::args::{Arguments, AuthCommand, Command, GlobalOptions};
use crate::error::{CliError, ExitError};
use crate::output::messages::Messages;
use crate::output::report::Report;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return output::usage::report(&error, &words),
    };
    let format = arguments.global.output;
    let done = run(arguments).and_then(|report| output::result(&report, format).map(|()| report.code()));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(stop) => output::stop(&stop, format),
    }
}

fn run(arguments: Arguments) -> Result<Report, ExitError> {
    let Arguments { global, command } = arguments;
    let messages = Messages::new(global.quiet);
    logging::start(global.verbose);
    // One call at a time needs no more than one thread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime can be made on this machine")
        .map_err(CliError::internal)?;
    let done = carry_out(command, global, &messages, &runtime);
    // A name that is still being resolved, which nothing can stop, must not hold up the end.
    runtime.shutdown_background();
    done
}

fn carry_out(
    command: Command,
    global: GlobalOptions,
    messages: &Messages,
    runtime: &Runtime,
) -> Result<Report, ExitError> {
    match command {
        Command::Rescan(arguments) => Ok(runtime.block_on(commands::rescan::run(arguments, global, messages))?),
        Command::Retry(arguments) => Ok(runtime.block_on(commands::retry::run(arguments, global, messages))?),
        Command::Auth {
            command: AuthCommand::Status { offline },
        } => {
            global.refuse_for_calls_alone("auth status")?;
            Ok(runtime.block_on(commands::auth_status::run(offline, global, messages))?)
        }
        Command::Demo => {
            global.refuse_for_calls_alone("demo")?;
            runtime.block_on(commands::demo::run(global.output))
        }
        Command::Completions { shell } => {
            global.refuse_for_calls_alone("completions")?;
            Ok(Report::Text(args::completions::script(shell)))
        }
        Command::Man => {
            global.refuse_for_calls_alone("man")?;
            let page = args::man::page()
                .context("the manual page cannot be made")
                .map_err(CliError::internal)?;
            Ok(Report::Text(page))
        }
    }
}
