//! `cargo xtask diff`: what changed since the last release, as oasdiff and `redocly diff` see it, and whether version and
//! changelog say so. What neither compares is compared as data.

pub mod data;
mod tools;
pub mod trials;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use cargo_metadata::semver::Version;
use serde_json::Value;

use super::git;
use crate::document::text;
use crate::documents::{Document, documents};
use crate::source::Source;
use tools::{Class, Differs, Finding};

pub const CHANGELOG: &str = "openapi/CHANGELOG.md";
/// Each document as it was last released.
pub const RELEASED: &str = "openapi/released";

/// Prints each change; fails if version or changelog do not say so. With `trials` compares the tools' verdicts on the
/// trials with the committed ones.
pub fn run(root: &Path, trials: bool) -> Result<()> {
    let mut problems = Vec::new();
    if trials {
        problems = trials::run(root)?;
    } else {
        for document in documents(root)? {
            problems.extend(compare(root, &document)?);
        }
    }
    ensure!(problems.is_empty(), problems.join("\n"));
    Ok(())
}

fn compare(root: &Path, document: &Document) -> Result<Vec<String>> {
    let (yaml, name) = (document.yaml(), document.stem());
    let Some(old) = released(root, document)? else {
        crate::println_lossy!("{yaml}: not committed yet, all of it is new");
        return Ok(Vec::new());
    };
    let new = document.read(root).map_err(anyhow::Error::msg)?.value;
    if old.value == new {
        crate::println_lossy!("{yaml}: the same as {}", old.name);
        return Ok(Vec::new());
    }
    let findings = Differs::installed(root)?.compare(&old.value, &new)?.concat();
    for (class, what) in &findings {
        crate::println_lossy!("{:8} {what}", class.name());
    }
    let data = data::compare(&old.value, &new);
    for change in &data {
        crate::println_lossy!("data     {change}");
    }
    let (from, to) = (version(&old.value)?, version(&new)?);
    crate::println_lossy!("{from} of {} to {to} of {yaml}", old.name);
    let path = root.join(CHANGELOG);
    let changelog = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(problems(name, &changelog, &from, &to, &findings, &data))
}

