//! `cargo xtask bench`: what a call costs through the SDK, by hand, and through the official SDKs.

mod page;
mod server;
mod side;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::page::{Cell, Page};
use self::server::Server;
use self::side::Side;
use super::conformance::simulator::Simulator;
use super::target;

const PAGE: &str = "crates/huaweicloud-hss/docs/performance.md";

/// Requests in flight, and servers in each.
const LOADS: [(usize, usize); 4] = [(1, 1), (1, 1000), (32, 1), (32, 1000)];

#[derive(Args)]
pub struct Bench {
    /// Rounds of each side; medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// See that every side of this project runs: one short round without the official SDKs, and nothing is written
    #[arg(long)]
    check: bool,
}

/// Runs the sides in turns, and writes the page.
pub fn run(root: &Path, arguments: &Bench) -> Result<()> {
    let root = fs::canonicalize(root)?;
    let folder = target(&root).join("bench");
    // A check needs no programs as users have them, and those of the tests are built already.
    let (profile, calls): (&[&str], _) = match arguments.check {
        true => (&[], "test"),
        false => (&["--release"], "bench"),
    };
    let simulator = ["build", "--package", "huaweicloud-hss-sim", "--bin", "hss-sim"];
    let simulator = build(&root, &[&simulator, profile].concat())?;
    let calls = build(
        &root,
        &[calls, "--package", "huaweicloud-hss", "--bench", "calls", "--no-run"],
    )?;
    let mut sides = side::of_this_project(&calls);
    if !arguments.check {
        sides.extend(side::official(&root, &folder)?);
    }
    let tasks = root.join("openapi/conformance/tasks.json");
    let simulator = Simulator::start(&simulator, &["--any-task", "--tasks", &tasks.to_string_lossy()])?;
    // What the simulator accepts is the request that the other server counts on.
    for side in &sides {
        side.run(&simulator.endpoint, &[1, 1, 1])?;
    }
    drop(simulator);
    let server = Server::start()?;
    let rounds = if arguments.check { 1 } else { arguments.rounds };
    let mut cells = Vec::new();
    for (in_flight, hosts) in LOADS {
        let calls = if arguments.check {
            in_flight
        } else {
            6_000 / hosts.isqrt().div_ceil(8)
        };
        cells.push(measure(&sides, &server, rounds, &[calls, in_flight, hosts])?);
    }
    // One call: the whole program.
    cells.push(measure(&sides, &server, rounds, &[1, 1, 1])?);
    if arguments.check {
        return Ok(());
    }
    let sizes: Vec<f64> = sides.iter().map(|side| side.size(&folder)).collect::<Result<_>>()?;
    let page = Page::new(&root, rounds, &sides, &cells, &sizes)?;
    print!("{page}");
    fs::write(root.join(PAGE), page.to_string())?;
    Ok(())
}

/// One load, every side in every round, so that what else the machine does strikes all alike.
fn measure(sides: &[Side], server: &Server, rounds: usize, numbers: &[usize; 3]) -> Result<Cell> {
    let mut cell = Cell::new(*numbers, sides.len());
    for round in 0..rounds {
        for (index, side) in sides.iter().enumerate() {
            eprintln!("{numbers:?}, round {}: {}", round + 1, side.name);
            let busy = server.cpu_seconds()?;
            let report = side.run(&server.endpoint, numbers)?;
            cell.add(index, report, server.cpu_seconds()? - busy);
        }
    }
    Ok(cell)
}

/// Builds a program, and says where it is.
fn build(root: &Path, arguments: &[&str]) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "cargo {arguments:?} ended with {}",
        output.status
    );
    let messages = cargo_metadata::Message::parse_stream(&output.stdout[..]);
    let programs = messages.filter_map(|message| match message {
        Ok(cargo_metadata::Message::CompilerArtifact(artifact)) => artifact.executable,
        _ => None,
    });
    Ok(programs.last().context("cargo built no program")?.into())
}
