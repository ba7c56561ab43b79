//! `cargo xtask conformance`: runs the test projects under `openapi/conformance` against simulators.

mod arguments;
mod projects;
mod run;
mod schemathesis;
pub(super) mod shell;
pub(super) mod simulator;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

pub use arguments::Conformance;
pub(super) use projects::{INSTALL_SDK, SDK_VERSION};
use run::Runner;
use table::Row;

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
