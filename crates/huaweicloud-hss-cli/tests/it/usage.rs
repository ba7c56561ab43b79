//! Usage errors.

use serde_json::{Value, json};

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, command, hss, ran, redacted};

/// A value that the document gets belongs into `args/reads.rs`.
#[test]
fn status_takes_the_values_of_the_document() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/hss-v5-tasks.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(document).unwrap()).unwrap();
    for (command, filter) in [
        (&["tasks"][..], "TaskStatusFilter"),
        (&["hosts", "t"], "ScanStatusFilter"),
        (&["clusters", "t"], "ScanStatusFilter"),
    ] {
        let values = document["components"]["schemas"][filter]["enum"].as_array().unwrap();
        let mut values: Vec<&str> = values.iter().map(|value| value.as_str().unwrap()).collect();
        values.sort_unstable();
        let help = hss(command.iter().copied().chain(["--help"])).stdout;
        let refused = hss(command.iter().copied().chain(["--status", "other"])).stderr;
        let (_, possible) = refused.split_once("[possible values: ").unwrap();
        let mut possible: Vec<&str> = possible.split_once(']').unwrap().0.split(", ").collect();
        possible.sort_unstable();
        assert_eq!(possible, values, "hss {command:?} --status");
        let (_, sentence) = help.split_once("in this state: ").unwrap();
        let sentence = sentence.lines().next().unwrap().replace(" or ", ", ");
        let mut told: Vec<&str> = sentence.split(", ").collect();
        told.sort_unstable();
        assert_eq!(told, values, "the help of hss {command:?}");
    }
}

