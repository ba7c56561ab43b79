//! The `hss-sim` binary.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Call, TIMEOUT, client_trusting};
use huaweicloud_hss_sim::{
    DEFAULT_ACCESS_KEY, DEFAULT_PROJECT_ID, DEFAULT_SECRET_KEY, DEFAULT_TOKEN, DEMO_CLUSTER_SCAN_TASK_ID,
    DEMO_VUL_SCAN_TASK_ID,
};
use serde_json::json;

const RESCAN: &str = r#"{"range_type": "all_failed_host"}"#;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hss-sim"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running binary, which is killed where a test ends early.
struct Running {
    child: Child,
    /// The address in its first line.
    endpoint: String,
    address: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let tls = arguments.iter().any(|argument| argument.starts_with("--tls"));
        Self::of(&mut command(arguments), tls)
    }

    fn of(command: &mut Command, tls: bool) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let endpoint = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.strip_suffix('\n'))
            .unwrap_or_else(|| panic!("{line:?}"));
        let (scheme, address) = endpoint.split_once("://").unwrap();
        assert_eq!(scheme, if tls { "https" } else { "http" });
        Self {
            endpoint: endpoint.to_owned(),
            address: address.parse().unwrap(),
            child,
        }
    }

    fn rescan(task: &str) -> Call {
        let target = format!("/v5/{DEFAULT_PROJECT_ID}/vulnerability/scan/task/{task}/rescan");
        Call::new("PUT", &target).token(DEFAULT_TOKEN).text(RESCAN)
    }

    /// Sends a signal and gives exit code, the rest of standard output, and standard error.
    fn stop(mut self, signal: &str) -> (Option<i32>, String, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let end = Instant::now() + TIMEOUT;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not stop");
            std::thread::yield_now();
        };
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (status.code(), out, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_shows_every_default_and_the_built_in_tasks() {
    let help = text(&output(&["--help"]).stdout);
    for part in [
        "[default: 127.0.0.1:0]",
        "[default: the built-in tasks]",
        "[default: 5/min]",
        "[default: 2s]",
        &format!("[default: {DEFAULT_TOKEN}]"),
        &format!("[default: {DEFAULT_PROJECT_ID}]"),
        &format!("[default: {DEFAULT_ACCESS_KEY}]"),
        &format!("[default: {DEFAULT_SECRET_KEY}]"),
        "[default: 0]",
        "[default: HTTP]",
        "[default: refuse them]",
        "same-task, new-task or refuse-while-running; the default is a guess",
        "[default: same-task]",
        "[default: a stable order; both are guesses]",
        DEMO_VUL_SCAN_TASK_ID,
        DEMO_CLUSTER_SCAN_TASK_ID,
        "/_sim/requests",
    ] {
        assert!(help.contains(part), "{part} is missing:\n{help}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn serves_until_a_signal_and_exits_with_0() {
    for signal in ["TERM", "INT"] {
        let running = Running::start(&[]);
        assert!(running.address.ip().is_loopback());
        Running::rescan(DEMO_VUL_SCAN_TASK_ID)
            .send_to(running.address)
            .await
            .assert_accepted();
        let (code, out, err) = running.stop(signal);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        assert!(err.contains("recreateVulScanTask"), "{err}");
        assert!(!err.contains("WARNING"), "{err}");
    }
}

/// The signal comes while the start waits for the file: a pipe that no one writes to.
#[cfg(unix)]
#[test]
fn a_signal_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("tasks");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let child = command(&["--tasks", pipe.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Opens once the simulator reads.
    let _writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    let waiting = Running {
        child,
        endpoint: String::new(),
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
    };
    let (code, out, err) = waiting.stop("TERM");
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "", ""));
}

#[cfg(unix)]
#[tokio::test]
async fn tasks_are_read_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("tasks");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = pipe.clone();
    let tasks = r#"{"vulnerability_scan_tasks": [{"id": "piped", "hosts": []}]}"#;
    std::thread::spawn(move || std::fs::write(writer, tasks).unwrap());
    let running = Running::start(&["--tasks", pipe.to_str().unwrap()]);
    let shown = Call::new("GET", "/_sim/tasks/piped").send_to(running.address).await;
    assert_eq!(shown.status, 200);
}

#[tokio::test]
async fn another_host_must_be_named() {
    let running = Running::start(&["--control-host", "hss-sim", "--control-host", "10.0.0.7"]);
    for (host, status) in [
        ("hss-sim:8080", 200),
        ("10.0.0.7", 200),
        ("localhost", 200),
        ("hss-sim.evil", 403),
    ] {
        let shown = Call::new("GET", "/_sim/requests").header("Host", host);
        assert_eq!(shown.send_to(running.address).await.status, status, "{host}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_has_no_secret_and_no_control_character() {
    let running = Running::start(&[]);
    let secret = "s3cr3t-Value";
    let bad = Running::rescan("%1b%5b31m%0aforged%07\u{9b}\u{85}")
        .without_header("x-auth-token")
        .token(secret);
    bad.send_to(running.address).await.assert_refused(401, "APIGW.0301");
    let user = json!({"name": "u", "password": secret, "domain": {"name": "d"}});
    let sign_in = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}});
    Call::new("POST", "/v3/auth/tokens")
        .json(&sign_in)
        .send_to(running.address)
        .await;
    let fault = json!({"status": 500, "body": {"error_code": "\u{1b}[31m\nforged"}});
    Call::new("POST", "/_sim/faults")
        .json(&fault)
        .send_to(running.address)
        .await;
    Running::rescan("x").send_to(running.address).await;
    let (_, _, err) = running.stop("TERM");
    assert!(err.contains("APIGW.0301"), "{err}");
    assert!(!err.contains(secret) && !err.contains(DEFAULT_TOKEN), "{err}");
    assert!(
        !err.chars().any(|character| character.is_control() && character != '\n'),
        "{err:?}"
    );
    assert!(
        err.lines().all(|line| line.starts_with("20")),
        "a line of its own for each event:\n{err}"
    );
}

