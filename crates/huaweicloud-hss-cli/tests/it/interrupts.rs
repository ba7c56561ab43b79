//! Signals, and a process that is killed.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Fault, Quota, Simulator};
use serde_json::{Value, json};

use crate::lists::{BATCH, Lists, TASK};
use crate::support::Cloud;

const NEVER: Duration = Duration::from_secs(3600);

fn started(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_none_or(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 1 == 1)
}

/// Waits until another process has done something.
fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the condition was not met in time"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The exit code and the one object on standard output.
fn ended(child: Child) -> (i32, Value) {
    let output = child.wait_with_output().unwrap();
    let object = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code().unwrap(), object)
}

#[test]
fn first_signal_lets_requests_in_flight_finish() {
    for name in ["INT", "TERM", "HUP"] {
        // As under `nohup`, which the command respects.
        if name == "HUP" && is_hangup_ignored() {
            continue;
        }
        let lists = Lists::start();
        let list = lists.hosts(3 * BATCH);
        // Long enough to be interrupted in flight.
        lists.inject(Fault::delay(Duration::from_secs(2)));
        let child = started(&mut lists.rescan(&list, ["--output=json"]));
        until(|| lists.cloud.simulator.requests().len() == 1);
        signal(&child, name);
        let (code, object) = ended(child);
        assert_eq!((code, &object["status"]), (130, &json!("interrupted")));
        assert_eq!(object["confirmed"], BATCH, "{object}");
        assert_eq!(object["not_sent"], 2 * BATCH, "{object}");
        let resumed = lists.ran(&list, [] as [&str; 0]);
        assert_eq!(resumed.code, 0, "{resumed:?}");
        lists.assert_taken_once(3 * BATCH);
    }
}

/// What was sent is scanned, so there is something to wait for.
#[test]
fn interrupted_list_names_the_wait() {
    let lists = Lists::start();
    let list = lists.hosts(3 * BATCH);
    lists.inject(Fault::delay(Duration::from_secs(2)).operation("recreateVulScanTask"));
    let child = started(&mut lists.rescan(&list, ["--wait", "--output=json"]));
    until(|| {
        let requests = lists.cloud.simulator.requests();
        requests.iter().any(|request| request.method == "PUT")
    });
    signal(&child, "INT");
    let (code, object) = ended(child);
    assert_eq!((code, &object["confirmed"]), (130, &json!(BATCH)), "{object}");
    assert_eq!(object["wait"]["status"], "interrupted", "{object}");
    assert!(
        object["wait"]["hint"].as_str().unwrap().contains("hss wait --servers"),
        "{object}"
    );
}

#[test]
fn second_signal_exits_at_once() {
    let lists = Lists::start();
    let list = lists.hosts(3 * BATCH);
    lists.inject(Fault::delay(NEVER));
    let mut child = started(&mut lists.rescan(&list, ["--output=json", "--timeout=1h"]));
    until(|| lists.cloud.simulator.requests().len() == 1);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    signal(&child, "INT");
    assert!(lines.any(|line| line.unwrap().contains("interrupt again to exit at once")));
    signal(&child, "INT");
    let (code, object) = ended(child);
    assert_eq!((code, &object["error"]["kind"]), (130, &json!("interrupted")));
    assert_eq!(object["error"]["outcome"], "unknown");
    assert_eq!(object["error"]["attempts"], 1);
    let resumed = lists.ran(&list, ["--output=json"]);
    assert_eq!((resumed.code, &resumed.json()["unknown"]), (7, &json!(BATCH)));
    lists.assert_taken_once(3 * BATCH);
}

