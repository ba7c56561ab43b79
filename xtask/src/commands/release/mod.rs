//! `cargo xtask release`: all of a release but the upload.

mod changelog;
mod compare;
pub mod dist;
pub mod package;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{MetadataCommand, Package};
use clap::Args;

use super::{diff, git, target};
use crate::document::text;
use crate::documents::documents;

/// What to do.
#[derive(Args)]
pub struct Release {
    /// Do it in a copy of the last commit, and also pack, compare, build and test all that is uploaded, the programs without
    /// their optimisations. Needs what `package` and `dist` need
    #[arg(long)]
    check: bool,
    /// Fail unless this is the version's tag and its commit is dated. What is built and tested is what is uploaded, in
    /// target/upload
    #[arg(long, requires = "check")]
    tag: Option<String>,
}

/// Dates the changelogs by the last commit; or, with `check`, does everything in a copy.
pub fn run(root: &Path, arguments: &Release) -> Result<()> {
    let root = &fs::canonicalize(root)?;
    if !arguments.check {
        let Cut { version, changed } = cut(root)?;
        crate::println_lossy!("{version}: {}", list(&changed));
        return Ok(());
    }
    let program = this_program(root)?;
    let copy = copy(root)?;
    // What is uploaded is built with `--locked`.
    let lock = MetadataCommand::new()
        .manifest_path(copy.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec();
    lock.context("Cargo.lock of the commit is not as Cargo.toml needs it: run cargo, and commit Cargo.lock")?;
    let Cut { version, changed } = cut(&copy)?;
    let tag = format!("v{version}");
    if let Some(given) = &arguments.tag {
        ensure!(*given == tag, "the tag is {given}, and the version {version}");
        ensure!(
            changed.is_empty(),
            "not as `cargo xtask release` leaves them: {}",
            list(&changed)
        );
    }
    let packages = published(&copy)?;
    compare::with_the_last_release(&copy, &target(root), &tag, &packages)?;

    let upload = target(root).join("upload");
    // Of another commit, by now.
    if upload.exists() {
        fs::remove_dir_all(&upload)?;
    }
    let this = |arguments: &[&str]| own(&program, &copy, root, arguments);
    this(&["package"])?;
    match &arguments.tag {
        Some(_) => this(&["dist", "--check", "--to", &upload.to_string_lossy()])?,
        None => this(&["dist", "--check", "--trial"])?,
    }
    crate::println_lossy!("{}", what_remains(&version, &changed, &packages));
    Ok(())
}

/// The last commit, in a folder of its own.
fn copy(root: &Path) -> Result<PathBuf> {
    // One place, so that what is built there is built once.
    let copy = target(root).join("release-copy");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let commit = git(root, &["rev-parse", "HEAD"])?;
    if !git(root, &["status", "--porcelain"])?.is_empty() {
        eprintln!("what is not committed is not in the release");
    }
    let (from, to) = (root.to_string_lossy(), copy.to_string_lossy());
    git(root, &["clone", "--quiet", "--no-checkout", &from, &to])?;
    git(&copy, &["checkout", "--quiet", "--detach", commit.trim()])?;
    Ok(copy)
}

/// A release: its version, and the files that it changes.
struct Cut {
    version: String,
    changed: Vec<String>,
}

/// Checks that the versions are in step, dates the changelogs, and keeps the documents as they are now.
fn cut(root: &Path) -> Result<Cut> {
    let version = version(&published(root)?)?;
    let documents = documents(root)?;
    let date = git(root, &["log", "-1", "--format=%cs"])?;
    let mut changed = Vec::new();
    let mut sections = vec![("CHANGELOG.md", None, version.clone())];
    for document in &documents {
        let value = document.read(root).map_err(anyhow::Error::msg)?.value;
        let version = text(&value["info"], "version").to_owned();
        sections.push((diff::CHANGELOG, Some(document.stem()), version));
    }
    for (file, name, version) in sections {
        let path = root.join(file);
        let old = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        let (new, was_there) = changelog::cut(&old, name, &version, date.trim()).context(file)?;
        if !was_there {
            fs::write(&path, new)?;
            changed.push(file.to_owned());
        }
    }
    changed.dedup();
    // What the next versions are compared with.
    fs::create_dir_all(root.join(diff::RELEASED))?;
    for document in &documents {
        let name = format!("{}/{}.yaml", diff::RELEASED, document.stem());
        let (old, new) = (fs::read(root.join(&name)).ok(), fs::read(root.join(document.yaml()))?);
        if old.as_ref() != Some(&new) {
            fs::write(root.join(&name), new)?;
            changed.push(name);
        }
    }
    Ok(Cut { version, changed })
}

/// The one version of all published crates, which they also ask of each other.
fn version(packages: &[Package]) -> Result<String> {
    let version = packages.first().map(|package| package.version.clone());
    let version = version.context("no crate is published")?;
    for package in packages {
        let name = &package.name;
        ensure!(
            package.version == version,
            "{name} has the version {}, and others {version}",
            package.version
        );
        for dependency in &package.dependencies {
            let is_ours = packages.iter().any(|other| *other.name == dependency.name);
            ensure!(
                !is_ours || dependency.req.to_string() == format!("^{version}"),
                "{name} asks for {} {}, and the version is {version}",
                dependency.name,
                dependency.req
            );
        }
    }
    Ok(version.to_string())
}

fn published(root: &Path) -> Result<Vec<Package>> {
    let mut command = MetadataCommand::new();
    let metadata = command.manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let packages = metadata.packages.into_iter();
    Ok(packages
        .filter(|package| package.publish.as_deref() != Some(&[]))
        .collect())
}

/// A copy of this program, because a build meanwhile would replace or delete it.
fn this_program(root: &Path) -> Result<PathBuf> {
    let copy = target(root).join("release-xtask");
    fs::create_dir_all(target(root))?;
    fs::copy(std::env::current_exe()?, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

/// Another command of this program, for the copy of the project.
fn own(program: &Path, copy: &Path, root: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).arg("--root").arg(copy).current_dir(copy);
    command.env("CARGO_TARGET_DIR", target(root));
    let status = command.status()?;
    ensure!(
        status.success(),
        "cargo xtask {} ended with {status}",
        arguments.join(" ")
    );
    Ok(())
}

fn what_remains(version: &str, changed: &[String], packages: &[Package]) -> String {
    let mut lines = vec![format!("{version} can be released. What remains:")];
    if !changed.is_empty() {
        lines.push("cargo xtask release".to_owned());
        let files = changed.join(" ");
        lines.push(format!(
            "git add {files} && git commit --message 'docs: release {version}' {files}"
        ));
    }
    lines.push(format!("git tag --annotate --message {version} v{version}"));
    lines.push(format!("git push origin v{version}"));
    lines.push("The workflow release.yml does the rest. Without it:".to_owned());
    lines.push(format!("cargo xtask release --check --tag v{version}"));
    let names: Vec<String> = packages
        .iter()
        .map(|package| format!("--package {}", package.name))
        .collect();
    lines.push(format!("cargo publish --locked {}", names.join(" ")));
    lines.push(format!(
        "gh release create v{version} --verify-tag --title {version} target/upload/*.tar.gz target/upload/*.deb \
         target/upload/SHA256SUMS"
    ));
    lines.join("\n  ")
}

fn list(changed: &[String]) -> String {
    if changed.is_empty() {
        "nothing to change".to_owned()
    } else {
        changed.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_differ_are_refused() {
        let packages = published(&crate::root()).unwrap();
        let right = version(&packages).unwrap();
        let changed = |change: &dyn Fn(&mut Package)| {
            let mut packages = packages.clone();
            let is_program = |package: &&mut Package| *package.name == "huaweicloud-hss-cli";
            change(packages.iter_mut().find(is_program).unwrap());
            version(&packages).unwrap_err().to_string()
        };
        let error = changed(&|package| package.version = "99.0.0".parse().unwrap());
        assert!(
            error.contains("has the version 99.0.0") || error.contains("others 99.0.0"),
            "{error}"
        );
        let error = changed(&|package| {
            let ours = |dependency: &&mut cargo_metadata::Dependency| dependency.name == "huaweicloud-hss";
            package.dependencies.iter_mut().find(ours).unwrap().req = "^98".parse().unwrap();
        });
        assert_eq!(
            error,
            format!("huaweicloud-hss-cli asks for huaweicloud-hss ^98, and the version is {right}")
        );
    }
}
