//! A run for every exit code from 0 to 7.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use huaweicloud_hss::raw::types::{ClusterInfoList, HostIdList};
use huaweicloud_hss_sim::{Fault, Quota, Simulator};
use serde_json::{Value, json};

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, Ran, TOKEN, command, hss, ran, redacted};

const RESCAN: [&str; 3] = ["rescan", HOST_TASK, "--all-failed"];

/// Checks that text goes to standard error only and JSON to standard output only, and returns the error object.
fn both(text: &Ran, json: &Ran, code: i32) -> Value {
    assert_eq!((text.code, text.stdout.as_str()), (code, ""), "{text:?}");
    assert_eq!((json.code, json.stderr.as_str()), (code, ""), "{json:?}");
    let mut object = json.json();
    let error = object["error"].take();
    assert_eq!(object, json!({"error": null}));
    let mut keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    keys.sort();
    let expected = [
        "attempts",
        "cause",
        "code",
        "hint",
        "kind",
        "message",
        "outcome",
        "request_id",
        "status",
    ];
    assert_eq!(keys, expected);
    error
}

/// Runs the rescan with text and with JSON output.
fn rescan(cloud: &Cloud, code: i32) -> (Ran, Value) {
    let text = cloud.hss(RESCAN);
    let json = cloud.hss(RESCAN.into_iter().chain(["--output", "json"]));
    let error = both(&text, &json, code);
    (text, error)
}

fn assert_says(error: &Value, kind: &str, outcome: &str, status: Option<u16>, code: Option<&str>, attempts: u32) {
    assert_eq!(
        [
            &error["kind"],
            &error["outcome"],
            &error["status"],
            &error["code"],
            &error["attempts"]
        ],
        [
            &json!(kind),
            &json!(outcome),
            &json!(status),
            &json!(code),
            &json!(attempts)
        ],
        "{error}"
    );
}

