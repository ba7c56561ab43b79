//! What requests and time do to tasks.

use std::time::Duration;

use crate::support::{Call, eventually, unlimited};
use huaweicloud_hss_sim::{
    ClusterScanTask, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Rescan, ScanState, Simulator, StartError, Tasks,
    VulnerabilityScanTask,
};
use serde_json::{Value, json};

use ScanState::{Failed, Scanning, Success};

/// Scans never end, so that a test can check what a request did.
async fn frozen() -> Simulator {
    unlimited().scan_time(Duration::MAX).start().await.unwrap()
}

fn hosts(simulator: &Simulator) -> Vec<ScanState> {
    let task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID).unwrap();
    task.hosts.iter().map(|host| host.state).collect()
}

fn scans(simulator: &Simulator) -> Vec<[ScanState; 3]> {
    let task = simulator.cluster_scan_task(DEMO_CLUSTER_SCAN_TASK_ID).unwrap();
    let states =
        |cluster: &str| ["cluster_vul", "risk_assessment", "benchmark"].map(|scan| task.state(cluster, scan).unwrap());
    ["cluster-1", "cluster-2", "cluster-3"].map(states).to_vec()
}

fn specific_hosts(simulator: &Simulator, ids: &[&str]) -> Call {
    Call::demo_rescan(simulator).json(&json!({"range_type": "specific_host", "host_ids": ids}))
}

fn specific_clusters(simulator: &Simulator, list: &Value) -> Call {
    let info = json!({"range_type": "specific_cluster", "cluster_info_list": list});
    Call::demo_retry(simulator).json(&json!({"task_type": "cluster_scan", "cluster_scan_info": info}))
}

const HOSTS_AT_START: [ScanState; 5] = [Failed, Failed, Success, Failed, Success];
const SCANS_AT_START: [[ScanState; 3]; 3] = [
    [Failed, Success, Failed],
    [Failed, Failed, Success],
    [Success, Success, Success],
];

#[tokio::test]
async fn all_failed_host_scans_only_failed_hosts() {
    let simulator = frozen().await;
    assert_eq!(hosts(&simulator), HOSTS_AT_START);
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    call.send(&simulator).await.assert_accepted();
    assert_eq!(hosts(&simulator), [Scanning, Scanning, Success, Scanning, Success]);
    assert_eq!(scans(&simulator), SCANS_AT_START);
}

#[tokio::test]
async fn named_hosts_are_scanned_in_any_state() {
    let simulator = frozen().await;
    specific_hosts(&simulator, &["host-c", "host-a", "host-a"])
        .send(&simulator)
        .await
        .assert_accepted();
    assert_eq!(hosts(&simulator), [Scanning, Failed, Scanning, Failed, Success]);
}

