//! The programs as a Debian package, made by Debian's own tool.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Entries, Entry, lay_out, set_mode};

const NAME: &str = "huaweicloud-hss-cli";
const DOCUMENTS: &str = "usr/share/doc/huaweicloud-hss-cli";

/// Where the package puts a file of the programs' archive.
fn place(name: &str) -> String {
    match name.rsplit_once('/') {
        Some(("bin", program)) => format!("usr/bin/{program}"),
        Some(("man", page)) => format!("usr/share/man/man1/{page}"),
        Some(("completions", script)) => match script.strip_suffix(".bash") {
            Some(program) => format!("usr/share/bash-completion/completions/{program}"),
            None if script.ends_with(".fish") => format!("usr/share/fish/vendor_completions.d/{script}"),
            None => format!("usr/share/zsh/vendor-completions/{script}"),
        },
        _ => format!("{DOCUMENTS}/{name}"),
    }
}

/// Writes the package into a folder and answers with its path; `programs` is what the programs' archive holds.
pub fn pack(to: &Path, programs: &Entries, version: &str, seconds: u64) -> Result<PathBuf> {
    let mut entries: Entries = programs
        .iter()
        .map(|(name, entry)| (place(name), entry.clone()))
        .collect();
    let size: usize = entries.values().map(|entry| entry.bytes.len().div_ceil(1024)).sum();
    entries.insert("DEBIAN/control".to_owned(), Entry::text(control(version, size)));
    let folder = tempfile::tempdir()?;
    let folder = folder.path().join("package");
    lay_out(&folder, &entries)?;
    // Whatever the user's umask is.
    for name in entries.keys() {
        for parent in Path::new(name).ancestors().skip(1) {
            set_mode(&folder.join(parent), true)?;
        }
    }
    let package = to.join(format!("{NAME}_{version}_amd64.deb"));
    // xz and zstd differ from version to version more than gzip does.
    let output = Command::new("dpkg-deb")
        .args(["--root-owner-group", "-Zgzip", "--build"])
        .arg(&folder)
        .arg(&package)
        .env("SOURCE_DATE_EPOCH", seconds.to_string())
        .output()
        .context("there is no dpkg-deb: it is on Debian and its like")?;
    ensure!(
        output.status.success(),
        "dpkg-deb:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(package)
}

fn control(version: &str, kilobytes: usize) -> String {
    format!(
        "Package: {NAME}\n\
         Version: {}\n\
         Architecture: amd64\n\
         Maintainer: the maintainers of {NAME}\n\
         Depends: ca-certificates\n\
         Installed-Size: {kilobytes}\n\
         Section: net\n\
         Priority: optional\n\
         Description: command line for Huawei Cloud Host Security Service (HSS) v5\n \
         hss rescans servers and runs cluster scans again; hss-sim simulates the\n \
         service for tests. Neither is made or endorsed by Huawei.\n",
        // Before the release, in Debian's order of versions.
        version.replace('-', "~"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_candidate_comes_before_the_release() {
        assert!(control("1.0.0-rc.1", 1).contains("\nVersion: 1.0.0~rc.1\n"));
    }
}
