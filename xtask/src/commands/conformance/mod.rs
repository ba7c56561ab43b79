//! `cargo xtask conformance`: what is ours beside what is not.

mod build;
mod calls;
mod client;
mod command;
mod language;
mod languages;
mod process;
mod python;
mod random;
mod requests;
mod sanity_bound;
mod sanity_headers;
mod schemathesis;
mod sdk;
mod signing;
mod simulator;
mod steps;
mod tally;
mod wire;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use tally::Tally;

/// What to compare, and how.
#[derive(Args)]
pub struct Conformance {
    /// What to compare [default: everything]
    what: Vec<What>,
    /// How many random requests to sign
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// What the random requests are made from; printed by every run, so that a difference can be seen again
    #[arg(long)]
    seed: Option<u64>,
}

/// Each installs what it needs under target/conformance, from the package registries. A toolchain that is absent is named.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    /// Run the cases of openapi/wire against hss-sim with the Python client of openapi-generator
    Python,
    /// The same with the types of openapi-typescript and openapi-fetch; an invalid combination must not compile
    Typescript,
    /// The same with the Go client of openapi-generator
    Go,
    /// The same with the Java client of openapi-generator
    Java,
    /// Compare our signatures with the official Python signer, for openapi/signing and random requests
    Signing,
    /// Call hss-sim with the official SDKs, and verify the requests of hss with the official Python signer
    Sdk,
    /// Let Schemathesis test hss-sim with generated requests, and check that it finds injected faults
    Schemathesis,
    /// Sanity check: change a bound in the document only, and expect one case of openapi/wire to fail
    Sanity,
}

/// Says what was compared, and fails where there is a difference.
pub fn run(root: &Path, arguments: &Conformance) -> ExitCode {
    let chosen = match arguments.what.as_slice() {
        [] => What::value_variants(),
        some => some,
    };
    let mut tallies = Vec::new();
    let mut whole = true;
    for what in chosen {
        match compare(root, *what, arguments) {
            Ok(some) => tallies.extend(some),
            // The others are still worth running.
            Err(error) => {
                eprintln!("{error:#}");
                whole = false;
            }
        }
    }
    if tally::show(&tallies) && whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn compare(root: &Path, what: What, arguments: &Conformance) -> Result<Vec<Tally>> {
    let language = |language| Ok(vec![language::run(root, language)?]);
    match what {
        What::Python => language(&languages::PYTHON),
        What::Typescript => language(&languages::TYPESCRIPT),
        What::Go => language(&languages::GO),
        What::Java => language(&languages::JAVA),
        What::Signing => {
            let seed = arguments.seed.unwrap_or_else(random::seed);
            Ok(vec![signing::run(root, arguments.count, seed)?])
        }
        What::Sdk => sdk::run(root),
        What::Sanity => Ok(vec![sanity_bound::run(root)?]),
        What::Schemathesis => schemathesis::run(root),
    }
}
