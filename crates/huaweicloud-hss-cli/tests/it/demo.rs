//! The demo.

use serde_json::Value;

use crate::support::{Cloud, command, hss, ran, redacted};

#[test]
fn demo_finds_repeats_waits_and_reports() {
    let ran = hss(["demo"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    redacted(|| insta::assert_snapshot!("demo", ran.stdout));
}

/// The README shows the snapshot above, and so what the command prints.
#[test]
fn readme_shows_the_demo() {
    let snapshot = include_str!("snapshots/it__demo__demo.snap")
        .splitn(3, "---\n")
        .nth(2)
        .unwrap();
    let recorded = format!("```text\n$ hss demo\n{}\n```\n", snapshot.trim());
    assert!(include_str!("../../README.md").contains(&recorded));
}

#[test]
fn demo_in_json_tells_the_same() {
    let object = hss(["demo", "--output", "json"]).json();
    let ids = |list: &str, id: &str| -> Vec<Value> {
        let rows = object[list].as_array().unwrap();
        rows.iter().map(|row| row[id].clone()).collect()
    };
    assert_eq!(ids("tasks", "failed"), [3, 2]);
    assert_eq!(ids("failed_servers", "id"), ["host-a", "host-b", "host-d"]);
    assert_eq!(ids("failed_clusters", "id"), ["cluster-1", "cluster-2"]);
    for wait in ["rescan", "retry"] {
        let wait = &object[wait];
        assert_eq!(
            (&wait["status"], &wait["task"]["failed"]),
            (&"finished".into(), &0.into()),
            "{wait}"
        );
        assert_eq!(wait["failed"], serde_json::json!([]));
    }
    assert!(object["rescan_request_id"].is_string() && object["retry_request_id"].is_string());
}

#[test]
fn demo_ignores_the_environment() {
    let cloud = Cloud::start();
    assert_eq!(cloud.hss(["demo", "-q"]).code, 0);
    assert_eq!(cloud.simulator.requests(), []);
}

/// It speaks http to this machine.
#[cfg(target_os = "linux")]
#[test]
fn demo_needs_no_certificates() {
    let mut demo = command(["demo"]);
    let done = ran(demo
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent"));
    assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{done:?}");
}
