//! `cargo xtask dist`: what a release gives to other teams, the same bytes each time.

mod archive;
mod check;
mod simulator;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::{page, target};
use crate::document::text;
use crate::documents::documents;

const SUMS: &str = "SHA256SUMS";
/// What of `openapi/` is of no use elsewhere.
const LEFT_OUT: &str = "openapi/tools/";
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// A file of the hand-over.
pub struct Entry {
    pub bytes: Vec<u8>,
    pub runs: bool,
}

/// All files by name, which also is their order.
pub type Entries = BTreeMap<String, Entry>;

/// Lays everything out in a folder and an archive under `to`, or else under target/; with `check` tries the archive.
pub fn run(root: &Path, to: Option<PathBuf>, check: bool) -> ExitCode {
    match try_run(root, &to.unwrap_or_else(|| target(root).join("handover")), check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(root: &Path, to: &Path, check: bool) -> Result<()> {
    let mut version = String::new();
    let mut entries = Entries::new();
    for path in committed(root)? {
        let name = path.strip_prefix("openapi/").unwrap_or(&path);
        let bytes = fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        entries.insert(name.to_owned(), Entry { bytes, runs: false });
    }
    for document in documents(root)? {
        let value = document.read(root).map_err(anyhow::Error::msg)?.value;
        let page = Entry::text(page::html(root, &value)?);
        entries.insert(format!("{}.html", document.stem()), page);
        // The release has the version of the first document.
        if version.is_empty() {
            version = text(&value["info"], "version").to_owned();
        }
    }
    let name = format!("huaweicloud-hss-openapi-{version}");
    let simulator = Entry {
        bytes: simulator::build(root)?,
        runs: true,
    };
    entries.insert("hss-sim".to_owned(), simulator);
    entries.insert(SUMS.to_owned(), Entry::text(sums(&entries)));

    lay_out(&to.join(&name), &entries)?;
    let archive = to.join(format!("{name}.tar.gz"));
    let bytes = archive::pack(&name, &entries)?;
    fs::write(&archive, &bytes).with_context(|| format!("cannot write {}", archive.display()))?;
    crate::println_lossy!("{}  {}", sum(&bytes), archive.display());
    if check { check::run(&entries, &archive) } else { Ok(()) }
}

impl Entry {
    fn text(text: String) -> Self {
        Self {
            bytes: text.into_bytes(),
            runs: false,
        }
    }
}

/// The files to hand out. What a tool left beside them is not the project's.
fn committed(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "-z", "--", "openapi"])
        .args(LICENCES)
        .output()
        .context("this needs git")?;
    ensure!(
        output.status.success(),
        "git: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let names = String::from_utf8(output.stdout)?;
    let names = names
        .split('\0')
        .filter(|name| !name.is_empty() && !name.starts_with(LEFT_OUT));
    Ok(names.map(str::to_owned).collect())
}

/// The form that `sha256sum --check` reads.
fn sums(entries: &Entries) -> String {
    entries
        .iter()
        .map(|(name, entry)| format!("{}  {name}\n", sum(&entry.bytes)))
        .collect()
}

fn sum(bytes: &[u8]) -> String {
    crate::hex(&Sha256::digest(bytes))
}

/// A new folder in the place of an earlier one.
fn lay_out(folder: &Path, entries: &Entries) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    for (name, entry) in entries {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, &entry.bytes).with_context(|| format!("cannot write {}", path.display()))?;
        set_mode(&path, entry.runs)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, runs: bool) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(archive::mode(runs)),
    )?)
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: bool) -> Result<()> {
    Ok(())
}
