//! `cargo xtask dist`: what a release gives to other teams, the same bytes each time.

mod archive;
mod check;
mod debian;
mod install;
mod notices;
mod parts;
mod programs;
mod sbom;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use sha2::{Digest, Sha256};

use self::parts::Part;
use self::programs::{Programs, Settings};
use crate::commands::{git, page, target};
use crate::document::text;
use crate::documents::documents;

const SUMS: &str = "SHA256SUMS";
/// What of `openapi/` is of no use elsewhere.
const LEFT_OUT: [&str; 2] = ["openapi/tools/", "openapi/released/"];
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// A file of an archive.
#[derive(Clone)]
pub struct Entry {
    pub bytes: Vec<u8>,
    pub runs: bool,
}

/// All files by name, which also is their order.
pub type Entries = BTreeMap<String, Entry>;

/// What to make.
#[derive(Args)]
pub struct Dist {
    /// Output folder [default: handover in cargo's target folder]
    #[arg(long)]
    to: Option<PathBuf>,
    /// Test the archives: run the README's simulator commands in an empty folder, and both programs in an empty root
    #[arg(long)]
    check: bool,
    /// Build the programs without optimisations, into the folder trial in cargo's target folder: for a check of the rest, and
    /// never for an upload
    #[arg(long, conflicts_with = "to")]
    trial: bool,
}

/// Makes the archives and the Debian package in a folder; with `check` tries them.
pub fn run(root: &Path, arguments: &Dist) -> Result<()> {
    let (settings, folder) = if arguments.trial {
        (Settings::Trial, "trial")
    } else {
        (Settings::Upload, "handover")
    };
    let to = &arguments.to.clone().unwrap_or_else(|| target(root).join(folder));
    let seconds = seconds(root)?;
    let parts = parts::parts(root)?;
    let shared = shared(root, &parts)?;
    let programs = programs::build(root, settings)?;
    let version = &parts
        .iter()
        .find(|part| part.name == programs::PACKAGES[0])
        .context("the programs have no version")?
        .version;

    fs::create_dir_all(to)?;
    let (name, handover) = handover(root, &shared, &programs)?;
    lay_out(&to.join(&name), &handover)?;
    let archive = write_archive(to, &name, &handover, seconds)?;

    let installed = installed(root, &shared, &programs, settings)?;
    let name = format!("hss-{version}-{}", programs::TARGET);
    let program_archive = write_archive(to, &name, &installed, seconds)?;
    let package = debian::pack(to, &installed, version, seconds)?;

    let mut sums = String::new();
    for path in [&package, &program_archive, &archive] {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        sums.push_str(&format!("{}  {name}\n", sum(&fs::read(path)?)));
    }
    fs::write(to.join(SUMS), &sums)?;
    let built = match settings {
        Settings::Upload => "as they are uploaded",
        Settings::Trial => "without optimisations, not for an upload",
    };
    crate::println_lossy!("{}, the programs built {built}:\n{}", to.display(), sums.trim_end());
    if arguments.check {
        check::run(&handover, &archive)?;
        install::check(&package, version)?;
    }
    Ok(())
}

/// Time of everything in the archives: the commit's, or what the one who builds says.
fn seconds(root: &Path) -> Result<u64> {
    if let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH") {
        let given = given.to_string_lossy().into_owned();
        return given
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH: {given} is no number of seconds"));
    }
    Ok(git(root, &["log", "-1", "--format=%ct"])?.trim().parse()?)
}

/// What goes with the programs wherever they go.
fn shared(root: &Path, parts: &[Part]) -> Result<Entries> {
    let mut entries = Entries::new();
    for name in LICENCES {
        entries.insert(name.to_owned(), Entry::file(&root.join(name))?);
    }
    let texts = [
        (notices::NAME, notices::notices(root, parts)?),
        ("sbom.cdx.json", sbom::sbom(parts)?),
    ];
    entries.extend(texts.map(|(name, text)| (name.to_owned(), Entry::text(text))));
    let standard = Entry::new(notices::of_the_standard_library(root)?);
    entries.insert(notices::STANDARD.to_owned(), standard);
    Ok(entries)
}

/// What other teams get: the name of the archive, and its files.
fn handover(root: &Path, shared: &Entries, programs: &Programs) -> Result<(String, Entries)> {
    let mut version = String::new();
    let mut entries = shared.clone();
    for path in committed(root)? {
        let name = path.strip_prefix("openapi/").unwrap_or(&path);
        entries.insert(name.to_owned(), Entry::file(&root.join(&path))?);
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
    entries.insert("hss-sim".to_owned(), Entry::program(&programs.simulator));
    entries.insert(SUMS.to_owned(), Entry::text(sums(&entries)));
    Ok((format!("huaweicloud-hss-openapi-{version}"), entries))
}

/// What those get who want to run the programs.
fn installed(root: &Path, shared: &Entries, programs: &Programs, settings: Settings) -> Result<Entries> {
    let mut entries = shared.clone();
    entries.insert("bin/hss".to_owned(), Entry::program(&programs.hss));
    entries.insert("bin/hss-sim".to_owned(), Entry::program(&programs.simulator));
    let own = [
        ("man/hss.1", "hss", ["man"].as_slice()),
        ("completions/hss.bash", "hss", &["completions", "bash"]),
        ("completions/_hss", "hss", &["completions", "zsh"]),
        ("completions/hss.fish", "hss", &["completions", "fish"]),
        ("man/hss-sim.1", "hss-sim", &["--man"]),
        ("completions/hss-sim.bash", "hss-sim", &["--completions", "bash"]),
        ("completions/_hss-sim", "hss-sim", &["--completions", "zsh"]),
        ("completions/hss-sim.fish", "hss-sim", &["--completions", "fish"]),
    ];
    for (name, program, arguments) in own {
        let said = programs::said(root, settings, program, arguments)?;
        entries.insert(name.to_owned(), Entry::new(said));
    }
    let files = [
        ("README.md", "crates/huaweicloud-hss-cli/README.md"),
        ("CHANGELOG.md", "CHANGELOG.md"),
    ];
    for (name, path) in files {
        entries.insert(name.to_owned(), Entry::file(&root.join(path))?);
    }
    Ok(entries)
}

fn write_archive(to: &Path, name: &str, entries: &Entries, seconds: u64) -> Result<PathBuf> {
    let path = to.join(format!("{name}.tar.gz"));
    let bytes = archive::pack(name, entries, seconds)?;
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

impl Entry {
    fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, runs: false }
    }

    fn text(text: String) -> Self {
        Self::new(text.into_bytes())
    }

    fn file(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self::new(bytes))
    }

    fn program(bytes: &[u8]) -> Self {
        let bytes = bytes.to_vec();
        Self { bytes, runs: true }
    }
}

/// The files of `openapi/` to hand out. What a tool left beside them is not the project's.
fn committed(root: &Path) -> Result<Vec<String>> {
    let names = git(root, &["ls-files", "-z", "--", "openapi"])?;
    let names = names
        .split('\0')
        .filter(|name| !name.is_empty() && !LEFT_OUT.iter().any(|left_out| name.starts_with(left_out)));
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
