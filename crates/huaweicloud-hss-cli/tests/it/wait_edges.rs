//! `--wait` where the task cannot be read, had nothing to repeat, or was started by an earlier command.

use std::time::Duration;

use huaweicloud_hss_sim::{Cluster, ClusterScanTask, Fault, Host, Rescan, ScanState, Tasks, VulnerabilityScanTask};

use crate::lists::BATCH;
use crate::support::Cloud;
use crate::waits::{TASK, list, list_within, rescan, simulator, status, waiting};

fn puts(cloud: &Cloud) -> usize {
    let requests = cloud.simulator.requests();
    requests.iter().filter(|request| request.method == "PUT").count()
}

fn hosts(number: usize, state: ScanState) -> Tasks {
    let task = (0..number).fold(VulnerabilityScanTask::new(TASK), |task, number| {
        task.with_host(format!("host-{number}"), state)
    });
    Tasks::new().with_vulnerability_scan_task(task)
}

fn lines(number: usize) -> String {
    (0..number).map(|number| format!("host-{number}\n")).collect()
}

#[test]
fn task_without_failures_is_not_waited_for() {
    let cloud = Cloud::with(simulator().tasks(hosts(3, ScanState::Success)));
    let ran = rescan(&cloud, "1h");
    assert_eq!((ran.code, status(&ran)), (0, "nothing_failed".into()), "{ran:?}");
    assert_eq!((puts(&cloud), &ran.json()["status"]), (1, &200.into()), "{ran:?}");

    // A list of servers that disagrees is believed.
    let body = r#"{"total_num": 1, "data_list": [{"host_id": "host-0", "scan_status": "scanning"}]}"#;
    let scanning = Fault::answer(200).body(body).operation("listVulScanTaskHost");
    cloud.simulator.inject(scanning).unwrap();
    let ran = rescan(&cloud, "500ms");
    assert_ne!(status(&ran), "nothing_failed", "{ran:?}");
}

/// Without the task as it was, no end could be confirmed.
#[test]
fn nothing_is_sent_where_the_task_cannot_be_read_before() {
    let cloud = Cloud::with(simulator());
    let fault = || Fault::answer(500).operation("listVulScanTask").times(3);
    cloud.simulator.inject(fault()).unwrap();
    let one = rescan(&cloud, "1h");
    let error = &one.json()["error"];
    assert_eq!((one.code, puts(&cloud)), (6, 0), "{one:?}");
    assert_eq!(error["outcome"], "no_effect", "{one:?}");
    assert!(error["hint"].to_string().contains("without --wait"), "{one:?}");

    cloud.simulator.inject(fault()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let many = list(
        &cloud,
        folder.path(),
        &["rescan", TASK, "--hosts-from", "-"],
        "host-a\n",
    );
    assert_eq!((many.code, puts(&cloud)), (6, 0), "{many:?}");
    let json = many.json();
    assert_eq!(
        (&json["not_sent"], &json["batches"]),
        (&1.into(), &0.into()),
        "{many:?}"
    );
    let again = list(
        &cloud,
        folder.path(),
        &["rescan", TASK, "--hosts-from", "-"],
        "host-a\n",
    );
    assert_eq!((again.code, puts(&cloud)), (0, 1), "{again:?}");
}

/// What was sent before is worth more than the wait, so the last batch goes out all the same.
#[test]
fn last_batch_is_sent_after_the_task_was_read_once_more() {
    for (failures, code, limit) in [(2, 0, "1h"), (3, 10, "300ms")] {
        let cloud = Cloud::with(
            simulator()
                .tasks(hosts(BATCH + 1, ScanState::Failed))
                .scan_time(Duration::ZERO),
        );
        // The second batch has one server alone.
        let simulator = &cloud.simulator;
        let folder = tempfile::tempdir().unwrap();
        let words = ["rescan", TASK, "--hosts-from", "-", "--max-retries", "0"];
        let ran = std::thread::scope(|scope| {
            scope.spawn(|| {
                while puts(&cloud) == 0 {
                    std::thread::yield_now();
                }
                let fault = Fault::answer(500).operation("listVulScanTask").times(failures);
                simulator.inject(fault).unwrap();
            });
            let slow = Fault::delay(Duration::from_millis(500)).operation("recreateVulScanTask");
            simulator.inject(slow).unwrap();
            list_within(&cloud, folder.path(), &words, &lines(BATCH + 1), limit)
        });
        assert_eq!(
            (ran.code, &ran.json()["confirmed"]),
            (code, &(BATCH + 1).into()),
            "{failures}: {ran:?}"
        );
    }
}

#[test]
fn polls_without_an_answer_are_no_task_that_is_missing() {
    let cloud = Cloud::with(simulator());
    let stall = Fault::stall().operation("listVulScanTask").times(9);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while puts(&cloud) == 0 {
                std::thread::yield_now();
            }
            cloud.simulator.inject(stall).unwrap();
        });
        let slow = Fault::delay(Duration::from_millis(500)).operation("recreateVulScanTask");
        cloud.simulator.inject(slow).unwrap();
        let ran = rescan(&cloud, "400ms");
        assert_eq!((ran.code, status(&ran)), (10, "not_confirmed".into()), "{ran:?}");
        let reason = ran.json()["wait"]["reason"].to_string();
        assert!(reason.contains("no answer came to a poll"), "{ran:?}");
    });
}

