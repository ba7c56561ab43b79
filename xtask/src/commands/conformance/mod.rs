//! `cargo xtask conformance`: runs the test projects under `openapi/conformance` against simulators.

mod projects;
mod run;
mod schemathesis;
mod shell;
mod simulator;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use clap::{Args, ValueEnum};

use run::Runner;
use table::Row;

/// What to compare, and how.
#[derive(Args)]
pub struct Conformance {
    /// What to compare [default: everything]
    what: Vec<What>,
    /// How many random requests to sign
    #[arg(long, default_value_t = 10_000)]
    count: usize,
    /// What the random requests are made from; a difference names it [default: another one each time]
    #[arg(long)]
    seed: Option<u64>,
}

/// Each installs what it needs under target/conformance, from the package registries. A toolchain that is absent is named.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    /// Test the Python client of openapi-generator; a bound that is changed in the document only must fail one case
    Python,
    /// Test the client of openapi-typescript and openapi-fetch; an invalid combination must not compile
    Typescript,
    /// Test the Go client of openapi-generator
    Go,
    /// Test the Java client of openapi-generator
    Java,
    /// Compare our signatures with the official Python signer, for openapi/signing and random requests
    Signing,
    /// Call hss-sim with the official SDKs, and verify the requests of hss with the official Python signer
    Sdk,
    /// Let Schemathesis test hss-sim with generated requests, and check that it finds injected faults
    Schemathesis,
}

/// Runs the projects, as many at once as there are processors, and prints a table.
pub fn run(root: &Path, arguments: &Conformance) -> ExitCode {
    let runner = match Runner::new(root, arguments) {
        Ok(runner) => runner,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    let chosen = projects::ALL
        .iter()
        .filter(|project| arguments.what.is_empty() || arguments.what.contains(&project.what));
    let jobs = Mutex::new(chosen.enumerate());
    let rows = Mutex::new(Vec::new());
    let next = || jobs.lock().ok()?.next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((number, project)) = next() {
                    let found = runner
                        .run(project)
                        .unwrap_or_else(|error| vec![Row::failed(project.folder, "", format!("{error:#}"))]);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push((number, found));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by_key(|(number, _)| *number);
    let rows: Vec<Row> = rows.into_iter().flat_map(|(_, rows)| rows).collect();
    if table::show(&rows) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
