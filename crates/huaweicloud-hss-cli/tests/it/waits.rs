//! `hss wait` and `--wait`, against a service that behaves in each way that is not known of the real one.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use huaweicloud_hss_sim::{
    Cluster, ClusterScanTask, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Fault, Host, Quota, Rescan, ScanState,
    Simulator, SimulatorBuilder, Tasks, VulnerabilityScanTask,
};
use serde_json::Value;

use crate::lists::BATCH;
use crate::support::{Cloud, Ran, ran, ran_with};

pub(crate) const TASK: &str = DEMO_VUL_SCAN_TASK_ID;

pub(crate) fn simulator() -> SimulatorBuilder {
    Simulator::builder()
        .quota(Quota::off())
        .scan_time(Duration::from_millis(300))
}

/// Runs with quick polls.
pub(crate) fn waiting(cloud: &Cloud, arguments: &[&str], limit: &str) -> Ran {
    let quick = ["--poll-interval", "20ms", "--wait-timeout", limit, "--output", "json"];
    cloud.hss(arguments.iter().chain(&quick))
}

pub(crate) fn rescan(cloud: &Cloud, limit: &str) -> Ran {
    waiting(cloud, &["rescan", TASK, "--all-failed", "--wait"], limit)
}

pub(crate) fn status(ran: &Ran) -> Value {
    ran.json()["wait"]["status"].clone()
}

#[test]
fn end_of_a_rescan_is_seen_whatever_the_first_answers_show() {
    for stale in [0, 1, 7] {
        let cloud = Cloud::with(simulator().stale_polls(stale));
        let ran = rescan(&cloud, "1h");
        assert_eq!((ran.code, status(&ran)), (0, "finished".into()), "{stale}: {ran:?}");
        let task = cloud.simulator.vulnerability_scan_task(TASK).unwrap();
        assert!(
            task.hosts.iter().all(|host| host.state == ScanState::Success),
            "{task:?}"
        );
        assert_eq!(ran.json()["wait"]["failed"], serde_json::json!([]));
    }
}

/// A scan that falls between two polls is seen by its end time.
#[test]
fn end_of_a_scan_that_no_poll_saw_is_confirmed_by_what_changed() {
    let cloud = Cloud::with(simulator().scan_time(Duration::ZERO));
    let ran = rescan(&cloud, "1h");
    assert_eq!((ran.code, status(&ran)), (0, "finished".into()), "{ran:?}");
}

#[test]
fn end_that_is_not_seen_is_never_called_one() {
    for (what, builder) in [
        ("endless", simulator().scan_time(Duration::MAX)),
        ("another task scans", simulator().rescan(Rescan::NewTask)),
        ("only old answers", simulator().stale_polls(u32::MAX)),
    ] {
        let cloud = Cloud::with(builder);
        let ran = rescan(&cloud, "600ms");
        assert_eq!(
            (ran.code, status(&ran)),
            (10, "not_confirmed".into()),
            "{what}: {ran:?}"
        );
        assert_eq!(ran.json()["status"], 200, "the request itself was accepted");
        assert_eq!(ran.json()["wait"]["failed"], Value::Null, "{what}");
    }
}

