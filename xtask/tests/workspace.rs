//! Who depends on whom, and the lowest Rust version.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId, semver::Version};

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    // The build's target folder is no matter here, but its lock is.
    command
        .manifest_path(xtask::root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()]);
    command.exec().unwrap()
}

fn published(metadata: &Metadata) -> Vec<&Package> {
    let members = metadata.workspace_packages();
    members
        .into_iter()
        .filter(|package| package.publish.as_deref() != Some(&[]))
        .collect()
}

/// The crates here that a crate's users get with it.
#[test]
fn crates_have_the_expected_workspace_dependencies() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let found: BTreeMap<&str, Vec<&str>> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let normal = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal);
            let mut names: Vec<&str> = normal
                .map(|dependency| dependency.name.as_str())
                .filter(|name| ours.contains(name))
                .collect();
            names.sort_unstable();
            (package.name.as_str(), names)
        })
        .collect();
    let expected = BTreeMap::from([
        ("huaweicloud-auth", vec![]),
        ("huaweicloud-hss", vec!["huaweicloud-auth"]),
        ("huaweicloud-hss-cli", vec!["huaweicloud-hss", "huaweicloud-hss-sim"]),
        ("huaweicloud-hss-sim", vec!["huaweicloud-auth"]),
        // A development dependency of the crates, so that none of them may be its own.
        ("testkit", vec![]),
        ("xtask", vec![]),
    ]);
    assert_eq!(found, expected);
}

/// The simulator is the oracle: it shares no type with the client, not in its tests either.
#[test]
fn simulator_does_not_depend_on_the_sdk() {
    let metadata = metadata();
    let simulator = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| *package.name == "huaweicloud-hss-sim");
    let names: Vec<&str> = simulator
        .unwrap()
        .dependencies
        .iter()
        .map(|dependency| dependency.name.as_str())
        .collect();
    assert!(names.contains(&"jsonschema"), "{names:?}");
    assert!(
        !names
            .iter()
            .any(|name| *name == "huaweicloud-hss" || name.starts_with("progenitor")),
        "{names:?}"
    );
}

/// Cargo would refuse to build the published crates with the version that they state.
#[test]
fn rust_version_covers_the_dependencies() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut reached: BTreeSet<&PackageId> = BTreeSet::new();
    let mut next: Vec<&PackageId> = published(&metadata).iter().map(|package| &package.id).collect();
    let own: BTreeSet<&PackageId> = next.iter().copied().collect();
    while let Some(id) = next.pop() {
        if !reached.insert(id) {
            continue;
        }
        let normal = nodes[id].deps.iter().filter(|dependency| {
            dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development)
        });
        next.extend(normal.map(|dependency| &dependency.pkg));
    }
    let asked = reached
        .iter()
        .filter(|id| !own.contains(*id))
        .filter_map(|id| metadata[id].rust_version.clone());
    let highest: Version = asked.max().unwrap();
    for package in published(&metadata) {
        assert!(
            package.rust_version.as_ref() >= Some(&highest),
            "{}: {highest}",
            package.name
        );
    }
}

/// The packages that cargo builds with these arguments, and their features.
fn packages(arguments: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}\t{f}"])
        .args(arguments)
        .current_dir(xtask::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut packages = BTreeMap::<String, BTreeSet<String>>::new();
    let lines = String::from_utf8(output.stdout).unwrap();
    // Empty ones stand between the workspace's packages.
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let (package, features) = line.trim_end_matches(" (*)").split_once('\t').unwrap();
        packages
            .entry(package.to_owned())
            .or_default()
            .insert(features.to_owned());
    }
    packages
}

/// With other features everything from there on would be built twice: for the tests, and for the programs and xtask.
#[test]
fn builds_with_and_without_tests_have_the_same_features() {
    let without = packages(&["--workspace", "--edges=normal,build"]);
    let with = packages(&["--workspace", "--edges=normal,build,dev"]);
    assert!(without.len() > 200, "{}", without.len());
    let other: Vec<_> = without
        .iter()
        .filter(|(package, features)| with.get(*package) != Some(features))
        .map(|(package, features)| format!("{package}: {features:?}, with tests {:?}", with.get(package)))
        .collect();
    assert!(other.is_empty(), "to be asked for by testkit too: {}", other.join("\n"));
}

