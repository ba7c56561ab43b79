//! `cargo xtask soak`: what takes too long for every test run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use clap::Args;

/// How long to go on.
#[derive(Args)]
pub struct Soak {
    /// Lists of 20,000 ids that are sent, killed at random moments and resumed
    #[arg(long, default_value_t = 100)]
    runs: u32,
    /// Cases of each property test
    #[arg(long, default_value_t = 5000)]
    cases: u32,
    /// Random documents whose generated code is compiled
    #[arg(long, default_value_t = 300)]
    documents: u32,
    /// The lists alone: no property tests, no documents, and no minute at the quota
    #[arg(long)]
    lists_only: bool,
}

/// Runs the property tests long, many random documents, a list for a minute at the quota, and the lists that are killed.
pub fn run(root: &Path, soak: &Soak) -> anyhow::Result<()> {
    let list_test = |name: &str| {
        // The whole workspace: one package would have other features and be built once more.
        let mut command = cargo(root, &["test", "--workspace", "--test", "it"]);
        command.args(["--", "--exact", "--include-ignored", "--nocapture", name]);
        command
    };
    if !soak.lists_only {
        let mut tests = cargo(root, &["test", "--workspace", "--exclude", "xtask"]);
        succeed(tests.env("PROPTEST_CASES", soak.cases.to_string()))?;
        let mut documents = cargo(
            root,
            &["test", "--workspace", "--test", "random_documents", "--", "--nocapture"],
        );
        // Another seed each time, which the test prints.
        let seed = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
        documents.env("HSS_DOCUMENTS", soak.documents.to_string());
        succeed(documents.env("HSS_DOCUMENTS_SEED", seed.to_string()))?;
        succeed(&mut list_test("lists::a_minute_at_the_quota"))?;
    }
    let mut killed = list_test("interrupts::killed_and_resumed");
    succeed(killed.env("HSS_SOAK_RUNS", soak.runs.to_string()))
}

fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    command
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().context("cargo cannot be run")?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
