//! Programs that Go makes of modules.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::commands::target;

/// A program, which Go fetches and builds the first time.
pub fn program(root: &Path, module: &str) -> Result<PathBuf> {
    let (path, version) = module.split_once('@').unwrap_or((module, ""));
    let folder = target(root).join("go").join(version);
    let program = folder.join(path.rsplit('/').next().unwrap_or_default());
    if !program.exists() {
        std::fs::create_dir_all(&folder)?;
        let output = Command::new("go")
            .args(["install", module])
            .env("GOBIN", folder.canonicalize()?)
            .output()
            .context("Go is missing. Install it (on Debian: the package golang-go)")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "go cannot install {module}:\n{said}");
    }
    Ok(program)
}
