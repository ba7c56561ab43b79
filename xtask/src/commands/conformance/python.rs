//! An environment of its own for a Python program, with the packages that its folder names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// The Python that has exactly the packages of `requirements`, made under `folder` the first time.
pub fn environment(folder: &Path, requirements: &Path) -> Result<PathBuf> {
    let wanted = fs::read(requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    // A name for each set of packages: another set never finds the old one, and half an installation has no mark.
    let hash = crate::hex(&Sha256::digest(&wanted)[..6]);
    let home = folder.join(format!("venv-{hash}"));
    let (mark, python) = (home.join("installed"), home.join("bin/python"));
    if mark.exists() {
        return Ok(python);
    }
    eprintln!("installing the packages of {}", requirements.display());
    run(
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home),
        "this needs python3 with its module venv (on Debian: the packages python3 and python3-venv)",
    )?;
    run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args([
                "--no-deps",
                "--require-hashes",
                "--only-binary",
                ":all:",
                "--requirement",
            ])
            .arg(requirements),
        "this needs the Python package registry, or a mirror of it that pip knows, the first time",
    )?;
    fs::write(mark, "")?;
    Ok(python)
}

/// A call of a program. The official packages write to the user's home when they are imported: not to this user's.
pub fn program(python: &Path, program: &Path, home: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg("-B").arg(program);
    command.env("HOME", home).env("PYTHONUTF8", "1");
    command
}

fn run(command: &mut Command, needs: &'static str) -> Result<()> {
    let output = command.output().context(needs)?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{needs}:\n{}", String::from_utf8_lossy(&said).trim_end());
    }
    Ok(())
}