#[test]
fn interrupted_call_has_unknown_outcome() {
    for output in ["text", "json"] {
        let lists = Lists::start();
        lists.inject(Fault::delay(NEVER));
        let words = ["rescan", TASK, "--all-failed", "--timeout=1h", "--output", output];
        let child = started(&mut lists.cloud.command(words));
        until(|| lists.cloud.simulator.requests().len() == 1);
        signal(&child, "INT");
        if output == "json" {
            let (code, object) = ended(child);
            assert_eq!((code, &object["error"]["kind"]), (130, &json!("interrupted")));
            assert_eq!(object["error"]["outcome"], "unknown");
            assert_eq!(object["error"]["attempts"], 1);
        } else {
            let output = child.wait_with_output().unwrap();
            assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(130), &b""[..]));
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(
                stderr.contains("outcome: unknown, the service may have acted"),
                "{stderr}"
            );
        }
    }
}

/// No request began while IAM does not answer.
#[test]
fn call_interrupted_before_its_request_sent_nothing() {
    let lists = Lists::start();
    let simulator = &lists.cloud.simulator;
    lists.inject(Fault::delay(NEVER).operation("listProjects"));
    let mut rescan = lists
        .cloud
        .command(["rescan", TASK, "--all-failed", "--timeout=1h", "--output=json"]);
    rescan
        .env_remove("HUAWEICLOUD_SDK_PROJECT_ID")
        .env("HUAWEICLOUD_SDK_IAM_ENDPOINT", simulator.endpoint())
        .env("HW_REGION_NAME", simulator.project_name());
    let child = started(&mut rescan);
    until(|| simulator.requests().len() == 1);
    signal(&child, "TERM");
    let (code, object) = ended(child);
    assert_eq!((code, &object["error"]["kind"]), (130, &json!("interrupted")));
    assert_eq!(object["error"]["outcome"], "not_sent");
    assert_eq!(object["error"]["attempts"], 0);
}