/// Everything that nobody knows of the service, together: only an end that is one is called so, and each that can be seen
/// is seen.
#[test]
fn only_a_true_end_is_called_finished_whatever_the_service_does() {
    let rescans = [Rescan::SameTask, Rescan::NewTask, Rescan::RefuseWhileRunning];
    let scan_times = [Duration::ZERO, Duration::from_millis(300), Duration::MAX];
    for (rescan_as, scan_time) in rescans.into_iter().flat_map(|one| scan_times.map(|time| (one, time))) {
        for (stale, unstable, fails) in [(0, false, false), (3, false, true), (0, true, true), (3, true, false)] {
            let with_hosts = |id: &str| {
                let hosts = (0..450).map(|number| format!("host-{number}"));
                hosts.fold(VulnerabilityScanTask::new(id), |task, host| {
                    task.with_host(host, ScanState::Failed)
                })
            };
            let tasks = Tasks::new().with_vulnerability_scan_task(with_hosts(TASK));
            let tasks = tasks.with_vulnerability_scan_task(with_hosts("other"));
            let builder = simulator().tasks(tasks).rescan(rescan_as).scan_time(scan_time);
            let cloud = Cloud::with(builder.stale_polls(stale).unstable_order(unstable));
            // Another task scans at the same time.
            assert_eq!(cloud.hss(["rescan", "other", "--all-failed"]).code, 0);
            if fails {
                let fault = Fault::answer(500).operation("listVulScanTask");
                cloud.simulator.inject(fault).unwrap();
            }
            let limit = if scan_time == Duration::MAX { "300ms" } else { "1h" };
            let limit = if rescan_as == Rescan::NewTask { "300ms" } else { limit };
            let ran = rescan(&cloud, limit);
            let hosts = cloud.simulator.vulnerability_scan_task(TASK).unwrap().hosts;
            let is_true = hosts.iter().all(|host| host.state == ScanState::Success);
            let can_be_seen = rescan_as != Rescan::NewTask && scan_time != Duration::MAX;
            let case = format!("{rescan_as:?} {scan_time:?} stale {stale} unstable {unstable} fails {fails}");
            println!("{case}: exit {} {}", ran.code, ran.json()["wait"]["reason"]);
            let expected = match is_true && can_be_seen {
                true => (0, "finished".into()),
                false => (10, "not_confirmed".into()),
            };
            assert_eq!(
                (is_true || !can_be_seen, ran.code, status(&ran)),
                (true, expected.0, expected.1),
                "{case}: {ran:?}"
            );
        }
    }
}

pub(crate) fn task_that_fails_again() -> Tasks {
    let mut again = Host::new("bad", ScanState::Failed);
    again.then = Some(ScanState::Failed);
    again.failed_reason = Some("The agent\u{1b}[2J is gone.".to_owned());
    let task = VulnerabilityScanTask::new(TASK)
        .with(again)
        .with_host("good", ScanState::Failed)
        .with_host("other", ScanState::Success);
    Tasks::new().with_vulnerability_scan_task(task)
}

#[test]
fn what_fails_again_is_reported_with_its_reason() {
    let cloud = Cloud::with(simulator().tasks(task_that_fails_again()));
    let ran = rescan(&cloud, "1h");
    assert_eq!((ran.code, status(&ran)), (9, "finished".into()), "{ran:?}");
    let failed = &ran.json()["wait"]["failed"];
    assert_eq!(failed.as_array().unwrap().len(), 1, "{failed}");
    assert_eq!(failed[0]["id"], "bad");
    assert_eq!(failed[0]["scans"][0]["failed_reason"], "The agent\u{1b}[2J is gone.");

    let text = cloud.hss(["rescan", TASK, "--host", "bad", "--wait", "--poll-interval", "20ms"]);
    assert_eq!(text.code, 9, "{text:?}");
    assert!(
        text.stdout.contains("bad: linux_vul: The agent") && !text.stdout.contains('\u{1b}'),
        "{text:?}"
    );
}

/// What failed elsewhere in the task is not this command's.
#[test]
fn only_what_was_asked_for_counts() {
    let cloud = Cloud::with(simulator().tasks(task_that_fails_again()));
    let ran = waiting(&cloud, &["rescan", TASK, "--host", "good", "--wait"], "1h");
    assert_eq!((ran.code, status(&ran)), (0, "finished".into()), "{ran:?}");
}

/// The request's own code stays, and the end is told all the same.
#[test]
fn list_that_was_refused_in_part_keeps_its_code() {
    let cloud = Cloud::with(simulator().scan_time(Duration::ZERO));
    let folder = tempfile::tempdir().unwrap();
    let ids: String = (0..1000).map(|_| "no-such-host\n").collect::<String>() + "host-a\n";
    let journal = folder.path().join("journal");
    let mut command = cloud.command(["rescan", TASK, "--hosts-from", "-", "--wait", "--wait-timeout", "300ms"]);
    command
        .args(["--poll-interval", "20ms", "--output", "json", "--journal"])
        .arg(&journal);
    let ran = ran_with(&mut command, &ids);
    assert_eq!(
        (ran.code, &ran.json()["refused"]),
        (4, &2.into()),
        "nothing was done: {ran:?}"
    );
    assert_eq!(ran.json()["wait"]["status"], "not_confirmed");
    assert_eq!(ran.json()["wait"]["failed"], Value::Null);
}