#[tokio::test]
async fn a_request_with_an_unknown_host_changes_nothing() {
    let simulator = frozen().await;
    let reply = specific_hosts(&simulator, &["host-a", "host-x\n"])
        .send(&simulator)
        .await;
    reply.assert_refused(400, "HSS.0011");
    reply.assert_message_holds(r#""host-x\n""#);
    assert_eq!(hosts(&simulator), HOSTS_AT_START);
}

#[tokio::test]
async fn scans_end_after_the_scan_time() {
    let simulator = unlimited().scan_time(Duration::from_millis(300)).start().await.unwrap();
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    let before = std::time::Instant::now();
    call.send(&simulator).await.assert_accepted();
    eventually(|| hosts(&simulator) == [Success; 5]).await;
    assert!(before.elapsed() >= Duration::from_millis(300), "{:?}", before.elapsed());
}

#[tokio::test]
async fn without_scan_time_no_scan_is_seen_running() {
    let simulator = unlimited()
        .scan_time(Duration::ZERO)
        .rescan(Rescan::RefuseWhileRunning)
        .start()
        .await
        .unwrap();
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    call.send(&simulator).await.assert_accepted();
    assert_eq!(hosts(&simulator), [Success; 5]);
    call.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn a_running_task_accepts_requests_unless_told_to_refuse() {
    for effect in [Rescan::SameTask, Rescan::RefuseWhileRunning] {
        let builder = unlimited().scan_time(Duration::MAX).rescan(effect);
        let simulator = builder.start().await.unwrap();
        let rescan = specific_hosts(&simulator, &["host-a"]);
        let retry = specific_clusters(&simulator, &json!([{"cluster_id": "cluster-1"}]));
        for call in [rescan, retry] {
            call.send(&simulator).await.assert_accepted();
            let again = call.send(&simulator).await;
            if effect == Rescan::RefuseWhileRunning {
                again.assert_refused(400, "HSS.1006")
            } else {
                again.assert_accepted()
            }
        }
    }
}

#[tokio::test]
async fn a_busy_task_changes_nothing() {
    let simulator = unlimited()
        .scan_time(Duration::MAX)
        .rescan(Rescan::RefuseWhileRunning)
        .start()
        .await
        .unwrap();
    specific_hosts(&simulator, &["host-a"])
        .send(&simulator)
        .await
        .assert_accepted();
    let other = specific_hosts(&simulator, &["host-b"]).send(&simulator).await;
    other.assert_refused(400, "HSS.1006");
    assert_eq!(hosts(&simulator), [Scanning, Failed, Success, Failed, Success]);
}

#[tokio::test]
async fn without_cluster_scan_info_all_failed_clusters_are_scanned() {
    let all = json!({"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "all_failed_cluster"}});
    for body in [all, json!({"task_type": "cluster_scan"})] {
        let simulator = frozen().await;
        Call::demo_retry(&simulator)
            .json(&body)
            .send(&simulator)
            .await
            .assert_accepted();
        let expected = [
            [Scanning, Success, Scanning],
            [Scanning, Scanning, Success],
            [Success; 3],
        ];
        assert_eq!(scans(&simulator), expected, "{body}");
        assert_eq!(hosts(&simulator), HOSTS_AT_START);
    }
}

#[tokio::test]
async fn named_clusters_are_scanned_by_item_or_by_what_failed() {
    let simulator = frozen().await;
    let list = json!([{"cluster_id": "cluster-1"}, {"cluster_id": "cluster-3", "scan_type_list": ["benchmark"]}]);
    specific_clusters(&simulator, &list)
        .send(&simulator)
        .await
        .assert_accepted();
    let expected = [
        [Scanning, Success, Scanning],
        [Failed, Failed, Success],
        [Success, Success, Scanning],
    ];
    assert_eq!(scans(&simulator), expected);
}

#[tokio::test]
async fn a_request_with_a_wrong_cluster_changes_nothing() {
    let simulator = frozen().await;
    let good = json!({"cluster_id": "cluster-1"});
    for (bad, code, place) in [
        (json!({"cluster_id": "cluster-9"}), "HSS.0011", "cluster-9"),
        (
            json!({"scan_type_list": ["benchmark"]}),
            "HSS.0001",
            "cluster_info_list/1/cluster_id",
        ),
        (
            json!({"cluster_id": "cluster-2", "scan_type_list": ["benchmark", "other"]}),
            "HSS.0001",
            "cluster_info_list/1/scan_type_list/1",
        ),
    ] {
        let reply = specific_clusters(&simulator, &json!([good, bad]))
            .send(&simulator)
            .await;
        reply.assert_refused(400, code);
        reply.assert_message_holds(place);
        assert_eq!(scans(&simulator), SCANS_AT_START);
    }
}

#[tokio::test]
async fn an_operation_knows_only_tasks_of_its_kind() {
    let simulator = frozen().await;
    let retry = json!({"task_type": "cluster_scan"});
    let rescan = json!({"range_type": "all_failed_host"});
    for call in [
        Call::retry(&simulator, DEMO_VUL_SCAN_TASK_ID).json(&retry),
        Call::rescan(&simulator, DEMO_CLUSTER_SCAN_TASK_ID).json(&rescan),
        Call::retry(&simulator, "none").json(&retry),
        Call::rescan(&simulator, "none").json(&rescan),
        Call::rescan(&simulator, &DEMO_VUL_SCAN_TASK_ID.to_uppercase()).json(&rescan),
    ] {
        call.send(&simulator).await.assert_refused(400, "HSS.0011");
    }
}

#[tokio::test]
async fn any_task_accepts_unknown_tasks_but_not_invalid_requests() {
    let simulator = unlimited().any_task(true).start().await.unwrap();
    let named = json!({"range_type": "specific_host", "host_ids": ["anything"]});
    Call::rescan(&simulator, "none")
        .json(&named)
        .send(&simulator)
        .await
        .assert_accepted();
    Call::rescan(&simulator, "none")
        .json(&json!({}))
        .send(&simulator)
        .await
        .assert_refused(400, "HSS.0001");
    assert_eq!(simulator.vulnerability_scan_task("none"), None, "no task is made up");
    // A task that exists is still checked.
    specific_hosts(&simulator, &["anything"])
        .send(&simulator)
        .await
        .assert_refused(400, "HSS.0011");
}

#[tokio::test]
async fn tasks_are_shown_in_the_form_of_the_file() {
    let text = r#"{
        "vulnerability_scan_tasks": [
            {"id": "v", "hosts": [{"id": "z", "state": "failed"}, {"id": "a", "state": "success"}]}
        ],
        "cluster_scan_tasks": [
            {"id": "c/1", "clusters": [{"id": "k", "scans": {"cluster_vul": "scanning", "new": "failed"}}]}
        ]
    }"#;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let tasks = Tasks::from_file(file.path()).unwrap();
    let simulator = unlimited().scan_time(Duration::MAX).tasks(tasks).start().await.unwrap();
    let written: Value = serde_json::from_str(text).unwrap();
    let shown = async |id: &str| Call::new("GET", &format!("/_sim/tasks/{id}")).send(&simulator).await;
    assert_eq!(shown("v").await.json(), written["vulnerability_scan_tasks"][0]);
    assert_eq!(shown("c%2F1").await.json(), written["cluster_scan_tasks"][0]);
    assert_eq!(shown("c/1").await.status, 404);
    assert_eq!(shown("none").await.status, 404);
    assert_eq!(shown("").await.status, 404);
}

#[tokio::test]
async fn a_scan_that_runs_at_the_start_ends() {
    let tasks = Tasks::new().with_cluster_scan_task(ClusterScanTask::new("c").with_cluster("k", [("s", Scanning)]));
    let simulator = unlimited()
        .scan_time(Duration::from_millis(1))
        .tasks(tasks)
        .start()
        .await
        .unwrap();
    eventually(|| simulator.cluster_scan_task("c").unwrap().state("k", "s") == Some(Success)).await;
}

#[tokio::test]
async fn duplicate_task_ids_fail_the_start() {
    let tasks = Tasks::new()
        .with_vulnerability_scan_task(VulnerabilityScanTask::new("same"))
        .with_cluster_scan_task(ClusterScanTask::new("same"));
    let error = unlimited().tasks(tasks).start().await.unwrap_err();
    assert!(matches!(error, StartError::Tasks(_)), "{error:?}");
}

#[test]
fn an_unreadable_file_says_why() {
    let error = Tasks::from_file("no/such/file.json").unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}
