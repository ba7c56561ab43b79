//! The operations that list tasks: what they show of the state that the other operations change.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{Call, Reply, pass, unlimited};
use huaweicloud_hss_sim::{
    Cluster, ClusterScanTask, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Host, Quota, Rescan, ScanState,
    Simulator, SimulatorBuilder, Tasks, Trigger, VulnerabilityScanTask,
};
use serde_json::{Value, json};

use ScanState::{Failed, Scanning, Success};

/// The document of the reads, read independently of the simulator.
const DOCUMENT: &str = include_str!("../../../openapi/hss-v5-tasks.json");

const SCAN_TIME: Duration = Duration::from_secs(90);

fn scanning() -> SimulatorBuilder {
    unlimited().scan_time(SCAN_TIME)
}

fn tasks(simulator: &Simulator, query: &str) -> Call {
    let project = simulator.project_id();
    let target = format!("/v5/{project}/vulnerability/scan-tasks{query}");
    Call::new("GET", &target).token(simulator.token())
}

fn hosts(simulator: &Simulator, task: &str, query: &str) -> Call {
    let project = simulator.project_id();
    let target = format!("/v5/{project}/vulnerability/scan-task/{task}/hosts{query}");
    Call::new("GET", &target).token(simulator.token())
}

fn common_tasks(simulator: &Simulator, query: &str, body: &Value) -> Call {
    let target = format!("/v5/{}/common/tasks/batch-query{query}", simulator.project_id());
    Call::new("POST", &target).token(simulator.token()).json(body)
}

fn resources(simulator: &Simulator, task: &str, query: &str, body: &Value) -> Call {
    let project = simulator.project_id();
    let target = format!("/v5/{project}/common/tasks/{task}/resources/batch-query{query}");
    Call::new("POST", &target).token(simulator.token()).json(body)
}

async fn read(simulator: &Simulator, call: Call) -> Value {
    let reply: Reply = call.send(simulator).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.json()
}

/// A member of each row.
fn each(answer: &Value, list: &str, member: &str) -> Vec<String> {
    let rows = answer[list].as_array().unwrap().iter();
    rows.map(|row| row[member].as_str().unwrap_or("-").to_owned()).collect()
}

async fn rescan(simulator: &Simulator, ids: &[&str]) {
    let body = json!({"range_type": "specific_host", "host_ids": ids});
    Call::demo_rescan(simulator)
        .json(&body)
        .send(simulator)
        .await
        .assert_accepted();
}

async fn demo_task(simulator: &Simulator) -> Value {
    let answer = read(
        simulator,
        tasks(simulator, &format!("?task_id={DEMO_VUL_SCAN_TASK_ID}")),
    )
    .await;
    answer["data_list"][0].clone()
}

const CLUSTERS: &str = r#"{"task_type": "cluster_scan"}"#;

fn cluster_scans() -> Value {
    serde_json::from_str(CLUSTERS).unwrap()
}

#[tokio::test]
async fn answers_are_what_the_document_says_at_every_stage() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let follows = |schema: &str, answer: &Value| {
        let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
        let whole = json!({"components": document["components"], "allOf": [reference]});
        let validator = jsonschema::draft4::new(&whole).unwrap();
        if let Err(error) = validator.validate(answer) {
            panic!("{schema}: {error} in {answer}");
        }
        // Every member is one of the document's, with one of its values.
        known(&document, &document["components"]["schemas"][schema], answer);
    };
    let simulator = scanning().start().await.unwrap();
    for stage in 0..3 {
        match stage {
            0 => {}
            1 => {
                rescan(&simulator, &["host-a"]).await;
                let body = json!({"task_type": "cluster_scan"});
                Call::demo_retry(&simulator)
                    .json(&body)
                    .send(&simulator)
                    .await
                    .assert_accepted();
            }
            _ => pass(SCAN_TIME).await,
        }
        follows(
            "ListVulScanTaskResponse",
            &read(&simulator, tasks(&simulator, "")).await,
        );
        let answer = read(&simulator, hosts(&simulator, DEMO_VUL_SCAN_TASK_ID, "")).await;
        assert_eq!(answer["total_num"], 5);
        follows("ListVulScanTaskHostResponse", &answer);
        let answer = read(&simulator, common_tasks(&simulator, "", &cluster_scans())).await;
        assert_eq!(answer["total_num"], 1);
        follows("ListTasksResponse", &answer);
        let call = resources(&simulator, DEMO_CLUSTER_SCAN_TASK_ID, "", &cluster_scans());
        let answer = read(&simulator, call).await;
        assert_eq!(answer["total_num"], 3);
        follows("ListTaskResourcesResponse", &answer);
    }
}

