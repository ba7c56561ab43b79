//! Programs of this workspace, as cargo builds them.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use cargo_metadata::Message;

use super::super::target;

/// Builds programs of this workspace, and says where cargo put them.
pub fn programs<const N: usize>(root: &Path, names: [&str; N]) -> Result<[PathBuf; N]> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    for name in names {
        cargo.args(["--bin", name]);
    }
    let mut child = cargo.current_dir(root).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut built = HashMap::new();
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message?
            && let Some(executable) = artifact.executable
        {
            built.insert(artifact.target.name, executable.into_std_path_buf());
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "cargo build ended with {status}");
    let mut paths = Vec::new();
    for name in names {
        paths.push(built.remove(name).with_context(|| format!("cargo built no {name}"))?);
    }
    paths
        .try_into()
        .map_err(|_| anyhow::anyhow!("cargo built something else"))
}

/// The folder, made where there is none, for what the comparison `name` makes.
pub fn folder(root: &Path, name: &str) -> Result<PathBuf> {
    let folder = target(root).join("conformance").join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
