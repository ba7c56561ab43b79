//! Words that cannot be used.

use serde_json::json;

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, command, hss, ran, redacted};

#[test]
fn transcripts() {
    for (name, words) in [
        ("nothing", &[][..]),
        ("wrong_command", &["resan"]),
        ("wrong_flag", &["rescan", "t", "--al-failed"]),
        ("no_form", &["rescan", "t"]),
        ("two_forms", &["rescan", "t", "--all-failed", "--host", "h"]),
        ("no_task", &["retry", "--all-failed"]),
        ("empty_task", &["retry", "", "--all-failed"]),
        ("empty_host", &["rescan", "t", "--host", ""]),
        ("empty_cluster", &["retry", "t", "--cluster", "=benchmark"]),
        ("empty_scan_item", &["retry", "t", "--cluster", "c=benchmark,"]),
        (
            "contradiction",
            &["retry", "t", "--cluster", "c=benchmark", "--cluster", "c"],
        ),
        ("bad_timeout", &["rescan", "t", "--all-failed", "--timeout", "30"]),
        (
            "bad_region",
            &[
                "rescan",
                "t",
                "--all-failed",
                "--region",
                "CN North",
                "--project-id=p",
                "--dry-run",
            ],
        ),
        (
            "plain_http",
            &[
                "rescan",
                "t",
                "--all-failed",
                "--endpoint=http://example.com",
                "--project-id=p",
                "--dry-run",
            ],
        ),
        ("quiet_and_verbose", &["demo", "-q", "-v"]),
        ("dry_demo", &["demo", "--dry-run"]),
        ("simulated_man", &["man", "--simulate"]),
    ] {
        let ran = hss(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        redacted(|| insta::assert_snapshot!(format!("usage_{name}"), ran.transcript()));
    }
}

#[test]
fn a_wrong_word_suggests_the_right_one() {
    assert!(hss(["resan"]).stderr.contains("'rescan'"));
    assert!(hss(["rescan", "t", "--al-failed"]).stderr.contains("'--all-failed'"));
    assert!(hss(["completions", "bsh"]).stderr.contains("'bash'"));
}

#[test]
fn times_have_bounds() {
    let cloud = Cloud::start();
    for time in ["0s", "-1s", "25h", "30", "soon", ""] {
        assert_eq!(
            cloud
                .hss(["rescan", HOST_TASK, "--all-failed", &format!("--timeout={time}")])
                .code,
            2,
            "{time}"
        );
    }
    assert_eq!(cloud.simulator.requests(), []);
    for time in ["5000ms", "2m", "24h"] {
        let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", "--timeout", time]);
        assert_eq!(ran.code, 0, "{time}: {ran:?}");
    }
}

#[test]
fn json_is_one_object_for_usage_errors_too() {
    for words in [
        &["--output", "json", "resan"][..],
        &["rescan", "--output=json"],
        &["resan", "--output=json"],
    ] {
        let ran = hss(words);
        assert_eq!((ran.code, ran.stderr.as_str()), (2, ""), "{ran:?}");
        let error = &ran.json()["error"];
        assert_eq!(error["kind"], "invalid");
        assert_eq!(error["outcome"], "not_sent");
        assert_eq!(error["attempts"], 0);
        for null in ["status", "code", "request_id"] {
            assert_eq!(error[null], json!(null), "{null}");
        }
        assert_eq!(error.as_object().unwrap().len(), 8);
    }
    let error = hss(["resan", "--output=json"]).json();
    assert_eq!(error["error"]["message"], "unrecognized subcommand 'resan'");
    assert_eq!(error["error"]["hint"], "a similar subcommand exists: 'rescan'");
}

#[test]
fn json_that_is_not_asked_for_does_not_come() {
    // After `--` a word is no flag.
    let ran = hss(["rescan", "t", "--", "--output=json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
}

#[test]
fn empty_variables_count_as_not_set() {
    let cloud = Cloud::start();
    let mut rescan = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    rescan.env("HW_REGION_NAME", "").env("HW_ENTERPRISE_PROJECT_ID", "");
    assert_eq!(ran(&mut rescan).code, 0);
    assert_eq!(cloud.request().query, []);

    let mut rescan = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    assert_eq!(ran(rescan.env("HSS_ENDPOINT", "")).code, 2);
    let mut rescan = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    assert_eq!(ran(rescan.env("HUAWEICLOUD_SDK_PROJECT_ID", "")).code, 2);
    let mut rescan = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    assert_eq!(ran(rescan.env("HSS_AUTH_TOKEN", "")).code, 3);
    assert_eq!(cloud.simulator.requests().len(), 1);
}

#[test]
fn an_empty_flag_is_an_error_where_an_empty_variable_is_none() {
    for flag in ["--region=", "--endpoint=", "--project-id=", "--enterprise-project-id="] {
        let ran = hss(["retry", CLUSTER_TASK, "--all-failed", "--simulate", flag]);
        assert_eq!(ran.code, 2, "{flag}: {ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_named_without_its_value() {
    use std::os::unix::ffi::OsStrExt;
    let value = std::ffi::OsStr::from_bytes(b"secret\xff");
    let words = ["rescan", "t", "--all-failed", "--region=cn-north-4", "--project-id=p"];
    let ran = ran(command(words).env("HSS_AUTH_TOKEN", value));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("HSS_AUTH_TOKEN is not UTF-8"), "{ran:?}");
    assert!(!ran.stderr.contains("secret"), "{ran:?}");
}