fn known(document: &Value, schema: &Value, value: &Value) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => schema,
    };
    for (name, member) in value.as_object().into_iter().flatten() {
        let property = schema["properties"].get(name);
        known(
            document,
            property.unwrap_or_else(|| panic!("{name} in {value}")),
            member,
        );
    }
    for item in value.as_array().into_iter().flatten() {
        known(document, &schema["items"], item);
    }
    if let Some(values) = schema["x-known-values"].as_array() {
        assert!(values.contains(value), "{value} is none of {values:?}");
    }
}

#[tokio::test]
async fn lists_show_the_state_that_rescans_change() {
    let simulator = scanning().start().await.unwrap();
    let before = demo_task(&simulator).await;
    let numbers = |task: &Value| {
        ["scanning_host_num", "success_host_num", "failed_host_num"].map(|name| task[name].as_u64().unwrap())
    };
    assert_eq!(
        (before["status"].as_str(), numbers(&before)),
        (Some("finished"), [0, 2, 3])
    );

    rescan(&simulator, &["host-a", "host-c"]).await;
    let during = demo_task(&simulator).await;
    assert_eq!(
        (during["status"].as_str(), numbers(&during)),
        (Some("running"), [2, 1, 2])
    );
    assert_eq!((&during["estimated_time"], during.get("end_time")), (&json!(2), None));

    pass(SCAN_TIME).await;
    let after = demo_task(&simulator).await;
    assert_eq!(
        (after["status"].as_str(), numbers(&after)),
        (Some("finished"), [0, 3, 2])
    );
    let times = |task: &Value| ["start_time", "end_time"].map(|name| task[name].as_i64().unwrap());
    assert_eq!(times(&before)[0], times(&after)[0]);
    assert!(times(&after)[1] >= times(&before)[1] + 90_000, "{before} {after}");
    let now = jiff::Timestamp::now().as_millisecond();
    assert!(
        (now - 600_000..now + 600_000).contains(&times(&before)[0]),
        "milliseconds: {before}"
    );
}

#[tokio::test]
async fn failed_hosts_and_clusters_have_reasons_and_others_have_none() {
    let task = VulnerabilityScanTask::new("t")
        .with_host("good", Success)
        .with_host("bad", Failed);
    let mut odd = Host::new("odd", Failed);
    odd.failed_reason = Some("r".repeat(1024));
    let mut cluster = Cluster::new("c", [("cluster_vul", Failed), ("benchmark", Success)]);
    cluster.failed_reason = Some("No access.".to_owned());
    let tasks = Tasks::new()
        .with_vulnerability_scan_task(task.with(odd))
        .with_cluster_scan_task(ClusterScanTask::new("ct").with(cluster));
    let simulator = scanning().tasks(tasks).start().await.unwrap();
    let answer = read(&simulator, hosts(&simulator, "t", "")).await;
    let rows = &answer["data_list"];
    assert_eq!(
        rows[0]["vul_scan_details"],
        json!([{"vul_type": "linux_vul", "status": "success"}])
    );
    assert_eq!(rows[0].get("failed_reasons"), None);
    assert_eq!(
        rows[1]["vul_scan_details"][0]["failed_reason"],
        "The agent did not answer."
    );
    assert_eq!(rows[2]["vul_scan_details"][0]["failed_reason"], "r".repeat(1024));
    assert_eq!(
        rows[2]["failed_reasons"][0]["failed_reason"],
        "r".repeat(128),
        "the older list is shorter"
    );
    let answer = read(&simulator, resources(&simulator, "ct", "", &cluster_scans())).await;
    let row = &answer["cluster_scan_data_list"][0];
    assert_eq!(row["scan_status"], "failed");
    let details = json!([
        {"scan_type": "benchmark", "status": "success"},
        {"scan_type": "cluster_vul", "status": "failed", "failed_reason": "No access."},
    ]);
    assert_eq!(row["scan_detail_list"], details);
}

