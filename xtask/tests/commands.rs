//! The commands as a maintainer meets them, on copies of the project.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use xtask::pipeline::{YAML, outputs};
use xtask::source::Source;

/// A folder with the YAML and everything that is made of it.
fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::read(&xtask::root().join(YAML), YAML).unwrap();
    let mut files: Vec<String> = outputs(&source)
        .unwrap()
        .into_iter()
        .map(|output| output.path)
        .collect();
    files.push(YAML.to_owned());
    for file in files {
        let to = folder.path().join(&file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(xtask::root().join(&file), to).unwrap();
    }
    folder
}

fn edit(folder: &Path, file: &str, old: &str, new: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{file}: {old}");
    std::fs::write(path, text.replacen(old, new, 1)).unwrap();
}

/// Exit code and what was printed, without the lines of a diff that are the same in both files.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .arg("--root")
        .arg(folder)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    let changed = out
        .lines()
        .filter(|line| !line.starts_with(' ') || line.contains("Fresh") || line.contains("Stale"));
    let code = output.status.code().unwrap();
    let transcript = changed.chain(["--"]).chain(err.lines()).collect::<Vec<_>>().join("\n");
    (
        code,
        format!("$ cargo xtask {}\n{transcript}\nexit {code}\n", arguments.join(" ")),
    )
}

/// The diff without what changes with every change of the document.
fn without_hashes(transcript: &str) -> String {
    let kept = transcript
        .lines()
        .filter(|line| !line.contains("SHA-256") && !line.starts_with("@@"));
    kept.collect::<Vec<_>>().join("\n")
}