#[test]
fn code_0_success() {
    assert_eq!(Cloud::start().hss(RESCAN).code, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn code_1_result_cannot_be_written() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let cloud = Cloud::start();
    let output = cloud.command(RESCAN).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    // The service acted, so the user must see the result.
    assert_eq!(cloud.request().status, Some(200));
    let ran = Ran {
        code: 1,
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    redacted(|| insta::assert_snapshot!("unwritten", ran.transcript()));

    for words in [
        &["--help"][..],
        #[cfg(feature = "simulator")]
        &["demo"],
        &["completions", "zsh"],
        &["man"],
    ] {
        let output = command(words).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(!output.stderr.is_empty(), "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn closed_pipe_is_silent_and_keeps_the_exit_code() {
    let cloud = Cloud::start();
    let missing = ["rescan", "no-such-task", "--all-failed", "--output=json"];
    for (words, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["man"], 0),
        #[cfg(feature = "simulator")]
        (&["demo"], 0),
        (&RESCAN, 0),
        (&missing, 4),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = cloud.command(words).stdout(Stdio::from(writer)).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(code), ""), "{words:?}");
    }
}

#[test]
fn causes_are_in_text_and_in_json() {
    let refused = command([
        "rescan",
        "t",
        "--all-failed",
        "--project-id=p",
        "--endpoint=http://127.0.0.1:1",
    ]);
    let mut refused = refused;
    refused.env("HSS_AUTH_TOKEN", TOKEN).args(["--max-retries", "0"]);
    let text = ran(&mut refused);
    let json = ran(refused.arg("--output=json"));
    let error = both(&text, &json, 6);
    let cause = error["cause"].as_str().unwrap();
    assert!(cause.contains("onnection refused"), "{cause}");
    let lines = text.stderr.lines().filter_map(|line| line.strip_prefix("cause: "));
    assert_eq!(lines.collect::<Vec<_>>().join(": "), cause);

    let cloud = Cloud::start();
    cloud
        .simulator
        .inject(Fault::answer(400).body(r#"{"error_code": "HSS.0001"}"#).times(2))
        .unwrap();
    assert_eq!(rescan(&cloud, 4).1["cause"], json!(null));
}

#[cfg(target_os = "linux")]
#[test]
fn unwritable_error_keeps_its_exit_code() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let cloud = Cloud::start();
    cloud.simulator.inject(Fault::answer(503).times(2)).unwrap();
    let status = |extra: &[&str]| {
        let mut command = cloud.command(RESCAN);
        command
            .args(extra)
            .stdout(full())
            .stderr(full())
            .status()
            .unwrap()
            .code()
    };
    assert_eq!(status(&[]), Some(7));
    assert_eq!(status(&["--output=json"]), Some(7));
}

#[test]
fn code_2_value_outside_its_limits() {
    let cloud = Cloud::start();
    let long = "x".repeat(1000);
    let words = ["retry", &long, "--all-failed"];
    let error = both(
        &cloud.hss(words),
        &cloud.hss(words.into_iter().chain(["--output=json"])),
        2,
    );
    assert_says(&error, "invalid", "not_sent", None, None, 0);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("task_id: 1000 characters found, 1 to "),
        "{message}"
    );

    let hosts: Vec<String> = (0..=HostIdList::MAX)
        .map(|number| format!("--host=host-{number}"))
        .collect();
    let words = ["rescan", HOST_TASK]
        .into_iter()
        .chain(hosts.iter().map(String::as_str));
    let stderr = cloud.hss(words).stderr;
    let expected = format!(
        "error: host_ids: {} items found, 1 to {} allowed\n",
        HostIdList::MAX + 1,
        HostIdList::MAX
    );
    assert!(stderr.starts_with(&expected), "{stderr}");

    let clusters: Vec<String> = (0..=ClusterInfoList::MAX)
        .map(|number| format!("--cluster=c-{number}"))
        .collect();
    let words = ["retry", CLUSTER_TASK]
        .into_iter()
        .chain(clusters.iter().map(String::as_str));
    let stderr = cloud.hss(words).stderr;
    let most = ClusterInfoList::MAX;
    let expected = format!(
        "error: cluster_info_list: {} items found, 1 to {most} allowed\n",
        most + 1
    );
    assert!(stderr.starts_with(&expected), "{stderr}");

    let words = ["retry", CLUSTER_TASK, "--cluster=ok", "--cluster=c=a,b,c,d"];
    let stderr = cloud.hss(words).stderr;
    let expected = "error: cluster_info_list[1].scan_type_list: 4 items found, 1 to 3 allowed\n";
    assert!(stderr.contains(expected), "{stderr}");

    let stderr = cloud.hss(["rescan", "..", "--all-failed"]).stderr;
    assert!(stderr.starts_with("error: task_id: `..` found"), "{stderr}");
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn code_2_no_region_no_project() {
    let text = hss(RESCAN);
    let error = both(&text, &hss(RESCAN.into_iter().chain(["--output=json"])), 2);
    assert_says(&error, "invalid", "not_sent", None, None, 0);
    redacted(|| insta::assert_snapshot!("no_region", text.transcript()));
    let text = ran(command(RESCAN).envs([("HSS_ENDPOINT", "http://127.0.0.1:1"), ("HSS_AUTH_TOKEN", TOKEN)]));
    assert_eq!(text.code, 2);
    redacted(|| insta::assert_snapshot!("no_project", text.transcript()));
}

#[test]
fn code_3_no_credentials() {
    let cloud = Cloud::start();
    let run = |extra: &[&str]| ran(cloud.command(RESCAN).env_remove("HSS_AUTH_TOKEN").args(extra));
    let text = run(&[]);
    let error = both(&text, &run(&["--output=json"]), 3);
    assert_says(&error, "auth", "not_sent", None, None, 0);
    redacted(|| insta::assert_snapshot!("no_credentials", text.transcript()));
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn code_3_token_refused() {
    let cloud = Cloud::start();
    let run = |extra: &[&str]| ran(cloud.command(RESCAN).env("HSS_AUTH_TOKEN", "another").args(extra));
    let text = run(&[]);
    let error = both(&text, &run(&["--output=json"]), 3);
    assert_says(&error, "auth", "refused", Some(401), Some("APIGW.0301"), 1);
    redacted(|| insta::assert_snapshot!("wrong_token", text.transcript()));
}

#[test]
fn code_3_permission() {
    let cloud = Cloud::start();
    let run = |extra: &[&str]| ran(cloud.command(RESCAN).args(["--project-id", "another"]).args(extra));
    let error = both(&run(&[]), &run(&["--output=json"]), 3);
    assert_says(&error, "permission", "refused", Some(403), Some("APIGW.0310"), 1);
}

#[test]
fn code_4_refused() {
    let cloud = Cloud::start();
    let words = ["rescan", HOST_TASK, "--host", "not-in-the-task"];
    let text = cloud.hss(words);
    let error = both(&text, &cloud.hss(words.into_iter().chain(["--output=json"])), 4);
    assert_eq!((&error["outcome"], &error["status"]), (&json!("refused"), &json!(400)));
    redacted(|| insta::assert_snapshot!("refused", text.transcript()));
}

#[test]
fn code_4_not_found() {
    let cloud = Cloud::start();
    let words = ["retry", "no-such-task", "--all-failed"];
    let error = both(
        &cloud.hss(words),
        &cloud.hss(words.into_iter().chain(["--output=json"])),
        4,
    );
    assert_says(&error, "not_found", "refused", Some(400), Some("HSS.0011"), 1);
    let id = cloud.simulator.requests().last().map(|request| request.seq);
    assert_eq!(id, Some(2), "each was sent once");
    assert_eq!(error["request_id"].as_str().map(str::len), Some(32));
}

#[test]
fn code_5_throttled() {
    let cloud = Cloud::with(Simulator::builder().quota(Quota::per_minute(1).unwrap()));
    assert_eq!(cloud.hss(RESCAN).code, 0);
    let never = |extra: &[&str]| ran(cloud.command(RESCAN).env("HW_MAX_RETRIES", "0").args(extra));
    let text = never(&[]);
    let error = both(&text, &never(&["--output=json"]), 5);
    assert_says(&error, "throttled", "refused", Some(429), Some("APIGW.0308"), 1);
    redacted(|| insta::assert_snapshot!("throttled", text.transcript()));
    assert_eq!(cloud.simulator.requests().len(), 3);

    // The wait for the quota does not fit into the timeout, so it does not start.
    let in_time = |extra: &[&str]| ran(cloud.command(RESCAN).args(["--timeout", "5s"]).args(extra));
    let start = Instant::now();
    let error = both(&in_time(&[]), &in_time(&["--output=json"]), 5);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_says(&error, "throttled", "refused", Some(429), Some("APIGW.0308"), 1);
    assert!(error["hint"].as_str().unwrap().starts_with("retry after 1"), "{error}");
}

#[test]
fn code_5_throttled_after_all_retries() {
    let cloud = Cloud::start();
    let busy = Fault::answer(429)
        .header("Retry-After", "0")
        .body(r#"{"error_code":"APIGW.0308","error_msg":"Busy."}"#);
    cloud.simulator.inject(busy.clone().times(4)).unwrap();
    let run = |extra: &[&str]| ran(cloud.command(RESCAN).args(["--max-retries", "1"]).args(extra));
    let text = run(&[]);
    let error = both(&text, &run(&["--output=json"]), 5);
    assert_says(&error, "throttled", "refused", Some(429), Some("APIGW.0308"), 2);
    assert!(
        text.stderr.starts_with("error: Busy. (APIGW.0308, HTTP 429, "),
        "{text:?}"
    );
    assert!(
        text.stderr.lines().next().unwrap().ends_with(", 2 attempts)"),
        "{text:?}"
    );
    assert_eq!(cloud.simulator.requests().len(), 4);

    cloud.simulator.inject(busy.times(2)).unwrap();
    assert_eq!(cloud.hss(RESCAN).code, 0, "the default is three attempts");
    assert_eq!(cloud.simulator.requests().len(), 7);
}

#[test]
fn code_2_invalid_max_retries() {
    let cloud = Cloud::start();
    let expected = "expected a whole number from 0 to 100";
    for count in ["-1", "101", "x", "1.5", ""] {
        let ran = cloud.hss(RESCAN.into_iter().chain([&*format!("--max-retries={count}")]));
        assert!(ran.code == 2 && ran.stderr.contains(expected), "{ran:?}");
    }
    let ran = ran(cloud.command(RESCAN).env("HW_MAX_RETRIES", "many"));
    assert!(
        ran.code == 2 && ran.stderr.starts_with("error: HW_MAX_RETRIES: expected a whole number"),
        "{ran:?}"
    );
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn code_6_not_delivered() {
    let endpoint = testkit::closed_endpoint();
    let words = ["rescan", "t", "--all-failed", "--endpoint", &endpoint, "--project-id=p"];
    let run = |extra: &[&str]| ran(command(words).env("HSS_AUTH_TOKEN", TOKEN).args(extra));
    let text = run(&["--max-retries=0"]);
    let error = both(&text, &run(&["--output=json", "--max-retries=0"]), 6);
    assert_says(&error, "connect", "not_sent", None, None, 1);
    let error = run(&["--output=json", "--max-retries=1"]).json()["error"].take();
    assert_says(&error, "connect", "not_sent", None, None, 2);
    assert!(text.stderr.contains("\noutcome: nothing was sent\nhint: "), "{text:?}");
}

#[test]
fn code_7_server_error() {
    let cloud = Cloud::start();
    cloud
        .simulator
        .inject(Fault::answer(503).times(2).body("<html>\u{1b}[31mtry later</html>"))
        .unwrap();
    let (text, error) = rescan(&cloud, 7);
    assert_says(&error, "server", "unknown", Some(503), None, 1);
    redacted(|| insta::assert_snapshot!("unknown", text.transcript()));
}

#[test]
fn code_7_timeout() {
    let cloud = Cloud::start();
    cloud
        .simulator
        .inject(Fault::delay(Duration::from_secs(3600)).times(2))
        .unwrap();
    let run = |extra: &[&str]| ran(cloud.command(RESCAN).args(["--timeout", "200ms"]).args(extra));
    let error = both(&run(&[]), &run(&["--output=json"]), 7);
    assert_says(&error, "timeout", "unknown", None, None, 1);
    assert_eq!(cloud.simulator.requests()[0].status, Some(200), "the service acted");
}

#[test]
fn code_7_response_not_from_the_service() {
    let cloud = Cloud::start();
    let portal = Fault::answer(302)
        .header("Location", "http://127.0.0.1:1/login")
        .times(2);
    cloud.simulator.inject(portal).unwrap();
    let (_, error) = rescan(&cloud, 7);
    assert_says(&error, "protocol", "unknown", Some(302), None, 1);
}