#[test]
fn usage_errors_have_exit_code_2_and_no_result() {
    for (name, words) in [
        ("nothing", &[][..]),
        ("wrong_command", &["rescann"]),
        ("wrong_flag", &["rescan", "t", "--al-failed"]),
        ("no_form", &["rescan", "t"]),
        ("two_forms", &["rescan", "t", "--all-failed", "--host", "h"]),
        ("no_task", &["retry", "--all-failed"]),
        ("empty_task", &["retry", "", "--all-failed"]),
        (
            "empty_host",
            &[
                "rescan",
                "t",
                "--host",
                "",
                "--region=cn-north-4",
                "--project-id=p",
                "--dry-run",
            ],
        ),
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
        (
            "endpoint_without_scheme",
            &[
                "rescan",
                "t",
                "--all-failed",
                "--endpoint=hss.example.com",
                "--project-id=p",
                "--dry-run",
            ],
        ),
        ("quiet_and_verbose", &["demo", "-q", "-v"]),
        ("no_auth_command", &["auth"]),
        (
            "option_before_command",
            &["--region", "cn-north-4", "rescan", "t", "--all-failed"],
        ),
        ("option_before_subcommand", &["auth", "--region=cn-north-4", "status"]),
        ("option_without_command", &["--simulate"]),
        ("dry_demo", &["demo", "--dry-run"]),
        ("simulated_man", &["man", "--simulate"]),
    ] {
        let ran = hss(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        redacted(|| insta::assert_snapshot!(format!("usage_{name}"), ran.transcript()));
    }
}

#[test]
fn usage_error_is_short_and_points_to_the_help_of_its_command() {
    for (words, command) in [
        (&[][..], "hss"),
        (&["rescann"], "hss"),
        (&["rescan", "t"], "hss rescan"),
        (&["retry", "t", "--all-failed", "--timeout=30"], "hss retry"),
        (&["auth"], "hss auth"),
        (&["auth", "status", "--dry-run"], "hss auth status"),
    ] {
        let stderr = hss(words).stderr;
        assert!(stderr.lines().count() <= 20, "{stderr}");
        assert!(stderr.ends_with(&format!("see {command} --help\n")), "{stderr}");
    }
}

#[test]
fn misspelled_word_suggests_the_right_one() {
    assert!(hss(["rescann"]).stderr.contains("'rescan'"));
    assert!(hss(["rescan", "t", "--al-failed"]).stderr.contains("'--all-failed'"));
    assert!(hss(["completions", "bsh"]).stderr.contains("'bash'"));
}

#[test]
fn timeout_outside_its_bounds_is_an_error() {
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
fn usage_error_in_json_is_one_object() {
    for words in [
        &["--output", "json", "rescann"][..],
        &["rescan", "--output=json"],
        &["rescann", "--output=json"],
    ] {
        let ran = hss(words);
        assert_eq!((ran.code, ran.stderr.as_str()), (2, ""), "{ran:?}");
        let error = &ran.json()["error"];
        assert_eq!(error["kind"], "invalid");
        assert_eq!(error["outcome"], "not_sent");
        assert_eq!(error["attempts"], 0);
        for null in ["status", "code", "request_id", "cause"] {
            assert_eq!(error[null], json!(null), "{null}");
        }
        assert_eq!(error.as_object().unwrap().len(), 9);
    }
    let error = hss(["rescann", "--output=json"]).json();
    assert_eq!(error["error"]["message"], "unrecognized subcommand 'rescann'");
    assert_eq!(error["error"]["hint"], "a similar subcommand exists: 'rescan'");
    let error = hss(["--region", "r", "--output=json", "rescan", "t"]).json();
    assert_eq!(error["error"]["message"], "unexpected argument '--region' found");
    assert_eq!(
        error["error"]["hint"],
        "--region goes after the command: hss rescan ... --region"
    );
}

#[test]
fn global_options_work_before_and_after_the_command() {
    for words in [
        &["--output=json", "auth", "status", "--offline"][..],
        &["auth", "--output=json", "status", "--offline"],
        &["auth", "status", "--offline", "--output=json"],
    ] {
        assert_eq!(hss(words).json()["error"]["kind"], "auth", "{words:?}");
    }
    for words in [
        &["-q", "--profile", "p", "auth", "status", "--offline"][..],
        &["auth", "--profile=p", "status", "-v", "--offline"],
        &["auth", "status", "--offline", "--profile", "p"],
    ] {
        assert!(hss(words).stderr.contains("error: profile file: "), "{words:?}");
    }
}

#[test]
fn commands_without_a_call_have_only_global_options() {
    for command in [&["demo"][..], &["completions", "bash"], &["man"], &["version"]] {
        for option in [
            "--region=r",
            "--token-file=f",
            "--timeout=1s",
            "--dry-run",
            "--simulate",
        ] {
            let ran = hss(command.iter().copied().chain([option]));
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
            assert!(ran.stderr.contains(" is an option of hss tasks, hss hosts"), "{ran:?}");
        }
    }
}

#[test]
fn output_option_after_double_dash_is_ignored() {
    // After `--` a word is not an option.
    let ran = hss(["rescan", "t", "--", "--output=json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
}

#[test]
fn empty_variable_counts_as_not_set() {
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
fn empty_option_value_is_an_error() {
    for flag in ["--region=", "--endpoint=", "--project-id=", "--enterprise-project-id="] {
        let ran = hss(["retry", CLUSTER_TASK, "--all-failed", "--simulate", flag]);
        assert_eq!(ran.code, 2, "{flag}: {ran:?}");
    }
}

#[test]
fn invisible_characters_are_named_in_options_and_variables() {
    let cloud = Cloud::start();
    let mark = "U+FEFF (byte-order mark), which cannot be seen, at position ";
    for (option, value) in [
        ("--region", "\u{feff}cn-north-4"),
        ("--endpoint", "https://a\u{feff}.example"),
        ("--iam-endpoint", "https://a\u{feff}.example"),
        ("--project-id", "p\u{feff}"),
        ("--enterprise-project-id", "0\u{feff}"),
    ] {
        let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", option, value]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(mark) && ran.stderr.contains(option), "{ran:?}");
    }
    for (name, value) in [
        ("HW_REGION_NAME", "\u{feff}cn-north-4"),
        ("HSS_ENDPOINT", "https://a\u{feff}.example"),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://a\u{feff}.example"),
        ("HUAWEICLOUD_SDK_PROJECT_ID", "p\u{feff}"),
        ("HW_ENTERPRISE_PROJECT_ID", "0\u{feff}"),
        ("HSS_METADATA_ENDPOINT", "http://127.0.0.1\u{feff}"),
    ] {
        let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
        let ran = ran(command.env(name, value));
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains(mark) && ran.stderr.contains(name), "{ran:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn task_and_projects_obey_the_rule_for_ids() {
    let cloud = Cloud::start();
    for (words, expected) in [
        (
            &["rescan", " T "][..],
            "task_id: ` T ` has white space around it; remove it",
        ),
        (
            &["retry", "a,b"],
            "task_id: `a,b` has a comma at position 2; give each one by itself",
        ),
        (
            &["rescan", "t", "--project-id=a b"],
            "project_id: `a b` has a blank at position 2; give each one by itself",
        ),
        (
            &["retry", "t", "--enterprise-project-id=a;b"],
            "enterprise_project_id: `a;b` has a semicolon at position 2; give each one by itself",
        ),
    ] {
        let ran = cloud.hss(words.iter().copied().chain(["--all-failed"]));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_eq!(ran.stderr, format!("error: {expected}\noutcome: nothing was sent\n"));
    }
    assert_eq!(cloud.simulator.requests(), []);
}

#[cfg(unix)]
#[test]
fn non_utf8_variable_is_named_without_its_value() {
    use std::os::unix::ffi::OsStrExt;
    let value = std::ffi::OsStr::from_bytes(b"secret\xff");
    let words = ["rescan", "t", "--all-failed", "--region=cn-north-4", "--project-id=p"];
    let ran = ran(command(words).env("HSS_AUTH_TOKEN", value));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("HSS_AUTH_TOKEN is not UTF-8"), "{ran:?}");
    assert!(!ran.stderr.contains("secret"), "{ran:?}");
}