#[cfg(unix)]
#[test]
fn rust_log_filters_the_log() {
    for (filter, is_logged) in [
        ("off", false),
        ("warn", false),
        ("hss_sim=warn", false),
        ("huaweicloud_hss_sim=debug", false),
        ("warn,hss_sim=info", true),
        ("no=such=filter", true),
    ] {
        let running = Running::of(command(&[]).env("RUST_LOG", filter), false);
        let (_, _, err) = running.stop("TERM");
        assert_eq!(err.contains("stopping"), is_logged, "{filter}: {err}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn flags_take_effect() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let tasks = json!({"vulnerability_scan_tasks": [{"id": "mine", "hosts": [{"id": "h", "state": "failed"}]}]});
    file.write_all(tasks.to_string().as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let running = Running::start(&[
        "--tasks",
        path,
        "--quota",
        "2/min",
        "--scan-time",
        "1h",
        "--rescan",
        "refuse-while-running",
    ]);
    Running::rescan("mine").send_to(running.address).await.assert_accepted();
    Running::rescan("mine")
        .send_to(running.address)
        .await
        .assert_refused(400, "HSS.1006");
    Running::rescan("mine")
        .send_to(running.address)
        .await
        .assert_refused(429, "APIGW.0308");
    let shown = Call::new("GET", "/_sim/tasks/mine").send_to(running.address).await;
    assert_eq!(shown.json()["hosts"], json!([{"id": "h", "state": "scanning"}]));
    drop(running);

    let running = Running::start(&["--token", "mine", "--project-id", "p", "--any-task", "--quota", "off"]);
    let call = Call::new("PUT", "/v5/p/vulnerability/scan/task/any/rescan")
        .token("mine")
        .text(RESCAN);
    for _ in 0..6 {
        call.send_to(running.address).await.assert_accepted();
    }
    Running::rescan("any")
        .send_to(running.address)
        .await
        .assert_refused(401, "APIGW.0301");
}

#[tokio::test]
async fn tls_ca_is_written_before_the_first_line_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "of an earlier run").unwrap();
    let file = file.to_str().unwrap();
    for arguments in [&["--tls-ca", file][..], &["--tls", "--tls-ca", file]] {
        let running = Running::start(arguments);
        let pem = std::fs::read_to_string(file).unwrap();
        let url = format!("{}/_sim/requests", running.endpoint);
        let get = async |client: reqwest::Client| client.get(&url).send().await;
        assert_eq!(get(client_trusting(Some(&pem))).await.unwrap().status(), 200);
        assert!(get(client_trusting(None)).await.unwrap_err().is_connect());
    }
    Running::start(&["--tls"]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_secret_key_is_never_printed() {
    let secret = "s3cr3t-Value";
    let running = Running::start(&["--access-key", "MYKEY", "--secret-key", secret]);
    let names = "host;x-sdk-date";
    let signature = "0".repeat(64);
    let signed = |key: &str| {
        let authorization = format!("SDK-HMAC-SHA256 Access={key}, SignedHeaders={names}, Signature={signature}");
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        Running::rescan(DEMO_VUL_SCAN_TASK_ID)
            .without_header("x-auth-token")
            .header("X-Sdk-Date", now)
            .header("Authorization", authorization)
    };
    let known = signed("MYKEY").send_to(running.address).await;
    known.assert_refused(401, "APIGW.0301");
    known.assert_message_holds("canonicalRequest:PUT|");
    let unknown = signed(DEFAULT_ACCESS_KEY).send_to(running.address).await;
    unknown.assert_refused(401, "APIGW.0301");
    unknown.assert_message_holds("unknown");
    // Key and secret confused.
    signed(secret)
        .send_to(running.address)
        .await
        .assert_refused(401, "APIGW.0301");
    let kept = Call::new("GET", "/_sim/requests").send_to(running.address).await.body;
    let (_, out, err) = running.stop("TERM");
    for text in [&known.body, &unknown.body, &kept, &out, &err] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn warns_about_an_address_that_is_not_loopback() {
    let running = Running::start(&["--listen", "0.0.0.0:0"]);
    let (code, _, err) = running.stop("TERM");
    assert_eq!(code, Some(0));
    assert!(err.contains("WARNING: 0.0.0.0:0 is not a loopback address"), "{err}");
}

#[test]
fn refuses_wrong_flags_with_a_reason() {
    for (arguments, reason) in [
        (&["--quota", "5"][..], "`N/min` with N from 1 to 100000, or `off`"),
        (&["--quota", "0/min"], "`N/min`"),
        (&["--scan-time", "soon"], "scan-time"),
        (&["--scan-time=-2s"], "negative time"),
        (&["--listen", "nowhere"], "--listen"),
        (&["--taks", "x"], "--tasks"),
    ] {
        let output = output(arguments);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(reason), "{err}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn completions_and_manual_name_every_flag_and_start_nothing() {
    let help = text(&output(&["--help"]).stdout);
    let flags: Vec<&str> = help
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split([' ', '\n']).next())
        .collect();
    assert!(flags.len() > 10, "{flags:?}");
    let zsh = ["--completions", "zsh"];
    let fish = ["--completions", "fish"];
    for arguments in [&["--man"][..], &["--completions", "bash"], &zsh, &fish] {
        let output = output(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let printed = text(&output.stdout).replace('\\', "");
        assert!(!printed.contains("listening on"), "{arguments:?}");
        for flag in &flags {
            assert!(printed.contains(flag), "{arguments:?} lacks {flag}");
        }
    }
    let both = output(&["--man", "--any-task"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_failed_start_says_why() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"cluster_scan_tasks": [{"id": "x"}], "hosts": []}"#).unwrap();
    let path = file.path().to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, reasons) in [
        (
            &["--tasks", path][..],
            &[path, "/cluster_scan_tasks/0: \"clusters\"", "hosts"][..],
        ),
        (&["--tasks", "no/such.json"], &["no/such.json", "cannot be read"]),
        #[cfg(unix)]
        (&["--tasks", "/dev/zero"], &["/dev/zero", "larger than 64 MiB"]),
        #[cfg(unix)]
        (&["--tasks", "/"], &["cannot be read", "directory"]),
        (&["--token", ""], &["the token", "1 to 32768 characters"]),
        (&["--secret-key", " s"], &["the access key", "white space"]),
        (&["--listen", &address], &[&address, "in use"]),
        (
            &["--tls-ca", "no/such/ca.pem"],
            &["certificate", "no/such/ca.pem", "No such file"],
        ),
    ] {
        let before = Instant::now();
        let output = output(arguments);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{err}");
        for reason in reasons {
            assert!(err.contains(reason), "{reason} is missing: {err}");
        }
        assert!(output.stdout.is_empty());
        assert!(before.elapsed() < Duration::from_secs(10));
    }
}