/// The document as it was last released, or else as its first commit has it; `None` if it was never committed.
fn released(root: &Path, document: &Document) -> Result<Option<Source>> {
    let file = format!("{RELEASED}/{}.yaml", document.stem());
    if root.join(&file).exists() {
        return Source::read(&root.join(&file), &file)
            .map(Some)
            .map_err(anyhow::Error::msg);
    }
    if git(root, &["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
        eprintln!(
            "warning: this clone has not all commits, so the oldest one here is compared; git fetch --unshallow gets the rest"
        );
    }
    let yaml = document.yaml();
    let commits = git(root, &["log", "--diff-filter=A", "--format=%h", "--", yaml])?;
    let Some(first) = commits.lines().last() else {
        return Ok(None);
    };
    let text = git(root, &["show", &format!("{first}:./{yaml}")])?;
    Source::parse(&text, first).map(Some).map_err(anyhow::Error::msg)
}

fn version(document: &Value) -> Result<Version> {
    let version = text(&document["info"], "version");
    Version::parse(version).with_context(|| format!("info.version: {version:?} is no version"))
}

/// What version and changelog do not say. Whether a change of data is breaking is for people to say.
fn problems(
    name: &str,
    changelog: &str,
    from: &Version,
    to: &Version,
    findings: &[Finding],
    data: &[String],
) -> Vec<String> {
    let mut problems = Vec::new();
    let worst = findings.iter().map(|(class, _)| *class).max().unwrap_or(Class::Wording);
    let at_least = if data.is_empty() {
        worst
    } else {
        worst.max(Class::Additive)
    };
    let min = min_version(from, at_least);
    if *to < min {
        let class = match at_least {
            Class::Breaking => "a breaking",
            Class::Additive => "an additive",
            Class::Wording => "a",
        };
        problems.push(format!(
            "{name}: info.version is {to}, but after {class} change of {from} it is at least {min}"
        ));
    }
    let mut sections = changelog.split("\n## ").skip(1);
    let heading = format!("{name} {to}");
    let of_version = |section: &&str| section.split([',', '\n']).next() == Some(&heading);
    let Some(section) = sections.find(of_version) else {
        problems.push(format!("{CHANGELOG}: there is no section \"## {heading}\""));
        return problems;
    };
    let mut require = |titles: &[&str]| {
        let parts = section.split("\n### ").skip(1);
        let mut told = parts
            .filter(|part| part.contains("\n- "))
            .filter_map(|part| part.lines().next());
        if !told.any(|title| titles.contains(&title)) {
            let titles = titles.join("\" or \"### ");
            problems.push(format!(
                "{CHANGELOG}: section {heading} says nothing under \"### {titles}\""
            ));
        }
    };
    let found = |class: Class| findings.iter().any(|(found, _)| *found == class);
    if found(Class::Breaking) {
        require(&["Breaking"]);
    }
    if found(Class::Additive) || !data.is_empty() {
        require(&["Additive", "Breaking"]);
    }
    if at_least == Class::Wording {
        require(&["Wording"]);
    }
    problems
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Class; 3] = [Class::Breaking, Class::Additive, Class::Wording];

    fn problems_of(changelog: &str, to: &str, found: &[Class], data: &[&str]) -> String {
        let (from, to) = (Version::new(0, 1, 0), Version::parse(to).unwrap());
        let findings: Vec<Finding> = found.iter().map(|class| (*class, String::new())).collect();
        let data: Vec<String> = data.iter().map(|&change| change.to_owned()).collect();
        problems("a", changelog, &from, &to, &findings, &data).join("\n")
    }

    #[test]
    fn min_version_depends_on_class() {
        let min = |from: &str| ALL.map(|class| min_version(&Version::parse(from).unwrap(), class).to_string());
        assert_eq!(min("0.1.2"), ["0.2.0", "0.1.3", "0.1.3"]);
        assert_eq!(min("1.1.2"), ["2.0.0", "1.2.0", "1.1.3"]);
    }

    #[test]
    fn version_must_rise_with_the_worst_change() {
        let log = "# C\n\n## a 0.1.1\n\n### Breaking\n\n- A.\n\n## a 0.1.0\n\n### Additive\n\n- B.\n";
        let low = "a: info.version is 0.1.1, but after a breaking change of 0.1.0 it is at least 0.2.0";
        assert_eq!(problems_of(log, "0.1.1", &ALL, &[]), low);
        assert_eq!(problems_of(log, "0.1.1", &[Class::Additive], &[]), "");
        let same = "a: info.version is 0.1.0, but after an additive change of 0.1.0 it is at least 0.1.1";
        assert_eq!(problems_of(log, "0.1.0", &[], &["/servers: a becomes b"]), same);
    }

    #[test]
    fn changelog_must_name_each_class() {
        let missing = "openapi/CHANGELOG.md: section a 0.2.0 says nothing under";
        let (breaking, additive, wording) = (
            format!("{missing} \"### Breaking\""),
            format!("{missing} \"### Additive\" or \"### Breaking\""),
            format!("{missing} \"### Wording\""),
        );
        let none = "openapi/CHANGELOG.md: there is no section \"## a 0.2.0\"";
        assert_eq!(
            problems_of("# C\n\n## b 0.2.0\n\n## a 0.1.0\n", "0.2.0", &ALL, &[]),
            none
        );
        let empty =
            "# C\n\n## a 0.2.0, 2026\n\n- All.\n\n### Breaking\n\n### Additive\n\n## a 0.1.0\n\n### Wording\n\n- B.\n";
        assert_eq!(
            problems_of(empty, "0.2.0", &ALL, &[]),
            format!("{breaking}\n{additive}")
        );
        assert_eq!(problems_of(empty, "0.2.0", &[], &["x"]), additive);
        assert_eq!(problems_of(empty, "0.2.0", &[], &[]), wording);
        let all = "# C\n\n## a 0.2.0\n\n### Breaking\n\n- A.\n\n### Wording\n\n- B.\n";
        assert_eq!(problems_of(all, "0.2.0", &ALL, &["x"]), "");
        assert_eq!(problems_of(all, "0.2.0", &[], &[]), "");
    }

    #[test]
    fn base_is_the_released_file_or_the_first_commit() {
        let folder = tempfile::tempdir().unwrap();
        let document = Document::of("openapi/a.yaml");
        let git = |arguments: &[&str]| super::git(folder.path(), arguments).unwrap();
        let write = |file: &str, text: &str| {
            fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
            fs::write(folder.path().join(file), text).unwrap();
        };
        let base = || released(folder.path(), &document).unwrap().map(|source| source.value);
        let commit = || {
            git(&["add", "."]);
            git(&[
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@localhost",
                "commit",
                "-qm",
                "All",
            ]);
        };
        git(&["init", "-q"]);
        write("other", "");
        commit();
        write("openapi/a.yaml", "1");
        assert_eq!(base(), None);
        commit();
        write("openapi/a.yaml", "2");
        commit();
        assert_eq!(base(), Some(1.into()));
        write("openapi/released/a.yaml", "3");
        assert_eq!(base(), Some(3.into()));
    }
}
