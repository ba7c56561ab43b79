//! One small file or folder a command; each answers with the exit code.

pub mod bench;
pub mod check;
pub mod conformance;
pub mod diff;
pub mod generate;
pub mod lint;
pub mod mutate;
pub mod page;
pub mod release;
pub mod supply;
pub mod test_runs;
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{panic, thread};

use anyhow::{Context, Result, ensure};

/// Where builds and everything else that is made go: cargo's own folder.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |given| root.join(given))
}

/// What as many threads as there are processors make, each by calling `work` once.
fn in_parallel<T: Send>(work: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(&work)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .flat_map(|made| made.unwrap_or_else(|panic| panic::resume_unwind(panic)))
            .collect()
    })
}

/// What git says about the project.
fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
    let output = output.context("this needs git")?;
    ensure!(
        output.status.success(),
        "git {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}
