//! Programs that PyPI has, by the list of the project, which names the checksum of each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::commands::target;

const REQUIREMENTS: &str = "release/tools/requirements.txt";

/// The folder of the programs, installed the first time.
pub fn programs(root: &Path) -> Result<PathBuf> {
    let path = root.join(REQUIREMENTS);
    let list = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    // A name for each list, so that another list never finds the old programs.
    let name = crate::hex(&Sha256::digest(list)[..6]);
    let folder = target(root).join("python").join(name);
    let done = folder.join("done");
    if !done.exists() {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
        ]);
        pip.args(["--require-hashes", "--requirement"]).arg(&path);
        for mut command in [venv, pip] {
            let output = command
                .output()
                .context("Python is missing. Install it (on Debian: the packages python3 and python3-venv)")?;
            let said = [output.stdout, output.stderr].concat();
            ensure!(
                output.status.success(),
                "{command:?}:\n{}",
                String::from_utf8_lossy(&said)
            );
        }
        fs::write(done, "")?;
    }
    Ok(folder.join("bin"))
}