#[test]
fn clusters_are_waited_for_too() {
    let task = DEMO_CLUSTER_SCAN_TASK_ID;
    let cloud = Cloud::with(simulator().stale_polls(2));
    let ran = waiting(
        &cloud,
        &["retry", task, "--cluster", "cluster-1=benchmark", "--wait"],
        "1h",
    );
    assert_eq!((ran.code, status(&ran)), (0, "finished".into()), "{ran:?}");
    // Its other scan item was not asked for, and fails still.
    let ids = cloud.hss(["clusters", task, "--status", "failed", "--output", "ids"]);
    assert_eq!(
        ids.stdout, "cluster-1=cluster_vul\ncluster-2=cluster_vul,risk_assessment\n",
        "{ids:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let ran = ran_with(
        cloud
            .command([
                "retry",
                task,
                "--clusters-from",
                "-",
                "--wait",
                "--poll-interval",
                "20ms",
                "--pace",
                "off",
            ])
            .env("XDG_STATE_HOME", folder.path()),
        &ids.stdout,
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("finished"), "{ran:?}");
}

#[test]
fn wait_alone_needs_to_see_the_task_run_or_change() {
    let cloud = Cloud::with(simulator());
    let old = waiting(&cloud, &["wait", "--servers", TASK], "300ms");
    assert_eq!((old.code, status(&old)), (10, "not_confirmed".into()), "{old:?}");
    let cloud = Cloud::with(simulator());
    let mut wait = cloud.command([
        "wait",
        "--servers",
        TASK,
        "--poll-interval",
        "20ms",
        "--wait-timeout",
        "1h",
    ]);
    let child = wait.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // Two looks and a poll: it has seen the task as it was.
    while cloud.simulator.requests().len() < 3 {
        std::thread::yield_now();
    }
    assert_eq!(cloud.hss(["rescan", TASK, "--all-failed"]).code, 0);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("finished: 0 scanning, 5 succeeded, 0 failed")
    );
}

#[test]
fn wait_for_a_task_that_does_not_exist_ends_at_once() {
    let cloud = Cloud::with(simulator());
    for kind in ["--servers", "--clusters"] {
        let ran = waiting(&cloud, &["wait", kind, "no-such-task"], "1h");
        assert_eq!(
            (ran.code, ran.json()["error"]["kind"].clone()),
            (4, "not_found".into()),
            "{ran:?}"
        );
        assert_eq!(ran.json()["error"]["outcome"], "no_effect");
    }
}

#[test]
fn rows_that_cannot_be_read_leave_the_end_unconfirmed() {
    let mut host = Host::new("odd", ScanState::Failed);
    host.then = Some(ScanState::Failed);
    host.answer = Some(serde_json::json!({"host_id": 7}));
    let task = VulnerabilityScanTask::new(TASK).with(host);
    let cloud = Cloud::with(simulator().tasks(Tasks::new().with_vulnerability_scan_task(task)));
    let ran = rescan(&cloud, "1h");
    assert_eq!((ran.code, status(&ran)), (10, "not_confirmed".into()), "{ran:?}");
    assert!(
        ran.json()["wait"]["reason"]
            .as_str()
            .unwrap()
            .contains("could not be read"),
        "{ran:?}"
    );
}

/// The job in one line: 3,100 failed servers of 8,000 in 4 batches.
#[test]
fn thousands_of_failed_servers_go_through_a_pipe() {
    for builder in [
        simulator().stale_polls(3),
        simulator().scan_time(Duration::from_secs(2)),
        simulator().scan_time(Duration::ZERO),
    ] {
        let mut task = VulnerabilityScanTask::new(TASK);
        for number in 0..8000 {
            let state = if number < 3100 {
                ScanState::Failed
            } else {
                ScanState::Success
            };
            task = task.with_host(format!("host-{number}"), state);
        }
        let cloud = Cloud::with(builder.tasks(Tasks::new().with_vulnerability_scan_task(task)));
        let ids = cloud.hss(["hosts", TASK, "--status", "failed", "--output", "ids", "--pace", "off"]);
        assert_eq!((ids.code, ids.stdout.lines().count()), (0, 3100), "{}", ids.stderr);
        let folder = tempfile::tempdir().unwrap();
        let list = [
            "rescan",
            TASK,
            "--hosts-from",
            "-",
            "--again",
            "--wait",
            "--pace",
            "off",
            "--output",
            "json",
        ];
        let mut command = cloud.command(list);
        command.args(["--poll-interval", "20ms", "--wait-timeout", "1h"]);
        let ran = ran_with(command.env("XDG_STATE_HOME", folder.path()), &ids.stdout);
        let object = ran.json();
        assert_eq!(
            (ran.code, &object["confirmed"], &object["wait"]["status"]),
            (0, &3100.into(), &"finished".into()),
            "{ran:?}"
        );
        let task = cloud.simulator.vulnerability_scan_task(TASK).unwrap();
        assert!(task.hosts.iter().all(|host| host.state == ScanState::Success));
    }
}

