//! `cargo xtask`: the project's maintenance commands.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::commands;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Maintenance commands of the project", version)]
struct Arguments {
    /// Folder of the project [default: the folder that this command was built from]
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure what a call costs through the SDK, by hand and through the official SDKs for Go and Python, and write
    /// docs/performance.md of the SDK
    Bench(commands::bench::Bench),
    /// Run what a change needs before others see it, by the files that differ from the main branch; no more than a minute
    Check,
    /// Generate the code and the JSON documents from the YAML documents that xtask/documents.json lists
    Generate {
        /// Write nothing and show which files are stale. Exit code 4 if a file is stale, 100 if the generator fails
        #[arg(long)]
        check: bool,
    },
    /// Run other tools and official SDKs against the simulator and the signer
    Conformance(commands::conformance::Conformance),
    /// List the changes of the documents since their last release, and check versions and openapi/CHANGELOG.md. Needs Go and
    /// Node.js with npm
    Diff {
        /// Ask the tools about the changes in xtask/tests/changes.yaml, and check xtask/tests/changes.md
        #[arg(long)]
        trials: bool,
    },
    /// Build the release archives. Needs Node.js with npm, the Rust target x86_64-unknown-linux-musl and musl-gcc
    Dist(commands::release::dist::Dist),
    /// Run the tests with full logging, and search the output for their secrets
    Leaks,
    /// Check the documents with our rules, Redocly and Spectral. Needs Node.js with npm, and the package registry the
    /// first time
    Lint {
        /// Check only our rules, which need no Node.js
        #[arg(long)]
        own: bool,
    },
    /// Build an HTML page of each document that loads nothing from the network. Needs Node.js with npm
    Page {
        /// Check the page in Chromium, at desktop and phone width
        #[arg(long)]
        check: bool,
    },
    /// Package the published crates, and run the README's example with the packaged files only
    Package,
    /// Change each fact of the documents and each option of the generator, and list changes without effect on the code
    Mutate {
        /// Print every change and the items it affects
        #[arg(long)]
        list: bool,
    },
    /// Write the date of the last commit into the changelogs; with --check, do all of a release but the upload in a copy
    Release(commands::release::Release),
    /// Run the property tests for long, and kill and resume lists of 20,000 ids
    Soak(commands::test_runs::soak::Soak),
    /// Check the packages of Cargo.lock by deny.toml, and the workflows by actionlint and zizmor. Needs Go and Python
    Supply,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = arguments.root.unwrap_or_else(xtask::root);
    match arguments.command {
        Command::Bench(bench) => finish(commands::bench::run(&root, &bench)),
        Command::Check => finish(commands::check::run(&root)),
        Command::Generate { check } => commands::generate::run(&root, check),
        Command::Conformance(arguments) => commands::conformance::run(&root, &arguments),
        Command::Diff { trials } => finish(commands::diff::run(&root, trials)),
        Command::Dist(arguments) => finish(commands::release::dist::run(&root, &arguments)),
        Command::Leaks => commands::test_runs::leaks::run(&root),
        Command::Lint { own } => commands::lint::run(&root, own),
        Command::Page { check } => finish(commands::page::run(&root, check)),
        Command::Package => finish(commands::release::package::run(&root)),
        Command::Mutate { list } => finish(commands::mutate::run(&root, list)),
        Command::Release(arguments) => finish(commands::release::run(&root, &arguments)),
        Command::Soak(soak) => finish(commands::test_runs::soak::run(&root, &soak)),
        Command::Supply => finish(commands::supply::run(&root)),
    }
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    result.map_or_else(
        |error| {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