/// A crash takes the wait along, and the same command takes it up.
#[test]
fn list_that_was_sent_before_is_waited_for_while_it_is_scanned() {
    let cloud = Cloud::with(
        simulator()
            .tasks(hosts(3, ScanState::Failed))
            .scan_time(Duration::from_secs(2)),
    );
    let folder = tempfile::tempdir().unwrap();
    let words = ["rescan", TASK, "--hosts-from", "-"];
    let short = [&words[..], &["--wait", "--wait-timeout", "1ms"]].concat();
    let first = crate::support::ran_with(cloud.command(&short).env("XDG_STATE_HOME", folder.path()), &lines(3));
    assert_eq!(first.code, 10, "{first:?}");
    let skipping = [&words[..], &["--skip-started"]].concat();
    let second = list(&cloud, folder.path(), &skipping, &lines(3));
    assert_eq!((second.code, status(&second)), (0, "finished".into()), "{second:?}");
    assert_eq!((&second.json()["skipped"], puts(&cloud)), (&3.into(), 1), "{second:?}");
    let third = list(&cloud, folder.path(), &skipping, &lines(3));
    assert_eq!((third.code, status(&third)), (10, "not_confirmed".into()), "{third:?}");
    assert_eq!(
        third.json()["wait"]["failed"],
        serde_json::json!([]),
        "what fails now is told: {third:?}"
    );
    let refused = list(&cloud, folder.path(), &words, &lines(3));
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.json()["error"]["hint"]
            .to_string()
            .contains("hss wait --servers"),
        "{refused:?}"
    );
}

#[test]
fn wait_without_an_end_names_the_next_command() {
    let cloud = Cloud::with(simulator().rescan(Rescan::NewTask));
    let ran = rescan(&cloud, "300ms");
    let hint = ran.json()["wait"]["hint"].to_string();
    assert!(
        hint.contains("hss tasks --servers --limit 5") && hint.contains(&format!("hss hosts {TASK} --status failed")),
        "{hint}"
    );
    let cloud = Cloud::with(simulator().scan_time(Duration::MAX));
    assert_eq!(cloud.hss(["rescan", TASK, "--all-failed"]).code, 0);
    let ran = rescan(&cloud, "300ms");
    let reason = ran.json()["wait"]["reason"].to_string();
    assert!(reason.contains("the task ran, as it did before the request"), "{ran:?}");
    let wrong = waiting(&cloud, &["wait", "--clusters", TASK], "1h");
    assert!(
        wrong.json()["error"]["hint"].to_string().contains("--servers"),
        "{wrong:?}"
    );
}