/// `nohup` ignores the signal, and a handler must not take that away.
#[cfg(target_os = "linux")]
#[test]
fn ignored_hangup_stays_ignored() {
    let lists = Lists::start();
    // Long enough to be signalled in flight.
    lists.inject(Fault::delay(Duration::from_millis(700)));
    let call = lists.cloud.command(["rescan", TASK, "--all-failed"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    shell.arg(call.get_program()).args(call.get_args());
    shell.env_clear();
    shell.envs(call.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = started(&mut shell);
    until(|| lists.cloud.simulator.requests().len() == 1);
    signal(&child, "HUP");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn journal_in_use_by_another_process_is_an_error() {
    let lists = Lists::start();
    let list = lists.hosts(BATCH);
    lists.inject(Fault::delay(NEVER));
    let mut child = started(&mut lists.rescan(&list, ["--timeout=1h"]));
    until(|| lists.cloud.simulator.requests().len() == 1);
    let second = lists.ran(&list, [] as [&str; 0]);
    assert_eq!(second.code, 2, "{second:?}");
    assert!(second.stderr.contains("another process is using it"), "{second:?}");
    child.kill().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    child.wait().unwrap();
    assert_eq!(lists.ran(&list, [] as [&str; 0]).code, 7, "{stderr}");
}

/// A list whose run is killed at random moments and resumed is sent exactly once. `HSS_SOAK_RUNS` sets the number of
/// lists; the seeds are printed.
#[test]
fn killed_and_resumed() {
    let runs = std::env::var("HSS_SOAK_RUNS").map_or(1, |runs| runs.parse().unwrap());
    let first: u64 =
        std::env::var("HSS_SOAK_SEED").map_or_else(|_| fastrand::u64(..1 << 32), |seed| seed.parse().unwrap());
    let (mut kills, mut unknown_batches) = (0, 0);
    for seed in first..first + runs {
        println!("HSS_SOAK_SEED={seed} HSS_SOAK_RUNS=1");
        let (killed, unknown) = kill_and_resume(seed);
        kills += killed;
        unknown_batches += unknown;
    }
    println!(
        "{runs} lists of 20,000 ids: killed {kills} times, {unknown_batches} batches unknown, 0 ids lost, 0 sent twice"
    );
}

/// Returns how often the run was killed, and how many batches that left unknown.
fn kill_and_resume(seed: u64) -> (usize, usize) {
    const IDS: usize = 20_000;
    let mut random = fastrand::Rng::with_seed(seed);
    let lists = Lists::start();
    let list = lists.hosts(IDS);
    // A whole run takes about this long, so a kill can come at any point of it.
    let begun = Instant::now();
    assert_eq!(
        lists
            .ran(&list, ["--journal", lists.path("measured").to_str().unwrap()])
            .code,
        0
    );
    let whole = begun.elapsed();
    let lists = Lists::start();
    let list = lists.hosts(IDS);
    let parallel = format!("--parallel={}", random.u8(1..=3));
    let mut killed = 0;
    // Killed several times, then left to finish.
    for _ in 0..random.usize(1..=4) {
        let mut child = started(&mut lists.rescan(&list, [&parallel]));
        std::thread::sleep(whole.mul_f64(random.f64()));
        // The kill may come after the end, which is fine too.
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
    }
    // One of them may have come to its end.
    let ended = lists.ran(&list, [&parallel, "--skip-started", "--output=json"]);
    let object = ended.json();
    let unknown: Vec<&str> = object["unknown_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    assert_eq!(
        ended.code,
        if unknown.is_empty() { 0 } else { 7 },
        "seed {seed}: {}",
        ended.stderr
    );
    let [confirmed, skipped] = ["confirmed", "skipped"].map(|name| object[name].as_u64().unwrap() as usize);
    assert_eq!(confirmed + skipped + unknown.len(), IDS, "seed {seed}");
    let taken = lists.taken();
    assert!(
        taken.values().all(|count| *count == 1),
        "seed {seed}: an id arrived twice"
    );
    for number in 0..IDS {
        let id = crate::lists::id(number);
        let is_known = taken.contains_key(&id) || unknown.binary_search(&id.as_str()).is_ok();
        assert!(is_known, "seed {seed}: {id} neither arrived nor is unknown");
    }

    let resent = lists.ran(&list, ["--resend-unknown", "--skip-started"]);
    assert_eq!(resent.code, 0, "seed {seed}: {resent:?}");
    assert_eq!(lists.taken().len(), IDS, "seed {seed}: an id was lost");
    (killed, unknown.len().div_ceil(BATCH))
}

/// What was accepted is told, and that nothing more is known.
#[test]
fn interrupted_wait_tells_what_was_accepted() {
    let simulator = Simulator::builder().quota(Quota::off()).scan_time(Duration::MAX);
    let cloud = Cloud::with(simulator);
    let task = DEMO_VUL_SCAN_TASK_ID;
    let words = [
        "rescan",
        task,
        "--all-failed",
        "--wait",
        "--poll-interval=10ms",
        "--output=json",
    ];
    let child = started(&mut cloud.command(words));
    // The look before, the request, and a poll.
    until(|| cloud.simulator.requests().len() > 2);
    signal(&child, "INT");
    let (code, object) = ended(child);
    assert_eq!((code, &object["status"]), (130, &json!(200)), "{object}");
    assert_eq!(object["wait"]["status"], "interrupted");
    assert_eq!(object["wait"]["failed"], Value::Null);

    let child = started(&mut cloud.command(["wait", "--servers", task, "--poll-interval=10ms", "--output=json"]));
    let before = cloud.simulator.requests().len();
    until(|| cloud.simulator.requests().len() > before + 2);
    signal(&child, "TERM");
    let (code, object) = ended(child);
    assert_eq!(
        (code, &object["wait"]["status"]),
        (130, &json!("interrupted")),
        "{object}"
    );
}

#[test]
fn interrupted_read_had_no_effect() {
    let cloud = Cloud::start();
    cloud.simulator.inject(Fault::delay(NEVER)).unwrap();
    let words = ["hosts", DEMO_VUL_SCAN_TASK_ID, "--timeout=1h", "--output=json"];
    let child = started(&mut cloud.command(words));
    until(|| cloud.simulator.requests().len() == 1);
    signal(&child, "INT");
    let (code, object) = ended(child);
    assert_eq!(
        (code, &object["error"]["outcome"]),
        (130, &json!("no_effect")),
        "{object}"
    );
}