/// A list that waits, with a journal in this folder.
pub(crate) fn list(cloud: &Cloud, folder: &Path, arguments: &[&str], ids: &str) -> Ran {
    list_within(cloud, folder, arguments, ids, "1h")
}

pub(crate) fn list_within(cloud: &Cloud, folder: &Path, arguments: &[&str], ids: &str, limit: &str) -> Ran {
    let mut command = cloud.command(arguments);
    command
        .args([
            "--wait",
            "--pace",
            "off",
            "--poll-interval",
            "20ms",
            "--wait-timeout",
            limit,
            "--output",
            "json",
        ])
        .env("XDG_STATE_HOME", folder);
    ran_with(&mut command, ids)
}

/// What failed again needs no `--again`, and what did not fail still does.
#[test]
fn what_was_seen_to_fail_again_goes_without_again() {
    for failing in [0, 40, 1200] {
        let mut task = VulnerabilityScanTask::new(TASK);
        for number in 0..1200 {
            let mut host = Host::new(format!("host-{number}"), ScanState::Failed);
            host.then = (number < failing).then_some(ScanState::Failed);
            task = task.with(host);
        }
        let cloud = Cloud::with(simulator().tasks(Tasks::new().with_vulnerability_scan_task(task)));
        let folder = tempfile::tempdir().unwrap();
        let ids: String = (0..1200).map(|number| format!("host-{number}\n")).collect();
        let words = ["rescan", TASK, "--hosts-from", "-"];
        let sent = |ids: &str| list(&cloud, folder.path(), &words, ids);
        let count = |ran: &Ran| ran.json()["wait"]["failed"].as_array().unwrap().len();

        let first = sent(&ids);
        assert_eq!(
            (first.code, count(&first)),
            (if failing == 0 { 0 } else { 9 }, failing),
            "{first:?}"
        );
        let again = sent(&ids);
        if failing < 1200 {
            assert_eq!(again.code, 2, "{again:?}");
            let started = format!("{} of 1200 were started", 1200 - failing);
            assert!(
                again.json()["error"]["message"].as_str().unwrap().contains(&started),
                "{again:?}"
            );
        } else {
            assert_eq!((again.code, count(&again)), (9, failing), "{again:?}");
        }
        let listed = cloud.hss(["hosts", TASK, "--status", "failed", "--output", "ids", "--pace", "off"]);
        if failing == 40 {
            let rest = sent(&listed.stdout);
            assert_eq!((rest.code, &rest.json()["confirmed"]), (9, &40.into()), "{rest:?}");
        }
    }
}

#[test]
fn scan_items_that_failed_again_go_without_again() {
    let mut task = ClusterScanTask::new(DEMO_CLUSTER_SCAN_TASK_ID);
    for number in 0..150 {
        let scans = [("benchmark", ScanState::Failed), ("cluster_vul", ScanState::Failed)];
        let mut cluster = Cluster::new(format!("cluster-{number}"), scans);
        cluster.then = (number < 30).then_some(ScanState::Failed);
        task = task.with(cluster);
    }
    let cloud = Cloud::with(simulator().tasks(Tasks::new().with_cluster_scan_task(task)));
    let folder = tempfile::tempdir().unwrap();
    let words = ["retry", DEMO_CLUSTER_SCAN_TASK_ID, "--clusters-from", "-"];
    let sent = |lines: &str| list(&cloud, folder.path(), &words, lines);
    let lines = |numbers: std::ops::Range<usize>, scans: &str| -> String {
        numbers.map(|number| format!("cluster-{number}={scans}\n")).collect()
    };
    let first = sent(&lines(0..150, "benchmark"));
    assert_eq!((first.code, &first.json()["confirmed"]), (9, &150.into()), "{first:?}");
    assert_eq!(first.json()["wait"]["failed"].as_array().unwrap().len(), 30);
    let again = sent(&lines(0..31, "benchmark"));
    assert_eq!(again.code, 2, "cluster-30 did not fail again: {again:?}");
    let rest = sent(&lines(0..30, "benchmark,cluster_vul"));
    assert_eq!((rest.code, &rest.json()["confirmed"]), (9, &60.into()), "{rest:?}");
}

