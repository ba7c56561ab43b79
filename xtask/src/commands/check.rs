//! `cargo xtask check`: what a change needs before others see it, by the files that it touches. `.ci/run` does all.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::git;

/// Where the change may have begun.
const MAIN: [&str; 2] = ["origin/main", "main"];

/// Runs what the files need that differ from the main branch, the uncommitted ones among them.
pub fn run(root: &Path) -> Result<()> {
    let main = MAIN
        .iter()
        .find_map(|main| git(root, &["merge-base", "HEAD", main]).ok());
    let main = main.unwrap_or_else(|| "HEAD".to_owned());
    let changed = git(root, &["diff", "--name-only", "-z", main.trim()])?;
    let new = git(root, &["ls-files", "-z", "--others", "--exclude-standard"])?;
    let files: BTreeSet<&str> = changed.split('\0').chain(new.split('\0')).collect();
    for arguments in needs(&files) {
        let began = Instant::now();
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let status = command.args(&arguments).current_dir(root).status();
        let status = status.context("cargo cannot be run")?;
        let line = format!("cargo {}", arguments.join(" "));
        ensure!(status.success(), "{line} ended with {status}");
        crate::println_lossy!("{line}: {} s", began.elapsed().as_secs());
    }
    Ok(())
}

/// The calls of cargo that these files need. All are of the whole workspace, so that nothing is built for other features.
fn needs(files: &BTreeSet<&str>) -> Vec<Vec<String>> {
    let any = |is: &dyn Fn(&str) -> bool| files.iter().any(|file| is(file));
    let is_rust = |file: &str| file.ends_with(".rs") || file.ends_with("Cargo.toml") || file == "Cargo.lock";
    let is_document = |file: &str| file.starts_with("openapi/") || file.starts_with("xtask/");
    let is_supply = |file: &str| {
        file.starts_with(".github/") || file.starts_with("release/") || ["Cargo.lock", "deny.toml"].contains(&file)
    };
    let mut calls: Vec<Vec<String>> = Vec::new();
    let mut call = |line: &str| calls.push(line.split(' ').map(str::to_owned).collect());
    if any(&is_rust) {
        call("fmt --all --check");
    }
    if any(&is_document) {
        call("xtask lint --own");
        call("xtask generate --check");
    }
    if any(&is_supply) {
        call("xtask supply");
    }
    if any(&is_rust) {
        call("clippy --quiet --workspace --all-targets -- -D warnings");
    }
    if any(&is_rust) || any(&is_document) || any(&is_supply) {
        // The tests inside the crates, those of who imports whom and of what texts say, and the test programs that the change
        // touches.
        let mut tests = BTreeSet::from(["facts", "imports"]);
        tests.extend(files.iter().filter_map(|file| test_program(file)));
        if any(&|file| file.ends_with("Cargo.toml") || file.ends_with("README.md")) {
            tests.insert("workspace");
        }
        if any(&|file| file.starts_with("openapi/")) {
            tests.extend(["vendor", "vendor_tasks", "wire", "wire_tasks"]);
        }
        let tests: Vec<String> = tests.iter().map(|test| format!(" --test {test}")).collect();
        call(&format!(
            "test --quiet --no-fail-fast --workspace --lib --bins{}",
            tests.concat()
        ));
    }
    calls
}

/// The test program of a file, `tests/NAME.rs` or `tests/NAME/…`, where that is the program's folder.
fn test_program(file: &str) -> Option<&str> {
    let (_, path) = file.split_once("/tests/")?;
    match path.split_once('/') {
        None => path.strip_suffix(".rs"),
        Some((folder @ ("facts" | "it" | "sdk" | "simulator"), _)) => Some(folder),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(files: &[&str]) -> Vec<String> {
        let calls = needs(&files.iter().copied().collect());
        calls.iter().map(|call| call.join(" ")).collect()
    }

    #[test]
    fn a_change_gets_what_its_files_need() {
        assert_eq!(lines(&["ARCHITECTURE.md"]), [""; 0]);
        let test = "test --quiet --no-fail-fast --workspace --lib --bins --test facts --test imports";
        assert_eq!(
            lines(&["openapi/hss-v5.yaml"]),
            [
                "xtask lint --own",
                "xtask generate --check",
                &format!("{test} --test vendor --test vendor_tasks --test wire --test wire_tasks")
            ]
        );
        assert_eq!(
            lines(&[
                "crates/huaweicloud-hss/src/lib.rs",
                "crates/huaweicloud-hss/tests/sdk/wire.rs"
            ]),
            [
                "fmt --all --check",
                "clippy --quiet --workspace --all-targets -- -D warnings",
                &format!("{test} --test sdk")
            ]
        );
        assert_eq!(lines(&["deny.toml"]), ["xtask supply", test]);
        let manifest = lines(&["crates/huaweicloud-hss-sim/Cargo.toml"]);
        assert_eq!(manifest.last().unwrap(), &format!("{test} --test workspace"));
        let many = lines(&[
            "crates/huaweicloud-hss-cli/tests/it/lists.rs",
            "xtask/tests/drill/mod.rs",
        ]);
        assert_eq!(many.last().unwrap(), &format!("{test} --test it"));
        // One program a name, or the tests of two crates would run.
        let simulator = lines(&["crates/huaweicloud-hss-sim/tests/simulator/service/tasks.rs"]);
        assert_eq!(simulator.last().unwrap(), &format!("{test} --test simulator"));
    }
}