#[tokio::test]
async fn pages_have_the_documented_sizes() {
    let mut task = VulnerabilityScanTask::new("t");
    let mut clusters = ClusterScanTask::new("ct");
    for number in 0..25 {
        task = task.with_host(format!("h{number:02}"), Failed);
        clusters = clusters.with_cluster(format!("c{number:02}"), [("benchmark", Failed)]);
    }
    let tasks = Tasks::new()
        .with_vulnerability_scan_task(task)
        .with_cluster_scan_task(clusters);
    let simulator = scanning().tasks(tasks).start().await.unwrap();
    for (query, expected) in [
        ("", 0..10),
        ("?limit=20", 0..20),
        ("?limit=10&offset=20", 20..25),
        ("?offset=25", 0..0),
    ] {
        let answer = read(&simulator, hosts(&simulator, "t", query)).await;
        let names = |letter: char| {
            expected
                .clone()
                .map(|number| format!("{letter}{number:02}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (&answer["total_num"], each(&answer, "data_list", "host_id")),
            (&json!(25), names('h')),
            "{query}"
        );
        let answer = read(&simulator, resources(&simulator, "ct", query, &cluster_scans())).await;
        assert_eq!(
            each(&answer, "cluster_scan_data_list", "cluster_id"),
            names('c'),
            "{query}"
        );
    }
    for query in [
        "?limit=9",
        "?limit=201",
        "?limit=x",
        "?limit=",
        "?offset=-1",
        "?offset=2000001",
        "?limit=10&limit=10",
    ] {
        for call in [
            hosts(&simulator, "t", query),
            common_tasks(&simulator, query, &cluster_scans()),
            resources(&simulator, "ct", query, &cluster_scans()),
        ] {
            call.send(&simulator).await.assert_refused(400, "HSS.0001");
        }
    }
    // The document names no limits of this operation; these are the simulator's guess.
    for (query, is_fine) in [
        ("?limit=1", true),
        ("?limit=200", true),
        ("?limit=0", false),
        ("?limit=201", false),
        ("?offset=-1", false),
    ] {
        let status = tasks_status(&simulator, query).await;
        assert_eq!(status, if is_fine { 200 } else { 400 }, "{query}");
    }
}

#[tokio::test]
async fn integers_are_as_wide_as_their_format() {
    let simulator = scanning().start().await.unwrap();
    for (query, is_fine) in [
        ("?offset=2147483647", true),
        ("?offset=2147483648", false),
        ("?min_start_time=9223372036854775807", true),
        ("?min_start_time=9223372036854775808", false),
        ("?max_start_time=-9223372036854775808", true),
        ("?max_start_time=-9223372036854775809", false),
    ] {
        let status = tasks_status(&simulator, query).await;
        assert_eq!(status, if is_fine { 200 } else { 400 }, "{query}");
    }
    let widest = i64::MAX.unsigned_abs();
    for (time, is_fine) in [(widest, true), (widest + 1, false)] {
        let body = json!({ "task_type": "cluster_scan", "end_create_time": time });
        let reply = common_tasks(&simulator, "", &body).send(&simulator).await;
        assert_eq!(reply.status, if is_fine { 200 } else { 400 }, "{time}");
    }
}

async fn tasks_status(simulator: &Simulator, query: &str) -> u16 {
    tasks(simulator, query).send(simulator).await.status
}

/// Three tasks of each kind that differ in everything that a filter asks for.
fn different_tasks() -> Tasks {
    let mut old = VulnerabilityScanTask::new("old").with_host("h", Failed);
    old.start_time = Some(1_000);
    let mut newer = VulnerabilityScanTask::new("newer").with_host("h", Scanning);
    (newer.start_time, newer.trigger) = (Some(2_000), Trigger::Schedule);
    let mut first = ClusterScanTask::new("first").with_cluster("c", [("cluster_vul", Failed)]);
    (first.start_time, first.name) = (Some(1_000), Some("the weekly one".to_owned()));
    let scans = [("cluster_vul", Scanning), ("benchmark", Success)];
    let mut second = ClusterScanTask::new("second")
        .with_cluster("c", scans)
        .with_cluster("d", [("benchmark", Failed)]);
    (second.start_time, second.trigger) = (Some(2_000), Trigger::Schedule);
    Tasks::new()
        .with_vulnerability_scan_task(old)
        .with_vulnerability_scan_task(newer)
        .with_cluster_scan_task(first)
        .with_cluster_scan_task(second)
}

#[tokio::test]
async fn filters_leave_only_what_they_ask_for() {
    let simulator = scanning().tasks(different_tasks()).start().await.unwrap();
    for (query, expected) in [
        ("", "newer old"),
        ("?task_id=old", "old"),
        ("?task_id=none", ""),
        ("?scan_type=schedule", "newer"),
        ("?min_start_time=1001", "newer"),
        ("?min_start_time=1000&max_start_time=1999", "old"),
    ] {
        let answer = read(&simulator, tasks(&simulator, query)).await;
        assert_eq!(each(&answer, "data_list", "id").join(" "), expected, "{query}");
    }
    for (body, expected) in [
        (json!({}), "second first"),
        (json!({"task_id": "first"}), "first"),
        (json!({"task_name": "weekly"}), "first"),
        (json!({"task_name": "secon"}), "second"),
        (json!({"trigger_type": "schedule"}), "second"),
        (json!({"task_status": "running"}), "second"),
        (json!({"task_status": "finished"}), "first"),
        (json!({"task_status": "ready"}), ""),
        (json!({"start_create_time": 1001}), "second"),
        (json!({"end_create_time": 1999}), "first"),
        (json!({"sort_key": "start_time", "sort_dir": "asc"}), "first second"),
        (json!({"sort_key": "start_time", "sort_dir": "desc"}), "second first"),
        (json!({"cluster_scan_info": {"scan_type_list": []}}), "second first"),
        (
            json!({"cluster_scan_info": {"scan_type_list": ["cluster_vul", "benchmark"]}}),
            "second",
        ),
        (json!({"task_type": "iac_scan"}), ""),
    ] {
        let mut sent = cluster_scans();
        for (name, value) in body.as_object().unwrap() {
            sent[name] = value.clone();
        }
        let answer = read(&simulator, common_tasks(&simulator, "", &sent)).await;
        assert_eq!(each(&answer, "data_list", "task_id").join(" "), expected, "{body}");
    }
    for (info, expected) in [
        (json!({}), "c d"),
        (json!({"scan_status": "scanning"}), "c"),
        (json!({"scan_status": "failed"}), "d"),
        (json!({"cluster_id": "d"}), "d"),
        (json!({"cluster_name": "c"}), "c"),
        (json!({"cluster_type": "aws"}), ""),
    ] {
        let body = json!({"task_type": "cluster_scan", "cluster_scan_info": info});
        let answer = read(&simulator, resources(&simulator, "second", "", &body)).await;
        assert_eq!(
            each(&answer, "cluster_scan_data_list", "cluster_id").join(" "),
            expected,
            "{info}"
        );
    }
    let files = json!({"task_type": "iac_scan"});
    let answer = read(&simulator, resources(&simulator, "second", "", &files)).await;
    assert_eq!(answer, json!({"total_num": 0, "iac_scan_data_list": []}));
    for call in [
        tasks(&simulator, "?scan_type=weekly"),
        common_tasks(&simulator, "", &json!({})),
        common_tasks(
            &simulator,
            "",
            &json!({"task_type": "cluster_scan", "task_status": "failed"}),
        ),
        resources(&simulator, "second", "", &json!({"task_type": "cluster_scans"})),
    ] {
        call.send(&simulator).await.assert_refused(400, "HSS.0001");
    }
}

#[tokio::test]
async fn hosts_of_a_state_are_those_that_a_rescan_takes() {
    let simulator = scanning().start().await.unwrap();
    let failed = || hosts(&simulator, DEMO_VUL_SCAN_TASK_ID, "?scan_status=failed");
    let answer = read(&simulator, failed()).await;
    let ids = each(&answer, "data_list", "host_id");
    assert_eq!(ids, ["host-a", "host-b", "host-d"]);
    rescan(&simulator, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(read(&simulator, failed()).await["total_num"], 0);
}

#[tokio::test]
async fn unknown_tasks_are_refused_unless_any_is_taken() {
    for (any, expected) in [(false, 400), (true, 200)] {
        let simulator = scanning().any_task(any).start().await.unwrap();
        // A task of the other kind is unknown, too.
        for call in [
            hosts(&simulator, "none", ""),
            hosts(&simulator, DEMO_CLUSTER_SCAN_TASK_ID, ""),
            resources(&simulator, DEMO_VUL_SCAN_TASK_ID, "", &cluster_scans()),
        ] {
            let reply = call.send(&simulator).await;
            assert_eq!(reply.status, expected, "{}", reply.body);
            let code = reply.json()["error_code"].as_str().map(str::to_owned);
            assert_eq!(code.as_deref(), (!any).then_some("HSS.0011"));
        }
    }
}

#[tokio::test]
async fn with_new_task_the_old_one_stays_and_the_new_one_scans_what_was_asked_for() {
    let simulator = scanning().rescan(Rescan::NewTask).start().await.unwrap();
    rescan(&simulator, &["host-c", "host-a"]).await;
    let answer = read(&simulator, tasks(&simulator, "")).await;
    let ids = each(&answer, "data_list", "id");
    assert_eq!(
        (ids.len(), &ids[1]),
        (2, &DEMO_VUL_SCAN_TASK_ID.to_owned()),
        "newest first"
    );
    assert_eq!(each(&answer, "data_list", "status"), ["running", "finished"]);
    assert_eq!(answer["data_list"][1]["failed_host_num"], 3);
    let answer = read(&simulator, hosts(&simulator, &ids[0], "")).await;
    assert_eq!(each(&answer, "data_list", "host_id"), ["host-a", "host-c"]);

    let body = json!({"task_type": "cluster_scan", "cluster_scan_info": {
        "range_type": "specific_cluster",
        "cluster_info_list": [{"cluster_id": "cluster-1"}, {"cluster_id": "cluster-3", "scan_type_list": ["benchmark"]}],
    }});
    Call::demo_retry(&simulator)
        .json(&body)
        .send(&simulator)
        .await
        .assert_accepted();
    let answer = read(&simulator, common_tasks(&simulator, "", &cluster_scans())).await;
    let ids = each(&answer, "data_list", "task_id");
    let answer = read(&simulator, resources(&simulator, &ids[0], "", &cluster_scans())).await;
    let scans = |row: &Value| each(row, "scan_detail_list", "scan_type").join(" ");
    let found: Vec<String> = answer["cluster_scan_data_list"]
        .as_array()
        .unwrap()
        .iter()
        .map(scans)
        .collect();
    assert_eq!(found, ["benchmark cluster_vul", "benchmark"]);

    // Nothing failed in the new task, so nothing is started, and no empty task is made.
    pass(SCAN_TIME).await;
    Call::retry(&simulator, &ids[0])
        .json(&cluster_scans())
        .send(&simulator)
        .await
        .assert_accepted();
    assert_eq!(
        read(&simulator, common_tasks(&simulator, "", &cluster_scans())).await["total_num"],
        2
    );
}

#[tokio::test]
async fn made_tasks_are_bounded() {
    let simulator = scanning().rescan(Rescan::NewTask).start().await.unwrap();
    for _ in 0..1_001 {
        rescan(&simulator, &["host-a"]).await;
    }
    let answer = read(&simulator, tasks(&simulator, "")).await;
    assert_eq!(answer["total_num"], 1_001, "those that were made and the built-in one");
}

#[tokio::test]
async fn stale_answers_show_the_state_before_and_then_the_present_one() {
    let simulator = scanning().stale_polls(2).start().await.unwrap();
    rescan(&simulator, &["host-a"]).await;
    assert_eq!(
        simulator
            .vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID)
            .unwrap()
            .state("host-a"),
        Some(Scanning)
    );
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(demo_task(&simulator).await["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["finished", "finished", "running"]);
    // A page of another task does not count.
    rescan(&simulator, &["host-b"]).await;
    read(&simulator, common_tasks(&simulator, "", &cluster_scans())).await;
    let mut failed = Vec::new();
    for _ in 0..3 {
        let call = hosts(&simulator, DEMO_VUL_SCAN_TASK_ID, "?scan_status=failed");
        failed.push(each(&read(&simulator, call).await, "data_list", "host_id").join(" "));
    }
    assert_eq!(failed, ["host-b host-d", "host-b host-d", "host-d"]);
}

#[tokio::test]
async fn an_unstable_order_changes_between_answers_and_loses_no_row() {
    let mut task = VulnerabilityScanTask::new("t");
    for number in 0..40 {
        task = task.with_host(format!("h{number}"), Failed);
    }
    let tasks = Tasks::new().with_vulnerability_scan_task(task);
    for unstable in [false, true] {
        let builder = scanning().tasks(tasks.clone()).unstable_order(unstable);
        let simulator = builder.start().await.unwrap();
        let mut orders = Vec::new();
        for _ in 0..2 {
            let answer = read(&simulator, hosts(&simulator, "t", "?limit=200")).await;
            orders.push(each(&answer, "data_list", "host_id"));
        }
        assert_eq!(orders[0] != orders[1], unstable);
        let sets: Vec<BTreeSet<&String>> = orders.iter().map(|order| order.iter().collect()).collect();
        assert_eq!((sets[0].len(), &sets[0]), (40, &sets[1]));
    }
}

#[tokio::test]
async fn answers_can_miss_members_and_have_new_members_and_values() {
    let given = Tasks::from_json(
        r#"{
            "vulnerability_scan_tasks": [{
                "id": "t", "answer": {"status": "paused", "failed_host_num": null},
                "hosts": [{"id": "h", "state": "failed", "answer": {
                    "host_name": null, "scan_status": "skipped", "new_member": {"a": [1]}, "host_id": null
                }}]
            }],
            "cluster_scan_tasks": [{
                "id": "ct", "answer": {"cluster_scan_info": {"failed_cluster_num": null}},
                "clusters": [{"id": "c", "scans": {"benchmark": "failed"}, "answer": {"cluster_type": "mars"}}]
            }]
        }"#,
    )
    .unwrap();
    let simulator = scanning().tasks(given).start().await.unwrap();
    let row = read(&simulator, tasks(&simulator, "")).await["data_list"][0].clone();
    assert_eq!(
        (row["status"].as_str(), row.get("failed_host_num")),
        (Some("paused"), None)
    );
    // Filters see the state, not the row.
    let answer = read(&simulator, hosts(&simulator, "t", "?scan_status=failed")).await;
    let row = &answer["data_list"][0];
    assert_eq!(
        (&row["scan_status"], &row["new_member"]),
        (&json!("skipped"), &json!({"a": [1]}))
    );
    assert_eq!((row.get("host_name"), row.get("host_id")), (None, None));
    let answer = read(&simulator, common_tasks(&simulator, "", &cluster_scans())).await;
    let info = &answer["data_list"][0]["cluster_scan_info"];
    assert_eq!(
        (info.get("failed_cluster_num"), &info["success_cluster_num"]),
        (None, &json!(0))
    );
    let answer = read(&simulator, resources(&simulator, "ct", "", &cluster_scans())).await;
    assert_eq!(answer["cluster_scan_data_list"][0]["cluster_type"], "mars");
}

#[tokio::test]
async fn scans_end_as_the_file_says() {
    let mut host = Host::new("h", Failed);
    host.then = Some(Failed);
    let mut cluster = Cluster::new("c", [("benchmark", Failed)]);
    cluster.then = Some(Failed);
    let tasks = Tasks::new()
        .with_vulnerability_scan_task(VulnerabilityScanTask::new("t").with(host).with_host("other", Failed))
        .with_cluster_scan_task(ClusterScanTask::new("ct").with(cluster));
    let simulator = scanning().tasks(tasks).start().await.unwrap();
    for _ in 0..2 {
        let all = json!({"range_type": "all_failed_host"});
        Call::rescan(&simulator, "t")
            .json(&all)
            .send(&simulator)
            .await
            .assert_accepted();
        Call::retry(&simulator, "ct")
            .json(&cluster_scans())
            .send(&simulator)
            .await
            .assert_accepted();
        let answer = read(&simulator, hosts(&simulator, "t", "?scan_status=scanning")).await;
        assert!(
            each(&answer, "data_list", "host_id").contains(&"h".to_owned()),
            "it is scanned each time"
        );
        pass(SCAN_TIME).await;
        let answer = read(&simulator, hosts(&simulator, "t", "?scan_status=failed")).await;
        assert_eq!(each(&answer, "data_list", "host_id"), ["h"]);
        let answer = read(&simulator, resources(&simulator, "ct", "", &cluster_scans())).await;
        assert_eq!(each(&answer, "cluster_scan_data_list", "scan_status"), ["failed"]);
    }
}

#[tokio::test]
async fn each_read_has_a_quota_of_its_own() {
    let simulator = Simulator::builder()
        .quota(Quota::per_minute(1).unwrap())
        .start()
        .await
        .unwrap();
    for expected in [200, 429] {
        for call in [
            tasks(&simulator, ""),
            hosts(&simulator, DEMO_VUL_SCAN_TASK_ID, ""),
            common_tasks(&simulator, "", &cluster_scans()),
            resources(&simulator, DEMO_CLUSTER_SCAN_TASK_ID, "", &cluster_scans()),
        ] {
            assert_eq!(call.send(&simulator).await.status, expected, "{}", call.target);
        }
    }
}

#[tokio::test]
async fn accepts_the_documents_examples() {
    let simulator = scanning().start().await.unwrap();
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let examples = &item["post"]["requestBody"]["content"]["application/json"]["examples"];
        for example in examples
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, example)| &example["value"])
        {
            let path = path.replace("{project_id}", simulator.project_id());
            let path = path.replace("{task_id}", DEMO_CLUSTER_SCAN_TASK_ID);
            let call = Call::new("POST", &path).token(simulator.token()).json(example);
            assert_eq!(read(&simulator, call).await.get("error_code"), None);
            sent += 1;
        }
    }
    assert_eq!(sent, 4);
}
