//! `cargo xtask conformance`: what is ours beside what is not.

mod calls;
mod command;
mod process;
mod python;
mod random;
mod requests;
mod sdk;
mod signing;
mod tally;
mod wire;

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;

/// What to compare.
#[derive(Subcommand)]
pub enum Conformance {
    /// Sign the cases of openapi/signing and random requests, here and with the official Python signer. Needs python3
    /// with venv, and the package registry the first time
    Signing {
        /// How many random requests
        #[arg(long, default_value_t = 10_000)]
        count: usize,
        /// What the random requests are made from; printed by every run, so that a difference can be seen again
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Let the official Python SDK call hss-sim, and the official Python signer verify what hss sends. Needs python3 with
    /// venv, and the package registry the first time
    Sdk,
}

/// Says what was compared, and fails where there is a difference.
pub fn run(root: &Path, what: &Conformance) -> ExitCode {
    let result = match what {
        Conformance::Signing { count, seed } => signing::run(root, *count, seed.unwrap_or_else(random::seed)),
        Conformance::Sdk => sdk::run(root),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