/// The last batch that started scans counts, whatever became of those after it.
#[test]
fn end_is_seen_where_the_last_batch_was_refused() {
    let mut task = VulnerabilityScanTask::new(TASK);
    for number in 0..BATCH {
        task = task.with_host(format!("host-{number}"), ScanState::Failed);
    }
    let cloud = Cloud::with(simulator().tasks(Tasks::new().with_vulnerability_scan_task(task)));
    let folder = tempfile::tempdir().unwrap();
    let ids: String = (0..BATCH).map(|number| format!("host-{number}\n")).collect::<String>() + "stranger\n";
    let words = ["rescan", TASK, "--hosts-from", "-", "--keep-going"];
    let ran = list(&cloud, folder.path(), &words, &ids);
    assert_eq!(
        (&ran.json()["confirmed"], &ran.json()["refused"]),
        (&BATCH.into(), &1.into()),
        "{ran:?}"
    );
    assert_eq!((ran.code, status(&ran)), (8, "finished".into()), "{ran:?}");
}

/// The request's outcome stays unknown, because the end may be that of other scans.
#[test]
fn unknown_outcome_is_waited_for_and_stays_unknown() {
    let cloud = Cloud::with(simulator());
    let fault = Fault::reset().operation("recreateVulScanTask");
    cloud.simulator.inject(fault).unwrap();
    let ran = rescan(&cloud, "1h");
    assert_eq!((ran.code, status(&ran)), (7, "finished".into()), "{ran:?}");
    assert_eq!(ran.json()["error"]["outcome"], "unknown", "{ran:?}");
    assert!(ran.stderr.contains("waiting for the task all the same"), "{ran:?}");

    let fault = Fault::reset().operation("recreateVulScanTask").unacted();
    cloud.simulator.inject(fault).unwrap();
    let text = cloud.hss([
        "rescan",
        TASK,
        "--host",
        "host-a",
        "--wait",
        "--poll-interval",
        "20ms",
        "--wait-timeout",
        "300ms",
    ]);
    assert_eq!(text.code, 7, "{text:?}");
    assert!(
        text.stdout.starts_with("the end of the task") && text.stderr.contains("outcome: unknown"),
        "{text:?}"
    );
}

/// Pages that overlap leave rows out, so a list of ids is not printed at all.
#[test]
fn pages_without_an_order_give_no_ids() {
    let mut task = VulnerabilityScanTask::new(TASK);
    for number in 0..1000 {
        task = task.with_host(format!("host-{number}"), ScanState::Failed);
    }
    let tasks = Tasks::new().with_vulnerability_scan_task(task);
    let cloud = Cloud::with(simulator().tasks(tasks).unstable_order(true));
    let ran = cloud.hss(["hosts", TASK, "--output", "ids", "--pace", "off"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
    assert!(ran.stderr.contains("the list has 1000 rows by the service"), "{ran:?}");
    let json = cloud.hss(["hosts", TASK, "--output", "json", "--pace", "off"]);
    assert_eq!(
        (json.code, json.json()["complete"].clone()),
        (6, false.into()),
        "{}",
        json.stderr
    );
    let ids: std::collections::BTreeSet<String> = json.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].to_string())
        .collect();
    assert_eq!(ids.len(), json.json()["items"].as_array().unwrap().len(), "each once");
}