/// Lists that agree with each other, and not with the task, prove nothing.
#[test]
fn list_without_the_failures_of_its_task_confirms_nothing() {
    let mut host = Host::new("host", ScanState::Failed);
    host.then = Some(ScanState::Failed);
    let tasks = Tasks::new().with_vulnerability_scan_task(VulnerabilityScanTask::new(TASK).with(host));
    for (lists, code) in [(1, 9), (3, 10)] {
        let cloud = Cloud::with(simulator().tasks(tasks.clone()));
        let empty = Fault::answer(200).body(r#"{"total_num": 0, "data_list": []}"#);
        let empty = empty.operation("listVulScanTaskHost").times(4 * lists);
        cloud.simulator.inject(empty).unwrap();
        let ran = rescan(&cloud, "1h");
        assert_eq!(ran.code, code, "{lists}: {ran:?}");
        if code == 10 {
            let reason = ran.json()["wait"]["reason"].to_string();
            assert!(reason.contains("the task says that 1 failed"), "{ran:?}");
        }
    }
}

/// Without a limit, a task that never ends would keep a command for ever.
#[test]
fn retries_of_refusals_end_with_the_time_limit() {
    let builder = simulator().rescan(Rescan::RefuseWhileRunning).scan_time(Duration::MAX);
    let cloud = Cloud::with(builder.tasks(hosts(3, ScanState::Failed)));
    assert_eq!(cloud.hss(["rescan", TASK, "--all-failed"]).code, 0);
    let folder = tempfile::tempdir().unwrap();
    let words = ["rescan", TASK, "--hosts-from", "-", "--retry-refused-after", "50ms"];
    let ran = list_within(&cloud, folder.path(), &words, &lines(3), "500ms");
    assert_eq!(
        (ran.code, &ran.json()["error"]["code"]),
        (4, &"HSS.1006".into()),
        "{ran:?}"
    );
    assert!((3..=11).contains(&puts(&cloud)), "{}", puts(&cloud));
}

#[test]
fn options_of_lists_are_refused_elsewhere() {
    let cloud = Cloud::with(simulator());
    for option in [
        &["--skip-started"][..],
        &["--again"],
        &["--column", "x"],
        &["--retry-refused-after", "1s"],
    ] {
        for what in [&["--all-failed"][..], &["--host", "host-a"]] {
            let ran = cloud.hss([&["rescan", TASK], what, option].concat());
            assert_eq!(ran.code, 2, "{ran:?}");
            assert!(ran.stderr.contains("is for a list, with --hosts-from"), "{ran:?}");
        }
    }
    assert_eq!(cloud.simulator.requests(), []);
}

/// A run that begins anew and sends nothing leaves its journal as it was.
#[test]
fn again_without_a_send_forgets_nothing() {
    let cloud = Cloud::with(simulator().tasks(hosts(3, ScanState::Failed)).scan_time(Duration::ZERO));
    let folder = tempfile::tempdir().unwrap();
    let words = ["rescan", TASK, "--hosts-from", "-"];
    assert_eq!(list(&cloud, folder.path(), &words, &lines(3)).code, 0);
    cloud
        .simulator
        .inject(Fault::answer(500).operation("listVulScanTask").times(3))
        .unwrap();
    let again = [&words[..], &["--again"]].concat();
    assert_eq!(list(&cloud, folder.path(), &again, &lines(3)).code, 6);
    assert_eq!(
        list(&cloud, folder.path(), &words, &lines(3)).code,
        2,
        "all were started"
    );
    assert_eq!(list(&cloud, folder.path(), &again, &lines(3)).json()["confirmed"], 3);
    assert_eq!(puts(&cloud), 2);
}

/// What the service lists as failed is no success, whatever the row says.
#[test]
fn rows_of_the_list_of_failures_fail() {
    for answer in [
        serde_json::json!({"scan_status": "FAILED", "vul_scan_details": [{"vul_type": "linux_vul", "status": "FAILED"}]}),
        serde_json::json!({"scan_status": "paused", "vul_scan_details": []}),
        serde_json::json!({"scan_status": null, "vul_scan_details": [{"vul_type": "linux_vul", "status": "success"}]}),
    ] {
        let mut host = Host::new("host", ScanState::Failed);
        (host.then, host.answer) = (Some(ScanState::Failed), Some(answer));
        let tasks = Tasks::new().with_vulnerability_scan_task(VulnerabilityScanTask::new(TASK).with(host));
        let cloud = Cloud::with(simulator().tasks(tasks));
        for what in [&["--all-failed"][..], &["--host", "host"]] {
            let ran = waiting(&cloud, &[&["rescan", TASK, "--wait"], what].concat(), "1h");
            assert_eq!((ran.code, status(&ran)), (9, "finished".into()), "{ran:?}");
        }
    }
}

/// A scan item that its cluster's row does not have was not seen to succeed.
#[test]
fn scan_items_that_a_failed_cluster_does_not_show_fail() {
    for details in [
        serde_json::json!([{"scan_type": "benchmark", "status": "success"}]),
        serde_json::json!([]),
    ] {
        let mut cluster = Cluster::new("c0", [("cluster_vul", ScanState::Failed)]);
        cluster.then = Some(ScanState::Failed);
        cluster.answer = Some(serde_json::json!({"scan_detail_list": details}));
        let tasks = Tasks::new().with_cluster_scan_task(ClusterScanTask::new("weekly").with(cluster));
        let cloud = Cloud::with(simulator().tasks(tasks));
        let ran = waiting(
            &cloud,
            &["retry", "weekly", "--cluster", "c0=cluster_vul", "--wait"],
            "1h",
        );
        assert_eq!((ran.code, status(&ran)), (9, "finished".into()), "{ran:?}");
    }
}

/// The end was not seen, and what the task shows may be from before: sending it again is a repetition.
#[test]
fn failures_of_an_end_that_was_not_seen_are_told_and_not_free() {
    let tasks = crate::waits::task_that_fails_again();
    let cloud = Cloud::with(simulator().tasks(tasks));
    let folder = tempfile::tempdir().unwrap();
    let words = ["rescan", TASK, "--hosts-from", "-"];
    assert_eq!(
        list_within(&cloud, folder.path(), &words, "bad\ngood\n", "1ms").code,
        10
    );
    let has_ended = || {
        let task = cloud.simulator.vulnerability_scan_task(TASK).unwrap();
        task.hosts.iter().all(|host| host.state != ScanState::Scanning)
    };
    while !has_ended() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let skipping = [&words[..], &["--skip-started"]].concat();
    let told = list(&cloud, folder.path(), &skipping, "bad\ngood\n");
    assert_eq!((told.code, status(&told)), (10, "not_confirmed".into()), "{told:?}");
    assert_eq!(told.json()["wait"]["failed"][0]["id"], "bad", "{told:?}");
    assert_eq!(list(&cloud, folder.path(), &words, "bad\n").code, 2);
    assert_eq!(puts(&cloud), 1);

    let fault = Fault::answer(500).operation("listVulScanTask").times(3);
    cloud.simulator.inject(fault).unwrap();
    let unread = list(&cloud, folder.path(), &skipping, "bad\ngood\n");
    assert_eq!((unread.code, &unread.json()["skipped"]), (10, &2.into()), "{unread:?}");
}

/// A hint is a command that can be pasted.
#[test]
fn hints_have_the_options_that_say_where() {
    let cloud = Cloud::with(simulator());
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("a token");
    std::fs::write(&token, cloud.simulator.token()).unwrap();
    let token = token.to_str().unwrap();
    let fault = Fault::reset().operation("recreateVulScanTask");
    cloud.simulator.inject(fault).unwrap();
    let ran = cloud.hss([
        "rescan",
        TASK,
        "--all-failed",
        "--token-file",
        token,
        "--output",
        "json",
    ]);
    let hint = ran.json()["error"]["hint"].as_str().unwrap().to_owned();
    assert!(
        hint.ends_with(&format!("--status scanning --token-file '{token}'")),
        "{hint}"
    );
}
