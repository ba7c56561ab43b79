//! `--dry-run` shows the request byte for byte, and sends nothing.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, TOKEN, command, hss, ran, ran_with, redacted};

const PLACE: [&str; 4] = ["--region", "cn-north-4", "--project-id", "0123"];

/// All forms of both operations.
fn forms() -> Vec<(Vec<&'static str>, &'static str)> {
    let clusters = ["--cluster", "cluster-1=benchmark", "--cluster", "cluster-2"];
    let rescan = r#"{"host_ids": ["a$(b)`c`\\", "e\u0301"], "range_type": "specific_host"}"#;
    let retry = r#"{"task_type": "cluster_scan"}"#;
    vec![
        (vec!["rescan", HOST_TASK, "--all-failed"], ""),
        (vec!["rescan", HOST_TASK, "--host", "host-a", "--host", "é\\中"], ""),
        (vec!["rescan", "a/b+c%", "--body", "-"], rescan),
        (
            vec![
                "retry",
                CLUSTER_TASK,
                "--all-failed",
                "--enterprise-project-id",
                "a+b&c",
            ],
            "",
        ),
        (["retry", CLUSTER_TASK].into_iter().chain(clusters).collect(), ""),
        (vec!["retry", CLUSTER_TASK, "--body", "-"], retry),
    ]
}

#[test]
fn dry_run_shows_the_bytes_that_are_sent() {
    for (words, input) in forms() {
        let cloud = Cloud::start();
        let shown = ran_with(cloud.command(&words).arg("--dry-run"), input);
        assert_eq!(shown.code, 0, "{shown:?}");
        assert_eq!(cloud.simulator.requests(), [], "nothing was sent");
        ran_with(&mut cloud.command(&words), input);
        let sent = cloud.request();

        let query: Vec<String> = sent
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let (head, body) = shown.stdout.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let target = if query.is_empty() {
            sent.path.clone()
        } else {
            let query = query.join("&").replace("a+b&c", "a%2Bb%26c");
            format!("{}?{query}", sent.path)
        };
        assert_eq!(lines.next(), Some(format!("PUT {target} HTTP/1.1").as_str()));
        let headers: Vec<String> = sent
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        assert_eq!(lines.collect::<Vec<_>>(), headers, "the headers, in their order");

        let body = body.strip_suffix('\n').unwrap();
        let arrived = sent.body.unwrap();
        assert_eq!(body, arrived);
        let length = sent.headers.iter().find(|(name, _)| name == "content-length");
        assert_eq!(length.map(|(_, value)| value.clone()), Some(arrived.len().to_string()));
    }
}

#[test]
fn dry_run_json_has_the_same_request() {
    for (words, input) in forms() {
        let cloud = Cloud::start();
        let shown = ran_with(cloud.command(&words).args(["--dry-run", "--output=json", "-q"]), input);
        assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
        ran_with(&mut cloud.command(&words), input);
        let sent = cloud.request();
        let object = shown.json();
        assert_eq!(object["method"], "PUT");
        let url = object["url"].as_str().unwrap();
        assert!(
            url.starts_with(&format!("{}{}", cloud.simulator.endpoint(), sent.path)),
            "{url}"
        );
        let headers: serde_json::Map<String, Value> = sent
            .headers
            .into_iter()
            .map(|(name, value)| (name, json!(value)))
            .collect();
        assert_eq!(object["headers"], Value::Object(headers));
        let body: Value = serde_json::from_str(&sent.body.unwrap()).unwrap();
        assert_eq!(object["body"], body);
        assert_eq!(object.as_object().unwrap().len(), 4);
    }
}

#[cfg(unix)]
#[test]
fn curl_command_sends_the_same_request() {
    for (words, input) in forms() {
        let cloud = Cloud::start();
        let shown = ran_with(cloud.command(&words).arg("--dry-run"), input);
        ran_with(&mut cloud.command(&words), input);
        let sent = cloud.request();

        let line = shown.stderr.lines().last().unwrap();
        // A curl that prints its arguments and its input, each ended by a NUL.
        let script = format!("curl() {{ printf '%s\\0' \"$@\"; cat; }}\n{line}");
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HSS_AUTH_TOKEN", TOKEN)
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let mut pieces: Vec<&str> = output.split('\0').collect();
        // The token comes from standard input and is in no argument.
        assert_eq!(pieces.pop(), Some(format!("x-auth-token: {TOKEN}\n").as_str()));
        assert!(!pieces.iter().any(|piece| piece.contains(TOKEN)));
        let after = |flag: &str| {
            let place = pieces.iter().position(|piece| *piece == flag).unwrap();
            pieces[place + 1]
        };
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(value(after("--data-raw")), value(&sent.body.unwrap()));
        assert_eq!(after("--request"), "PUT");
        let url = pieces.last().unwrap();
        assert!(
            url.starts_with(&format!("{}{}", cloud.simulator.endpoint(), sent.path)),
            "{url}"
        );
        for (name, header) in &sent.headers {
            let is_curls = matches!(name.as_str(), "host" | "content-length" | "x-auth-token");
            assert!(
                is_curls || pieces.contains(&format!("{name}: {header}").as_str()),
                "{name}: {pieces:?}"
            );
        }
    }
}

#[test]
fn dry_run_needs_no_credentials() {
    let words = ["rescan", HOST_TASK, "--host=host-a", "--dry-run"];
    let text = hss(words.into_iter().chain(PLACE));
    assert_eq!(text.code, 0);
    redacted(|| insta::assert_snapshot!("dry_run_text", text.transcript()));
    let json = hss(words.into_iter().chain(PLACE).chain(["--output=json"]));
    redacted(|| insta::assert_snapshot!("dry_run_json", json.transcript()));
}

#[test]
fn dry_run_does_not_read_a_token() {
    // The file does not exist, which would be an error if it were read.
    let words = [
        "rescan",
        HOST_TASK,
        "--all-failed",
        "--dry-run",
        "--token-file=/nowhere/token",
    ];
    let ran = ran(command(words.into_iter().chain(PLACE)).env("HSS_AUTH_TOKEN", TOKEN));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("\nx-auth-token: ***\n"), "{ran:?}");
}

#[test]
fn dry_run_checks_limits() {
    let long = "x".repeat(1000);
    for form in [&["--all-failed"][..], &["--body", "-"]] {
        let mut command = command(["retry", &long, "--dry-run"].into_iter().chain(PLACE));
        let ran = ran_with(command.args(form), r#"{"task_type": "cluster_scan"}"#);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(
            ran.stderr.starts_with("error: task_id: 1000 characters found, 1 to "),
            "{ran:?}"
        );
    }
}

#[test]
fn dry_run_needs_an_endpoint_and_a_project() {
    assert_eq!(hss(["rescan", HOST_TASK, "--all-failed", "--dry-run"]).code, 2);
    assert_eq!(
        hss(["rescan", HOST_TASK, "--all-failed", "--dry-run", "--region=cn-north-4"]).code,
        2
    );
    assert_eq!(
        hss(["rescan", HOST_TASK, "--all-failed", "--dry-run", "--simulate"]).code,
        2
    );
}
