//! The licences of what the programs are built of, for those who get the programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::parts::Part;

/// Texts that packages lack, and those of what is no package.
const KEPT: &str = "release/licences";
const BEGINNINGS: [&str; 6] = ["licen", "copying", "copyright", "notice", "unlicense", "patents"];
/// Files whose names begin so and that are no licences.
const OTHERS: [&str; 3] = ["rs", "yml", "toml"];

/// A text that is kept here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    file: String,
    /// Where the text is from.
    source: String,
    /// Packages without a text of their own.
    #[serde(default)]
    packages: Vec<String>,
    /// What no package brings and every program holds.
    holds: Option<String>,
}

/// The notices of everything in the programs that is not this project's.
pub fn notices(root: &Path, parts: &[Part]) -> Result<String> {
    let mut kept = kept(root)?;
    let mut list = String::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for part in parts
        .iter()
        .filter(|part| part.is_in_program && part.checksum.is_some())
    {
        let Part {
            name, version, licence, ..
        } = part;
        writeln!(
            list,
            "{name} {version}: {licence}\n    https://crates.io/crates/{name}/{version}"
        )?;
        let mut own = BTreeSet::new();
        find(&part.folder, &mut own)?;
        let missing = kept.iter_mut().find(|kept| kept.packages.contains(name));
        match missing {
            Some(kept) if own.is_empty() => {
                kept.packages.retain(|package| package != name);
                own.insert(text(&root.join(KEPT).join(&kept.file))?);
            }
            Some(_) => anyhow::bail!("{name} {version} brings its licence: take it off {KEPT}/index.json"),
            None => ensure!(
                !own.is_empty(),
                "{name} {version} brings no text of its licence, {licence}: put it into {KEPT}, with its source"
            ),
        }
        for text in own {
            texts.entry(text).or_default().insert(format!("{name} {version}"));
        }
    }
    for kept in kept {
        ensure!(
            kept.packages.is_empty(),
            "{KEPT}/index.json has a text for {}, which no program holds",
            kept.packages.join(", ")
        );
        if let Some(name) = kept.holds {
            writeln!(list, "{name}\n    {}", kept.source)?;
            texts
                .entry(text(&root.join(KEPT).join(&kept.file))?)
                .or_default()
                .insert(name);
        }
    }
    let mut notices = format!(
        "hss and hss-sim hold the works of others below, unchanged. Where each is from stands under its name; the source of \
         those under the MPL-2.0 can be had there too. The Rust standard library has notices of its own, in {STANDARD}.\n\n\
         {list}"
    );
    for (text, holders) in texts {
        let holders: Vec<String> = holders.into_iter().collect();
        write!(notices, "\n{}\n{}:\n\n{text}", "=".repeat(80), holders.join(", "))?;
    }
    Ok(notices)
}

pub const NAME: &str = "THIRD-PARTY-NOTICES.txt";
pub const STANDARD: &str = "RUST-STANDARD-LIBRARY.html";

/// The notices of the standard library, which the compiler brings.
pub fn of_the_standard_library(root: &Path) -> Result<Vec<u8>> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc)
        .current_dir(root)
        .args(["--print", "sysroot"])
        .output()
        .context("rustc cannot be run")?;
    let home = String::from_utf8(output.stdout)?;
    let path = Path::new(home.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    fs::read(&path).with_context(|| format!("this compiler does not bring {}: take one of rustup", path.display()))
}

fn kept(root: &Path) -> Result<Vec<Kept>> {
    let kept: Vec<Kept> = serde_json::from_str(&fs::read_to_string(root.join(KEPT).join("index.json"))?)
        .with_context(|| format!("{KEPT}/index.json"))?;
    for kept in &kept {
        ensure!(
            kept.source.starts_with("https://"),
            "{KEPT}/index.json: {} needs its source",
            kept.file
        );
    }
    Ok(kept)
}

/// The licences in a folder and below.
fn find(folder: &Path, texts: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() {
            find(&path, texts)?;
        } else if is_licence(&name) {
            texts.insert(text(&path)?);
        }
    }
    Ok(())
}

fn is_licence(name: &str) -> bool {
    let extension = Path::new(name).extension().unwrap_or_default().to_string_lossy();
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) && !OTHERS.contains(&&*extension)
}

/// A text with the ends of lines and of the file that all others have, so that equal texts are equal.
fn text(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::super::parts::parts;
    use super::*;

    /// A package that is added or raised may lack its licence, or bring what is kept here.
    #[test]
    fn everything_in_the_programs_has_its_licence() {
        let root = crate::root();
        let mut parts = parts(&root).unwrap();
        let made = notices(&root, &parts).unwrap();
        assert_eq!(made, notices(&root, &parts).unwrap());
        for expected in [
            "progenitor-client 0.15.1: MPL-2.0\n    https://crates.io/crates/progenitor-client/0.15.1\n",
            "Mozilla Public License Version 2.0",
            "musl 1.2.5",
            "Copyright © 2005-2020 Rich Felker",
            "the fiat-crypto authors",
            "UNICODE LICENSE V3",
        ] {
            assert!(made.contains(expected), "{expected}");
        }
        assert!(!made.contains("huaweicloud"));

        let empty = tempfile::tempdir().unwrap();
        let rustls = parts.iter_mut().find(|part| part.name == "rustls").unwrap();
        let own = std::mem::replace(&mut rustls.folder, empty.path().to_owned());
        let error = notices(&root, &parts).unwrap_err().to_string();
        assert!(
            error.starts_with("rustls ") && error.contains("brings no text"),
            "{error}"
        );

        for part in &mut parts {
            if ["rustls", "vsimd"].contains(&&*part.name) {
                part.folder = own.clone();
            }
        }
        let error = notices(&root, &parts).unwrap_err().to_string();
        assert!(
            error.starts_with("vsimd ") && error.contains("brings its licence"),
            "{error}"
        );

        parts.retain(|part| part.name != "vsimd");
        let error = notices(&root, &parts).unwrap_err().to_string();
        assert!(error.contains("a text for vsimd, which no program holds"), "{error}");
    }
}
