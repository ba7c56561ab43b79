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
    let is_generated = |file: &str| file.contains("/src/generated/") || file.contains("-sim/openapi/");
    let is_document = |file: &str| file.starts_with("openapi/") || file.starts_with("xtask/") || is_generated(file);
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
    // The test programs that the change touches, and those of what texts say and who imports whom.
    let mut programs: BTreeSet<&str> = files.iter().filter_map(|file| test_program(file)).collect();
    if any(&|file| file.ends_with(".md")) {
        programs.extend(["facts", "workspace"]);
    }
    let is_code = any(&is_rust) || any(&is_document) || any(&is_supply);
    if is_code {
        programs.extend(["facts", "imports"]);
    }
    if any(&|file| file.ends_with("Cargo.toml")) {
        programs.insert("workspace");
    }
    if any(&|file| file.starts_with("openapi/")) {
        programs.extend(["vendor", "vendor_tasks"]);
    }
    if !programs.is_empty() {
        let programs: String = programs.iter().map(|program| format!(" --test {program}")).collect();
        let units = if is_code { " --lib --bins" } else { "" };
        call(&format!("test --quiet --no-fail-fast --workspace{units}{programs}"));
    }
    if any(&|file| file.starts_with("openapi/")) {
        // Their other tests are not about the documents.
        call("test --quiet --no-fail-fast --workspace --test sdk --test it --test simulator wire");
    }
    if any(&|file| file == "CONTRIBUTING.md") {
        call("test --quiet --workspace --test third_operation list_names");
    }
    calls
}

/// The test program of a file: `tests/NAME.rs`, `tests/NAME/…` where that is the program's folder, or a snapshot of one.
fn test_program(file: &str) -> Option<&str> {
    let (_, path) = file.split_once("/tests/")?;
    match path.split_once('/') {
        None => path.strip_suffix(".rs"),
        Some((folder @ ("facts" | "it" | "sdk" | "simulator"), _)) => Some(folder),
        Some(("snapshots", snapshot)) => snapshot.split_once("__").map(|(program, _)| program),
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
        let texts = "test --quiet --no-fail-fast --workspace --test facts --test workspace";
        assert_eq!(lines(&["ARCHITECTURE.md"]), [texts]);
        assert_eq!(
            lines(&["CONTRIBUTING.md"]),
            [texts, "test --quiet --workspace --test third_operation list_names"]
        );
        let test = "test --quiet --no-fail-fast --workspace --lib --bins --test facts --test imports";
        let documents = ["xtask lint --own", "xtask generate --check"];
        assert_eq!(
            lines(&["openapi/hss-v5.yaml"]),
            [
                documents[0],
                documents[1],
                &format!("{test} --test vendor --test vendor_tasks"),
                "test --quiet --no-fail-fast --workspace --test sdk --test it --test simulator wire"
            ]
        );
        for generated in [
            "crates/huaweicloud-hss-sim/openapi/hss-v5.json",
            "crates/huaweicloud-hss/src/generated/client.rs",
        ] {
            let lines = lines(&[generated]);
            assert!(
                documents.iter().all(|line| lines.iter().any(|found| found == line)),
                "{lines:?}"
            );
        }
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
        let snapshot = "crates/huaweicloud-hss-cli/tests/it/snapshots/it__demo__demo.snap";
        assert_eq!(
            lines(&[snapshot]),
            ["test --quiet --no-fail-fast --workspace --test it"]
        );
        let snapshot = lines(&["xtask/tests/snapshots/commands__lint.snap"]);
        assert!(
            snapshot
                .last()
                .unwrap()
                .ends_with(" --test commands --test facts --test imports"),
            "{snapshot:?}"
        );
    }

    #[test]
    fn each_program_that_is_named_exists() {
        let all = lines(&[
            "openapi/hss-v5.yaml",
            "CONTRIBUTING.md",
            "crates/huaweicloud-hss-sim/Cargo.toml",
        ]);
        let words: Vec<&str> = all.iter().flat_map(|line| line.split(' ')).collect();
        let named: BTreeSet<&str> = words
            .windows(2)
            .filter(|pair| pair[0] == "--test")
            .map(|pair| pair[1])
            .collect();
        let folders = [
            "xtask",
            "crates/huaweicloud-hss",
            "crates/huaweicloud-hss-cli",
            "crates/huaweicloud-hss-sim",
        ];
        for name in named {
            let is_there = |folder: &&str| {
                let tests = crate::root().join(folder).join("tests");
                tests.join(format!("{name}.rs")).exists() || tests.join(name).join("main.rs").exists()
            };
            assert_eq!(folders.iter().filter(|folder| is_there(folder)).count(), 1, "{name}");
        }
    }
}
