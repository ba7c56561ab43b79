//! The demo.

use serde_json::Value;

use crate::support::{Cloud, hss, redacted};

#[test]
fn demo_shows_tasks_before_during_and_after() {
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
fn demo_in_json_has_the_same_states() {
    let object = hss(["demo", "--output", "json"]).json();
    let states = |phase: &str| {
        let task = &object[phase];
        let hosts = task["vulnerability_scan_task"]["hosts"].as_array().unwrap();
        let clusters = task["cluster_scan_task"]["clusters"].as_array().unwrap();
        let scans = clusters
            .iter()
            .flat_map(|cluster| cluster["scans"].as_object().unwrap().values());
        hosts
            .iter()
            .map(|host| &host["state"])
            .chain(scans)
            .cloned()
            .collect::<Vec<Value>>()
    };
    let (before, scanning, after) = (states("before"), states("scanning"), states("after"));
    assert!(
        before.contains(&"failed".into()) && !before.contains(&"scanning".into()),
        "{before:?}"
    );
    for (before, meanwhile) in before.iter().zip(&scanning) {
        let expected = if before == "failed" { "scanning" } else { "success" };
        assert_eq!(meanwhile, expected);
    }
    assert!(after.iter().all(|state| state == "success"), "{after:?}");
    assert!(object["rescan_request_id"].is_string() && object["retry_request_id"].is_string());
}

#[test]
fn demo_ignores_the_environment() {
    let cloud = Cloud::start();
    assert_eq!(cloud.hss(["demo", "-q"]).code, 0);
    assert_eq!(cloud.simulator.requests(), []);
}