/// One batch after the other is refused while the task runs.
#[test]
fn batches_that_are_refused_while_the_task_runs_are_retried_and_waited_for() {
    let mut task = VulnerabilityScanTask::new(TASK);
    for number in 0..1500 {
        task = task.with_host(format!("host-{number}"), ScanState::Failed);
    }
    let tasks = Tasks::new().with_vulnerability_scan_task(task);
    let cloud = Cloud::with(simulator().tasks(tasks).rescan(Rescan::RefuseWhileRunning));
    let ids: String = (0..1500).map(|number| format!("host-{number}\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let list = [
        "rescan",
        TASK,
        "--hosts-from",
        "-",
        "--wait",
        "--pace",
        "off",
        "--output",
        "json",
    ];
    let mut command = cloud.command(list);
    command.args([
        "--poll-interval",
        "20ms",
        "--wait-timeout",
        "1h",
        "--retry-refused-after",
        "50ms",
    ]);
    let ran = ran_with(command.env("XDG_STATE_HOME", folder.path()), &ids);
    assert_eq!(
        (ran.code, &ran.json()["wait"]["status"]),
        (0, &"finished".into()),
        "{ran:?}"
    );
}

#[test]
fn unknown_outcome_names_the_command_that_looks() {
    let cloud = Cloud::with(simulator());
    cloud.simulator.inject(Fault::reset()).unwrap();
    let ran = cloud.hss(["rescan", TASK, "--all-failed", "--region", "cn-north-4"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let command = format!("hss hosts {TASK} --status scanning --region cn-north-4");
    assert!(ran.stderr.contains(&command), "{ran:?}");
    let shown = crate::support::ran(&mut cloud.command(command.split(' ').skip(1)));
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(
        shown.stdout.contains("host-a") && shown.stdout.contains("scanning"),
        "{shown:?}"
    );
}

#[test]
fn ids_that_a_list_cannot_hold_are_refused_by_name() {
    for (id, problem) in [("a,b", "has a comma"), ("a b", "has a blank"), ("a\u{7}b", "has ")] {
        let mut host = Host::new("host", ScanState::Failed);
        host.answer = Some(serde_json::json!({"host_id": id}));
        let task = VulnerabilityScanTask::new(TASK).with(host);
        let cloud = Cloud::with(simulator().tasks(Tasks::new().with_vulnerability_scan_task(task)));
        let ran = cloud.hss(["hosts", TASK, "--output", "ids"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
        assert!(ran.stderr.contains(problem), "{ran:?}");
    }
}

/// A command that was interrupted may have started what runs: that nothing has failed yet says nothing.
#[test]
fn empty_list_waits_where_the_task_runs() {
    let cloud = Cloud::with(
        simulator()
            .tasks(task_that_fails_again())
            .scan_time(Duration::from_secs(1)),
    );
    let folder = tempfile::tempdir().unwrap();
    let words = ["rescan", TASK, "--hosts-from", "-", "--allow-empty"];
    let before = list(&cloud, folder.path(), &words, "");
    assert_eq!((before.code, before.json().get("wait")), (0, None), "{before:?}");
    assert_eq!(cloud.hss(["rescan", TASK, "--all-failed"]).code, 0);
    let ran = list(&cloud, folder.path(), &words, "");
    assert_eq!((ran.code, status(&ran)), (9, "finished".into()), "{ran:?}");
    assert_eq!(ran.json()["wait"]["failed"][0]["id"], "bad", "{ran:?}");
}

/// The service may have states that nobody knows, which are no success.
#[test]
fn rows_that_are_neither_successful_nor_failed_leave_the_end_unconfirmed() {
    let cloud = Cloud::with(simulator().scan_time(Duration::ZERO));
    // Scanning, failed, successful, all.
    for total in [0, 0, 4, 5].repeat(3) {
        let body = serde_json::json!({"total_num": total, "data_list": []}).to_string();
        let fault = Fault::answer(200).body(body).operation("listVulScanTaskHost");
        cloud.simulator.inject(fault).unwrap();
    }
    let ran = rescan(&cloud, "1h");
    assert_eq!((ran.code, status(&ran)), (10, "not_confirmed".into()), "{ran:?}");
    let reason = ran.json()["wait"]["reason"].to_string();
    assert!(reason.contains("neither of a success nor of a failure: 1"), "{ran:?}");
}

/// The table has what people look for; JSON has all that the service said.
#[test]
fn json_has_every_member_of_a_row_and_reasons_of_single_vulnerabilities() {
    let answer = serde_json::json!({
        "host_id": "host", "private_ip": "192.0.2.7", "asset_value": "vital", "scan_status": "failed",
        "vul_scan_details": [{"vul_type": "urgent_vul", "status": "failed", "scan_vul_list": [
            {"vul_id": "CVE-1", "status": "failed", "failed_reason": "no answer"},
            {"vul_id": "CVE-2", "status": "success"}]}]});
    let mut host = Host::new("host", ScanState::Failed);
    host.answer = Some(answer.clone());
    let task = VulnerabilityScanTask::new(TASK).with(host);
    let cloud = Cloud::with(simulator().tasks(Tasks::new().with_vulnerability_scan_task(task)));
    let json = cloud.hss(["hosts", TASK, "--output", "json"]);
    for (name, value) in answer.as_object().unwrap() {
        assert_eq!(&json.json()["items"][0]["row"][name], value, "{json:?}");
    }
    let text = cloud.hss(["hosts", TASK]);
    assert!(text.stdout.contains("urgent_vul: CVE-1: no answer"), "{text:?}");
    let tasks = cloud.hss(["tasks", "--servers", "--output", "json"]);
    assert_eq!(
        tasks.json()["tasks"][0]["row"]["scan_vul_types"][0],
        "linux_vul",
        "{tasks:?}"
    );
}

#[test]
fn formats_of_lists_are_refused_elsewhere() {
    for format in ["ids", "jsonl"] {
        for words in [
            &["rescan", TASK, "--all-failed"][..],
            &["wait", "--servers", TASK],
            &["version"],
        ] {
            let ran = ran(&mut crate::support::command(words.iter().chain(&["--output", format])));
            assert_eq!(ran.code, 2, "{words:?} {ran:?}");
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains("jsonl and ids are for lists"), "{said}");
        }
    }
}

/// A simulator that takes any task lists none of them.
#[test]
fn task_that_no_list_shows_is_not_waited_for() {
    let cloud = Cloud::with(simulator().any_task(true));
    let ran = waiting(&cloud, &["rescan", "hidden", "--all-failed", "--wait"], "1h");
    assert_eq!((ran.code, status(&ran)), (10, "not_confirmed".into()), "{ran:?}");
    assert_eq!(ran.json()["wait"]["reason"], "the list of tasks does not have the task");
}

#[test]
fn time_to_wait_without_a_wait_is_an_error() {
    let cloud = Cloud::with(simulator());
    let ran = cloud.hss(["rescan", TASK, "--all-failed", "--wait-timeout", "1m"]);
    assert_eq!((ran.code, cloud.simulator.requests().len()), (2, 0), "{ran:?}");
    assert!(ran.stderr.contains("--wait-timeout: needs --wait"), "{ran:?}");
}

#[test]
fn tasks_of_both_kinds_come_newest_first() {
    let mut old = VulnerabilityScanTask::new("old").with_host("h", ScanState::Failed);
    old.start_time = Some(1_700_000_000_000);
    let mut new = VulnerabilityScanTask::new("new").with_host("h", ScanState::Success);
    new.start_time = Some(1_750_000_000_000);
    let mut between = ClusterScanTask::new("between").with_cluster("c", [("benchmark", ScanState::Failed)]);
    between.start_time = Some(1_725_000_000_000);
    let tasks = Tasks::new()
        .with_vulnerability_scan_task(old)
        .with_vulnerability_scan_task(new)
        .with_cluster_scan_task(between);
    let cloud = Cloud::with(simulator().tasks(tasks));
    let ids = |more: &[&str]| cloud.hss(["tasks", "--output", "ids"].iter().chain(more)).stdout;
    assert_eq!(ids(&[]), "new\nbetween\nold\n");
    assert_eq!(ids(&["--limit", "2"]), "new\nbetween\n");
    assert_eq!(ids(&["--clusters"]), "between\n");
    assert_eq!(ids(&["--servers", "--since", "2024-01-01T00:00:00Z"]), "new\n");
    assert_eq!(ids(&["--status", "running"]), "");
    let json = cloud
        .hss(["tasks", "--servers", "--limit", "1", "--output", "json"])
        .json();
    assert_eq!(json["tasks"][0]["start_time"], "2025-06-15T15:06:40Z");
    assert_eq!((&json["total"], &json["complete"]), (&2.into(), &true.into()));
}
