//! Files that someone else names are read within a size and a time.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Cloud, HOST_TASK, Ran, TOKEN, command, ran};

const RESCAN: [&str; 3] = ["rescan", HOST_TASK, "--all-failed"];

fn pipe(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Every place where a file is named.
fn calls(cloud: &Cloud, file: &Path, limit: &str) -> Vec<(&'static str, Command)> {
    let by_option = |words: &[&str], option: &str| {
        let mut call = cloud.command(words);
        call.args([limit, option]).arg(file);
        call
    };
    let by_profile = |words: &[&str]| {
        let mut call = command(words);
        call.arg(limit);
        call.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", file)
            .env("HSS_ENDPOINT", cloud.simulator.endpoint())
            .env("HUAWEICLOUD_SDK_PROJECT_ID", cloud.simulator.project_id());
        call
    };
    vec![
        ("token file", by_option(&RESCAN, "--token-file")),
        ("token file, status", by_option(&["auth", "status"], "--token-file")),
        (
            "token file, offline",
            by_option(&["auth", "status", "--offline"], "--token-file"),
        ),
        ("CA bundle", by_option(&RESCAN, "--ca-bundle")),
        ("body", by_option(&["rescan", HOST_TASK], "--body")),
        ("profile", by_profile(&RESCAN)),
        ("profile, status", by_profile(&["auth", "status"])),
        (
            "named profile",
            by_profile(&["rescan", HOST_TASK, "--all-failed", "--profile=prod"]),
        ),
        (
            "named profile, dry run",
            by_profile(&["rescan", "t", "--all-failed", "--dry-run", "--profile=prod"]),
        ),
    ]
}

fn assert_refused(name: &str, refused: &Ran) {
    assert!([2, 3, 6].contains(&refused.code), "{name}: {refused:?}");
    assert!(
        refused.stderr.contains("outcome: nothing was sent"),
        "{name}: {refused:?}"
    );
}

#[test]
fn pipe_without_a_writer_ends_with_the_time_limit() {
    let cloud = Cloud::start();
    let folder = tempfile::tempdir().unwrap();
    let file = pipe(folder.path(), "pipe");
    for (name, mut call) in calls(&cloud, &file, "--timeout=300ms") {
        let refused = ran(&mut call);
        assert_refused(name, &refused);
        assert!(
            refused.stderr.contains("a pipe") || refused.stderr.contains("within 300ms"),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn endless_files_and_folders_are_errors() {
    let cloud = Cloud::start();
    let folder = tempfile::tempdir().unwrap();
    for file in [Path::new("/dev/zero"), folder.path()] {
        for (name, mut call) in calls(&cloud, file, "--timeout=1h") {
            assert_refused(name, &ran(&mut call));
        }
    }
    assert_eq!(cloud.simulator.requests(), []);
}

/// As the shell's `<(…)` gives them.
#[test]
fn pipe_with_a_writer_is_read() {
    let cloud = Cloud::start();
    let (key, secret) = (cloud.simulator.access_key(), cloud.simulator.secret_key());
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, text: String| {
        let path = pipe(folder.path(), name);
        let writer = path.clone();
        std::thread::spawn(move || std::fs::write(writer, text).unwrap());
        path
    };
    let mut by_token = cloud.command(RESCAN);
    by_token.env_remove("HSS_AUTH_TOKEN").arg("--token-file");
    let mut by_body = cloud.command(["rescan", HOST_TASK, "--body"]);
    let mut by_profile = cloud.command(RESCAN);
    let profile = written("profile", format!("[basic]\nak = {key}\nsk = {secret}\n"));
    by_profile
        .env_remove("HSS_AUTH_TOKEN")
        .env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", profile);
    for call in [
        by_token.arg(written("token", format!("{TOKEN}\n"))),
        by_body.arg(written("body", r#"{"range_type": "all_failed_host"}"#.to_owned())),
        &mut by_profile,
    ] {
        let done = ran(call);
        assert_eq!(done.code, 0, "{done:?}");
    }
    assert_eq!(cloud.simulator.requests().len(), 3);
}
