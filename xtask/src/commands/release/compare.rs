//! The public API against that of the last release.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::Package;

use crate::commands::git;

/// Asks cargo-semver-checks whether the version says what has changed since the last tag before `tag`.
pub fn with_the_last_release(root: &Path, target: &Path, tag: &str, packages: &[Package]) -> Result<()> {
    let tags = git(root, &["tag", "--list", "v[0-9]*", "--sort=-version:refname"])?;
    let Some(last) = tags.lines().find(|found| *found != tag) else {
        crate::println_lossy!("there is no earlier release, so there is no API to compare with");
        return Ok(());
    };
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["semver-checks", "--baseline-rev", last])
        .current_dir(root);
    let libraries = packages
        .iter()
        .filter(|package| package.targets.iter().any(|target| target.is_lib()));
    command.args(libraries.flat_map(|package| ["--package", &package.name]));
    let status = command.env("CARGO_TARGET_DIR", target.join("semver")).status();
    let status = status.context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the API since {last} asks for another version, or there is no cargo-semver-checks: `cargo install --locked \
         cargo-semver-checks`"
    );
    Ok(())
}
