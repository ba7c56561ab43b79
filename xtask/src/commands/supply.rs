//! `cargo xtask supply`: what others give to the project, and where releases are made.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::tools::{go_program, python_programs};

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// Runs cargo-deny on the lock file, and actionlint and zizmor on the workflows.
pub fn run(root: &Path) -> Result<()> {
    let python = python_programs(root)?;
    let mut deny = Command::new(python.join("cargo-deny"));
    deny.args(["--locked", "check", "licenses", "sources", "bans"]);
    // It has the messages of shellcheck and pyflakes where these are installed: the same everywhere without them.
    let mut actionlint = Command::new(go_program(root, ACTIONLINT)?);
    actionlint.args(["-shellcheck=", "-pyflakes="]);
    let mut zizmor = Command::new(python.join("zizmor"));
    zizmor.args([
        "--offline",
        "--quiet",
        "--strict-collection",
        "--persona=pedantic",
        ".github",
    ]);
    for mut command in [deny, actionlint, zizmor] {
        let name = command.get_program().to_string_lossy().into_owned();
        let status = command.current_dir(root).status().with_context(|| name.clone())?;
        ensure!(status.success(), "{name} ended with {status}");
    }
    Ok(())
}
