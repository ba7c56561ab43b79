//! `cargo xtask`: the project's maintenance commands.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::commands;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Maintenance commands of the project", version)]
struct Arguments {
    /// The project's folder, where it is not the one that this command was built from
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the code and the other documents from openapi/hss-v5.yaml
    Generate {
        /// Write nothing; say which files are stale and show how. Exits 4 where one is, 100 where none can be made
        #[arg(long)]
        check: bool,
    },
    /// Compare what is ours with what others made of the same
    Conformance(commands::conformance::Conformance),
    /// Say what changed in openapi/hss-v5.yaml, and whether its version and openapi/CHANGELOG.md say so too
    Diff {
        /// The commit to compare with; by default where this branch left origin/main, or on main the commit before
        #[arg(long)]
        base: Option<String>,
        /// Do not ask Redocly for its opinion, which needs Node.js
        #[arg(long)]
        own: bool,
    },
    /// Lay out what a release gives to other teams, in one folder and one archive. Needs Node.js with npm, Rust's target
    /// x86_64-unknown-linux-musl and musl-gcc
    Dist {
        /// The folder to make them in [default: handover in cargo's target folder]
        #[arg(long)]
        to: Option<PathBuf>,
        /// Try the archive too: run the README's commands for the simulator in an empty folder
        #[arg(long)]
        check: bool,
    },
    /// Run the tests of the crates at their most talkative, and look for their secrets in all that they say
    Leaks,
    /// Check openapi/hss-v5.yaml by this project's rules, Redocly's and Spectral's. Needs Node.js with npm, and the package
    /// registry the first time
    Lint {
        /// This project's rules alone, which need Rust alone
        #[arg(long)]
        own: bool,
    },
    /// Make one HTML page of openapi/hss-v5.yaml that asks for nothing when it is opened. Needs Node.js with npm
    Page {
        /// Look at it in Chromium, at the width of a desktop and of a phone
        #[arg(long)]
        check: bool,
    },
    /// Pack what is published, and run the README's example from the packed files alone
    Package,
    /// Change each fact of the document and each choice of the generator; list what no snapshot notices
    Mutate {
        /// Print every change and who noticed it
        #[arg(long)]
        list: bool,
    },
    /// Run the property tests long, and kill and resume lists of 20,000 ids
    Soak(commands::soak::Soak),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = arguments.root.unwrap_or_else(xtask::root);
    match arguments.command {
        Command::Generate { check } => commands::generate::run(&root, check),
        Command::Conformance(arguments) => commands::conformance::run(&root, &arguments),
        Command::Diff { base, own } => commands::diff::run(&root, base.as_deref(), own),
        Command::Dist { to, check } => commands::dist::run(&root, to, check),
        Command::Leaks => commands::leaks::run(&root),
        Command::Lint { own } => commands::lint::run(&root, own),
        Command::Page { check } => commands::page::run(&root, check),
        Command::Package => commands::package::run(&root),
        Command::Mutate { list } => commands::mutate::run(&root, list),
        Command::Soak(soak) => commands::soak::run(&root, &soak),
    }
}
