//! What the programs are built of: the packages, and where each has its licence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;

use super::programs::{PACKAGES, TARGET};

/// A package of this workspace or of the registry.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub version: String,
    /// An SPDX expression.
    pub licence: String,
    pub folder: PathBuf,
    /// SHA-256 of the registry's archive. A package of this workspace has none.
    pub checksum: Option<String>,
    /// In the program, or only a tool of its build.
    pub is_in_program: bool,
}

/// Every package of the lock file that the build of the programs uses, by name and version.
pub fn parts(root: &Path) -> Result<Vec<Part>> {
    let in_program = listed(root, "normal,no-proc-macro")?;
    let built = listed(root, "normal,build")?;
    let checksums = checksums(&std::fs::read_to_string(root.join("Cargo.lock"))?);
    let mut command = MetadataCommand::new();
    command
        .manifest_path(root.join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned(), format!("--filter-platform={TARGET}")]);
    let metadata = command.exec()?;
    let mut parts = Vec::new();
    for package in &metadata.packages {
        let key = (package.name.to_string(), package.version.to_string());
        if !built.contains(&key) {
            continue;
        }
        let licence = package.license.as_deref();
        let licence = licence.with_context(|| format!("{} does not say its licence", package.name))?;
        let folder = package.manifest_path.parent().context("a manifest is in a folder")?;
        let checksum = checksums.get(&key).cloned();
        ensure!(
            checksum.is_some() == package.source.is_some(),
            "{}: the lock file has a checksum for packages of a registry, and for no others",
            package.name
        );
        parts.push(Part {
            is_in_program: in_program.contains(&key),
            checksum,
            name: key.0,
            version: key.1,
            // The older way to write it.
            licence: licence.replace('/', " OR "),
            folder: folder.as_std_path().to_owned(),
        });
    }
    ensure!(parts.len() == built.len(), "cargo's two lists of packages differ");
    parts.sort_by(|left, right| (&left.name, &left.version).cmp(&(&right.name, &right.version)));
    Ok(parts)
}

/// The packages that cargo reaches by these edges, with the features that the build has.
fn listed(root: &Path, edges: &str) -> Result<BTreeSet<(String, String)>> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["tree", "--locked", "--target", TARGET]);
    command.args(["--edges", edges, "--prefix", "none", "--format", "{p}"]);
    command.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    let output = command.output().context("cargo cannot be run")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "{command:?}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let package = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        Some((name.to_owned(), rest.split(' ').next()?.to_owned()))
    };
    Ok(said.lines().filter_map(package).collect())
}

/// The checksums of a lock file, which cargo writes in one form only.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let package = |block: &str| {
        let value = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim().strip_prefix("= \"")?.strip_suffix('"')?.to_owned())
        };
        Some(((value("name ")?, value("version ")?), value("checksum ")?))
    };
    lock.split("[[package]]").filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_that_are_built() {
        let parts = parts(&crate::root()).unwrap();
        let find = |name: &str| parts.iter().find(|part| part.name == name);
        assert!(find("rustls").unwrap().is_in_program);
        assert!(!find("serde_derive").unwrap().is_in_program);
        assert!(!find("cc").unwrap().is_in_program);
        // In the lock file for the other cryptography, for tests, and for other systems.
        for absent in ["ring", "insta", "windows-sys"] {
            assert!(find(absent).is_none(), "{absent}");
        }
        assert_eq!(find("huaweicloud-auth").unwrap().checksum, None);
        assert_eq!(find("rustls").unwrap().checksum.as_deref().map(str::len), Some(64));
    }
}
