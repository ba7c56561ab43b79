//! `cargo xtask diff`: what changed in the document since a commit, and whether version and changelog say so.

mod classes;
pub mod classify;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::semver::Version;
use serde_json::Value;

use super::npm::Tools;
use crate::document::text;
use crate::pipeline::{YAML, json};
use crate::source::Source;
use classify::between;
pub use classify::{Change, Class};

const CHANGELOG: &str = "openapi/CHANGELOG.md";

/// Prints each change with its class; fails where version, changelog or, but for `own`, Redocly say something else.
pub fn run(root: &Path, base: Option<&str>, own: bool) -> ExitCode {
    match try_run(root, base, own) {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(root: &Path, base: Option<&str>, own: bool) -> Result<Vec<String>> {
    let base = match base {
        Some(base) => Some(base.to_owned()),
        None => usual_base(root)?,
    };
    let Some(base) = base else {
        crate::println_lossy!("no earlier commit here to compare with");
        return Ok(Vec::new());
    };
    let Some(old) = committed(root, &base)? else {
        crate::println_lossy!("{base} has no {YAML}: all of it is new");
        return Ok(Vec::new());
    };
    let new = Source::read(&root.join(YAML), YAML).map_err(anyhow::Error::msg)?.value;
    let changes = between(&old, &new).map_err(anyhow::Error::msg)?;
    for change in &changes {
        crate::println_lossy!("{:8} {}: {}", change.class, change.place, change.what);
    }
    let counts = Class::ALL.map(|class| format!("{} {class}", of(&changes, class).count()));
    let (from, to) = (version(&old)?, version(&new)?);
    crate::println_lossy!("{from} of {base} to {to}: {}", counts.join(", "));

    let mut problems = Vec::new();
    if let Some(worst) = changes.iter().map(|change| change.class).max() {
        problems.extend(version_problem(worst, &from, &to));
        let path = root.join(CHANGELOG);
        let changelog = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        problems.extend(changelog_problems(&changelog, &to, &changes));
        if !own {
            problems.extend(redocly(root, &old, &new, worst)?);
        }
    }
    Ok(problems)
}

fn of(changes: &[Change], class: Class) -> impl Iterator<Item = &Change> {
    changes.iter().filter(move |change| change.class == class)
}

/// Where this branch left the main one. On the main branch that is this commit itself: then the one before, or this one
/// while the document is being changed.
fn usual_base(root: &Path) -> Result<Option<String>> {
    let commit = |name: &str| git(root, &["rev-parse", "--verify", "--quiet", "--short", name]);
    let head = commit("HEAD")?;
    let left = git(root, &["merge-base", "origin/main", "HEAD"])?;
    let left = left.map_or(Ok(None), |left| commit(&left))?.or_else(|| head.clone());
    if left != head || git(root, &["diff", "--quiet", "HEAD", "--", YAML])?.is_none() {
        return Ok(left);
    }
    commit("HEAD^")
}

/// The document as a commit has it; `None` where the commit has none.
fn committed(root: &Path, base: &str) -> Result<Option<Value>> {
    let commit = git(
        root,
        &["rev-parse", "--verify", "--quiet", &format!("{base}^{{commit}}")],
    )?;
    ensure!(commit.is_some(), "{base} is no commit that this repository has");
    let Some(text) = git(root, &["show", &format!("{base}:./{YAML}")])? else {
        return Ok(None);
    };
    let source = Source::parse(&text, &format!("{base}:{YAML}")).map_err(anyhow::Error::msg)?;
    Ok(Some(source.value))
}

/// What git prints; `None` where it says no.
fn git(root: &Path, arguments: &[&str]) -> Result<Option<String>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .context("this needs git")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("not a git repository") {
        bail!(
            "{} is not in a git repository, so there is nothing to compare with",
            root.display()
        );
    }
    Ok(output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

fn version(document: &Value) -> Result<Version> {
    let version = text(&document["info"], "version");
    Version::parse(version).with_context(|| format!("info.version: {version:?} is no version"))
}

/// The minimum next version after a change of this class.
fn min_version(from: &Version, class: Class) -> Version {
    match class {
        Class::Breaking if from.major > 0 => Version::new(from.major + 1, 0, 0),
        Class::Breaking => Version::new(0, from.minor + 1, 0),
        Class::Additive if from.major > 0 => Version::new(from.major, from.minor + 1, 0),
        Class::Additive | Class::Wording => Version::new(from.major, from.minor, from.patch + 1),
    }
}

fn version_problem(worst: Class, from: &Version, to: &Version) -> Option<String> {
    let min = min_version(from, worst);
    (*to < min).then(|| format!("{YAML}: info.version is {to}, but a {worst} change of {from} requires at least {min}"))
}

/// What the changelog does not say of a version.
fn changelog_problems(changelog: &str, to: &Version, changes: &[Change]) -> Vec<String> {
    let mut sections = changelog.split("\n## ").skip(1);
    let of_version = |section: &&str| section.split([',', ' ', '\n']).next() == Some(&to.to_string());
    let Some(section) = sections.find(of_version) else {
        return vec![format!("{CHANGELOG}: there is no section \"## {to}\"")];
    };
    let told = |class: Class| {
        let parts = section.split("\n### ").skip(1);
        let mut named = parts.filter(|part| {
            part.lines()
                .next()
                .is_some_and(|title| title.eq_ignore_ascii_case(class.name()))
        });
        named.any(|part| part.contains("\n- "))
    };
    let found = Class::ALL
        .into_iter()
        .filter(|class| of(changes, *class).next().is_some());
    found
        .filter(|class| !told(*class))
        .map(|class| {
            let mut title = class.name().to_owned();
            title[..1].make_ascii_uppercase();
            format!("{CHANGELOG}: section {to} says nothing under \"### {title}\"")
        })
        .collect()
}

/// A second opinion. Redocly sees less, so it may call a change harmless that is not; where it is stricter, the rules
/// here have a gap.
fn redocly(root: &Path, old: &Value, new: &Value, worst: Class) -> Result<Option<String>> {
    let tools = match Tools::installed(root) {
        Ok(tools) => tools,
        Err(error) => {
            eprintln!("Redocly was not asked, which --own allows: {error:#}");
            return Ok(None);
        }
    };
    let folder = tempfile::tempdir()?;
    let mut command = tools.program("redocly");
    command.arg("diff").current_dir(folder.path());
    for (name, document) in [("old.json", old), ("new.json", new)] {
        fs::write(folder.path().join(name), json(document))?;
        command.arg(name);
    }
    let output = command.args(["--format", "json", "--fail-on", "none"]).output()?;
    let report: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "Redocly says no JSON: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )
    })?;
    let breaking = report["summary"]["major"].as_u64().context("Redocly counts nothing")?;
    Ok((breaking > 0 && worst < Class::Breaking).then(|| {
        let changes = report["changes"].as_array().into_iter().flatten();
        let places = changes
            .filter(|change| change["impact"] == "major")
            .map(|change| text(change, "path"));
        format!(
            "Redocly finds breaking what is not found so here: {}",
            places.collect::<Vec<_>>().join(", ")
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_least(from: &str, class: Class) -> String {
        min_version(&Version::parse(from).unwrap(), class).to_string()
    }

    #[test]
    fn versions_rise_by_class() {
        assert_eq!(
            Class::ALL.map(|class| at_least("0.1.2", class)),
            ["0.2.0", "0.1.3", "0.1.3"]
        );
        assert_eq!(
            Class::ALL.map(|class| at_least("1.1.2", class)),
            ["2.0.0", "1.2.0", "1.1.3"]
        );
    }

    #[test]
    fn the_changelog_names_each_class() {
        let change = |class| Change {
            class,
            place: String::new(),
            what: String::new(),
        };
        let changes = [change(Class::Breaking), change(Class::Wording)];
        let problems = |changelog: &str| changelog_problems(changelog, &Version::new(0, 2, 0), &changes).join("\n");
        let missing = "openapi/CHANGELOG.md: section 0.2.0 says nothing under";
        for (changelog, expected) in [
            (
                "# C\n\n## 0.1.0\n",
                "openapi/CHANGELOG.md: there is no section \"## 0.2.0\"".to_owned(),
            ),
            (
                "# C\n\n## 0.2.0\n\n- All.\n",
                format!("{missing} \"### Breaking\"\n{missing} \"### Wording\""),
            ),
            (
                "# C\n\n## 0.2.0, 2026\n\n### Breaking\n\n- A.\n\n### Wording\n\n## 0.1.0\n\n- B.\n",
                format!("{missing} \"### Wording\""),
            ),
            (
                "# C\n\n## 0.2.0\n\n### Breaking\n\n- A.\n\n### Wording\n\n- B.\n",
                String::new(),
            ),
        ] {
            assert_eq!(problems(changelog), expected, "{changelog}");
        }
    }
}
