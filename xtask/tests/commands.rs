//! The commands as a maintainer meets them, on copies of the project.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use xtask::documents::documents;
use xtask::pipeline::outputs;

/// The document that the tests change.
const YAML: &str = "openapi/hss-v5.yaml";

/// A folder with the YAML and everything that is made of it.
fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<String> = outputs(&xtask::root())
        .unwrap()
        .into_iter()
        .map(|output| output.path)
        .collect();
    files.push("xtask/documents.json".to_owned());
    let documents = documents(&xtask::root()).unwrap();
    files.extend(documents.iter().map(|document| document.yaml().to_owned()));
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
            "$ cargo xtask lint --own\nopenapi/hss-v5.yaml: no problems\nopenapi/hss-v5-tasks.yaml: no problems\n\
             --\nexit 0\n"
                .into()
        )
    );
}

#[test]
fn check_shows_stale_files_and_generate_updates_them() {
    let (generated, yaml) = ("crates/huaweicloud-hss/src/generated/client.rs", YAML);
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
        if name == "required" {
            // Both documents have this schema, and one type for it.
            let (code, transcript) = run(folder.path(), &["generate", "--check"]);
            assert_eq!(code, 100, "{transcript}");
            assert!(
                transcript.contains("/components/schemas/ErrorResponse: another document"),
                "{transcript}"
            );
            edit(folder.path(), "openapi/hss-v5-tasks.yaml", old, new);
        }
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