fn every_file(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The same check as `cargo xtask generate --check`, so that `cargo test` alone finds a stale file.
#[test]
fn the_committed_files_are_fresh() {
    let (code, transcript) = run(&xtask::root(), &["generate", "--check"]);
    assert_eq!(code, 0, "{transcript}");
}

#[test]
fn check_reports_fresh_files() {
    let folder = copy();
    let (code, transcript) = run(folder.path(), &["generate", "--check"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(transcript);
    assert_eq!(
        run(folder.path(), &["lint", "--own"]),
        (
            0,
            "$ cargo xtask lint --own\nopenapi/hss-v5.yaml: no problems\n--\nexit 0\n".into()
        )
    );
}

#[test]
fn check_shows_stale_files_and_generate_updates_them() {
    let (generated, yaml) = (xtask::pipeline::CLIENT, YAML);
    let changes = [
        ("bound", yaml, "maxItems: 1000", "maxItems: 999"),
        (
            "required",
            yaml,
            "required: [error_code, error_msg]",
            "required: [error_code]",
        ),
        ("required_dropped", yaml, "      required: [range_type]\n", ""),
        (
            "description",
            yaml,
            "Ids of the servers to rescan.",
            "The ids of the servers to rescan.",
        ),
        ("byte", generated, "pub mod types {", "pub mod types  {"),
    ];
    for (name, file, old, new) in changes {
        let folder = copy();
        edit(folder.path(), file, old, new);
        let before = every_file(folder.path());
        let (code, transcript) = run(folder.path(), &["generate", "--check"]);
        assert_eq!(code, 4, "{transcript}");
        assert!(transcript.contains("cargo xtask generate"), "{transcript}");
        assert_eq!(every_file(folder.path()), before, "{name}: the check wrote something");
        insta::assert_snapshot!(name, without_hashes(&transcript));
        assert_eq!(run(folder.path(), &["generate"]).0, 0);
        assert_eq!(run(folder.path(), &["generate", "--check"]).0, 0, "{name}");
    }
}

#[test]
fn generate_writes_nothing_for_an_invalid_document() {
    let folder = copy();
    edit(
        folder.path(),
        YAML,
        "enum: [all_failed_host, specific_host]",
        "enum: [all_failed_host, named_host]",
    );
    let before = every_file(folder.path());
    for arguments in [&["generate", "--check"][..], &["generate"]] {
        let (code, transcript) = run(folder.path(), arguments);
        assert_eq!(code, 100, "{transcript}");
        assert!(transcript.contains("openapi/hss-v5.yaml:392:31: /components/schemas/HostRangeType/enum/1"));
        assert_eq!(every_file(folder.path()), before);
    }
    let (code, transcript) = run(folder.path(), &["lint", "--own"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(transcript);
}

#[test]
fn generate_adds_missing_files_and_removes_extra_ones() {
    let folder = copy();
    std::fs::remove_file(folder.path().join("openapi/hss-v5.sdk.json")).unwrap();
    std::fs::write(folder.path().join("openapi/examples/left.over.json"), "{}\n").unwrap();
    let (code, transcript) = run(folder.path(), &["generate", "--check"]);
    assert_eq!(code, 4, "{transcript}");
    assert!(
        transcript.contains("Stale openapi/hss-v5.sdk.json\n--- /dev/null"),
        "{transcript}"
    );
    assert!(
        transcript.contains("Stale openapi/examples/left.over.json"),
        "{transcript}"
    );
    assert_eq!(run(folder.path(), &["generate"]).0, 0);
    assert!(!folder.path().join("openapi/examples/left.over.json").exists());
    assert_eq!(run(folder.path(), &["generate", "--check"]).0, 0);
}

#[test]
fn generate_fails_for_an_unreadable_document() {
    let folder = copy();
    std::fs::remove_file(folder.path().join(YAML)).unwrap();
    let (code, transcript) = run(folder.path(), &["generate"]);
    assert_eq!(code, 100);
    assert!(
        transcript.contains("openapi/hss-v5.yaml: cannot be read: No such file or directory"),
        "{transcript}"
    );
}

/// Makes a commit of all that is in a folder.
fn commit(folder: &Path) {
    let commit: &[&str] = &[
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@localhost",
        "commit",
        "-qm",
        "All",
    ];
    for arguments in [&["init", "-q"][..], &["add", "."], commit] {
        let status = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success());
    }
}

#[test]
fn diff_fails_until_version_and_changelog_match() {
    let folder = tempfile::tempdir().unwrap();
    let changelog = "openapi/CHANGELOG.md";
    std::fs::create_dir_all(folder.path().join("openapi")).unwrap();
    std::fs::copy(xtask::root().join(YAML), folder.path().join(YAML)).unwrap();
    edit(folder.path(), YAML, &current_version(), "version: 0.1.0");
    std::fs::write(folder.path().join(changelog), "# Changelog\n\n## 0.1.0\n\n- All.\n").unwrap();
    let mut transcripts = Vec::new();
    let mut diff = |expected: i32| {
        let (code, transcript) = run(folder.path(), &["diff", "--own", "--base", "HEAD"]);
        assert_eq!(code, expected, "{transcript}");
        transcripts.push(transcript);
    };
    commit(folder.path());
    diff(0);
    edit(folder.path(), YAML, "maxItems: 1000", "maxItems: 999");
    edit(folder.path(), YAML, "maxItems: 200", "maxItems: 201");
    edit(
        folder.path(),
        YAML,
        "Ids of the servers to rescan.",
        "The ids of the servers to rescan.",
    );
    diff(1);
    edit(folder.path(), YAML, "version: 0.1.0", "version: 0.1.1");
    edit(
        folder.path(),
        changelog,
        "## 0.1.0",
        "## 0.1.1\n\n### Breaking\n\n- Fewer hosts.\n\n## 0.1.0",
    );
    diff(1);
    edit(folder.path(), YAML, "version: 0.1.1", "version: 0.2.0");
    edit(
        folder.path(),
        changelog,
        "## 0.1.1",
        "## 0.2.0\n\n### Additive\n\n- More clusters.\n\n### Wording\n\n- Hosts.\n",
    );
    edit(folder.path(), changelog, "\n\n### Breaking", "### Breaking");
    diff(0);
    insta::assert_snapshot!(transcripts.join("\n"));
}

/// The line that holds the document's version.
fn current_version() -> String {
    let text = std::fs::read_to_string(xtask::root().join(YAML)).unwrap();
    let line = text.lines().find(|line| line.starts_with("  version: ")).unwrap();
    line.trim().to_owned()
}

#[test]
fn diff_accepts_a_missing_base() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "").unwrap();
    commit(folder.path());
    let first = run(folder.path(), &["diff", "--own"]);
    assert_eq!(
        (first.0, first.1.contains("no earlier commit here")),
        (0, true),
        "{}",
        first.1
    );
    let none = run(folder.path(), &["diff", "--own", "--base", "HEAD"]);
    assert_eq!((none.0, none.1.contains("all of it is new")), (0, true), "{}", none.1);
    let unknown = run(folder.path(), &["diff", "--own", "--base", "nowhere"]);
    assert_eq!(
        (unknown.0, unknown.1.contains("nowhere is no commit")),
        (1, true),
        "{}",
        unknown.1
    );
}