/// The first command of the README: who runs it waits for what it builds.
#[test]
fn demo_builds_neither_tls_nor_icu() {
    let config = std::fs::read_to_string(xtask::root().join(".cargo/config.toml")).unwrap();
    let (_, demo) = config.split_once("demo = \"\"\"run").unwrap();
    let (arguments, _) = demo.split_once(" -- demo\"\"\"").unwrap();
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.push("--edges=normal,build");
    let built = packages(&arguments);
    assert!(built.keys().any(|package| package.starts_with("huaweicloud-hss-sim ")));
    let unused: Vec<&String> = built
        .keys()
        .filter(|package| {
            ["rustls", "aws-lc", "ring ", "rcgen", "icu_"]
                .iter()
                .any(|name| package.starts_with(name))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// What the registry shows and what a user's lawyer looks for.
#[test]
fn published_crates_have_complete_metadata() {
    let metadata = metadata();
    assert_eq!(published(&metadata).len(), 4);
    for package in published(&metadata) {
        let folder = package.manifest_path.parent().unwrap();
        assert_eq!(
            package.license.as_deref(),
            Some("MIT OR Apache-2.0"),
            "{}",
            package.name
        );
        assert!(package.description.is_some() && !package.keywords.is_empty() && !package.categories.is_empty());
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(folder.join(file).exists(), "{}: {file}", package.name);
        }
        let root = std::fs::read(xtask::root().join("LICENSE-APACHE")).unwrap();
        assert_eq!(
            std::fs::read(folder.join("LICENSE-APACHE")).unwrap(),
            root,
            "{}",
            package.name
        );
    }
}

/// The files of a crate's source that contain a text, and how many there are in all.
fn files_with(source: &Path, text: &str) -> (Vec<String>, usize) {
    let mut folders = vec![source.to_owned()];
    let (mut found, mut files) = (Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            if std::fs::read_to_string(&path).unwrap().contains(text) {
                found.push(path.strip_prefix(source).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    (found, files)
}

#[test]
fn only_generated_code_and_its_hooks_name_progenitor_client() {
    let source = xtask::root().join("crates/huaweicloud-hss/src");
    let (found, _) = files_with(&source, "progenitor_client");
    assert_eq!(
        found,
        [
            "generated/client.rs",
            "generated/tasks/client.rs",
            "transport/hooks.rs",
            "transport/task_hooks.rs"
        ]
    );
}

/// `hss` is made of what every user of the crates has.
#[test]
fn published_crates_hide_no_public_item() {
    for package in published(&metadata()) {
        let source = package.manifest_path.parent().unwrap().join("src");
        let (found, files) = files_with(source.as_std_path(), "doc(hidden)");
        assert_eq!(found, Vec::<String>::new(), "{}", package.name);
        assert!(files > 10, "only {files} files of {} were looked at", package.name);
    }
}

/// The registry shows a README without rustdoc, which would resolve the name of an item.
#[test]
fn readme_links_work_outside_rustdoc() {
    for package in published(&metadata()) {
        let path = package.manifest_path.parent().unwrap().join("README.md");
        let readme = std::fs::read_to_string(&path).unwrap();
        for name in readme.split("[`").skip(1).filter_map(|rest| rest.split("`]").next()) {
            let is_defined =
                readme.contains(&format!("\n[`{name}`]: https://")) || readme.contains(&format!("[`{name}`](http"));
            let has_other_target = readme.contains(&format!("[`{name}`][`"));
            assert!(is_defined || has_other_target, "{path}: {name}");
        }
        let targets = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let relative: Vec<&str> = targets.filter(|target| !target.starts_with(['h', '#'])).collect();
        assert_eq!(relative, Vec::<&str>::new(), "{path}");
    }
}
