//! Installs the npm packages that `openapi/tools` names, for the command that runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::commands::target;

const TOOLS: &str = "openapi/tools";
const LISTS: [&str; 2] = ["package.json", "package-lock.json"];
/// What none of the programs may do: report on its use, look for newer versions of itself.
const QUIET: [(&str, &str); 5] = [
    ("REDOCLY_TELEMETRY", "off"),
    ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
    ("SCARF_ANALYTICS", "false"),
    ("NO_UPDATE_NOTIFIER", "1"),
    ("npm_config_update_notifier", "false"),
];

/// An installation of what the lock file names.
pub struct Tools {
    modules: PathBuf,
}

impl Tools {
    /// Finds the installation, or makes it the first time.
    pub fn installed(root: &Path) -> Result<Self> {
        let mut hash = Sha256::new();
        for list in LISTS {
            let path = root.join(TOOLS).join(list);
            hash.update(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
        // A name for each set of packages, so that another set never finds the old one.
        let name = crate::hex(&hash.finalize()[..6]);
        let folder = folder(root)?;
        let home = folder.join(&name);
        if !home.exists() {
            // Half an installation never gets the name.
            let half = tempfile::Builder::new().prefix(&name).tempdir_in(&folder)?;
            install(root, half.path())?;
            let renamed = fs::rename(half.path(), &home);
            // Another command may have been faster; then its installation is the same.
            if renamed.is_err() && !home.exists() {
                renamed?;
            }
        }
        Ok(Self {
            modules: home.join("node_modules"),
        })
    }

    /// A call of a program that a package brings.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.modules.join(".bin").join(name));
        command.envs(QUIET);
        command
    }

    /// A call of node with a program of ours that uses the packages.
    pub fn script(&self, script: &Path) -> Command {
        let mut command = Command::new("node");
        command.arg(script).env("TOOLS", &self.modules).envs(QUIET);
        command
    }

    /// A file of a package.
    pub fn file(&self, name: &str) -> PathBuf {
        self.modules.join(name)
    }
}

fn install(root: &Path, to: &Path) -> Result<()> {
    eprintln!("installing the packages of {TOOLS}");
    for list in LISTS {
        fs::copy(root.join(TOOLS).join(list), to.join(list))?;
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(to)
        .envs(QUIET)
        .output()
        .context("npm is missing. Install Node.js 20.19 or newer with npm (on Debian: the packages nodejs and npm)")?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!(
            "npm cannot install the packages of {TOOLS}; the first time it needs their registry, or a mirror of it that \
             npm knows:\n{}",
            String::from_utf8_lossy(&said).trim_end()
        );
    }
    Ok(())
}

fn folder(root: &Path) -> Result<PathBuf> {
    let folder = target(root).join("npm");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
