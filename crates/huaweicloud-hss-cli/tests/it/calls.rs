//! Both operations in every form: the output, and the request that arrived.

use huaweicloud_hss_sim::ScanState;
use serde_json::{Value, json};

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, Ran, TOKEN, command, ran, ran_with, redacted};

/// Checks the operation, the end of the path, the query and the body of the request.
fn assert_arrived(cloud: &Cloud, operation: &str, path: &str, query: &[(&str, &str)], body: &Value) {
    let request = cloud.request();
    assert_eq!(request.operation.as_deref(), Some(operation));
    assert_eq!(request.method, "PUT");
    assert_eq!(request.path, format!("/v5/{}/{path}", cloud.simulator.project_id()));
    let arrived: Vec<(&str, &str)> = request.query.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(arrived, query);
    let arrived: Value = serde_json::from_str(&request.body.unwrap()).unwrap();
    assert_eq!(&arrived, body);
}

fn assert_rescanned(cloud: &Cloud, body: &Value) {
    let path = format!("vulnerability/scan/task/{HOST_TASK}/rescan");
    assert_arrived(cloud, "recreateVulScanTask", &path, &[], body);
}

fn assert_retried(cloud: &Cloud, body: &Value) {
    let path = format!("common/tasks/{CLUSTER_TASK}/retry");
    assert_arrived(cloud, "retryTask", &path, &[], body);
}

fn assert_accepted(ran: &Ran) {
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stdout.starts_with("accepted: "), "{ran:?}");
}

#[test]
fn rescan_all_failed_sends_all_failed_host() {
    let cloud = Cloud::start();
    let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed"]);
    assert_accepted(&ran);
    assert_rescanned(&cloud, &json!({"range_type": "all_failed_host"}));
    redacted(|| insta::assert_snapshot!("accepted_rescan", ran.transcript()));
}

#[test]
fn rescan_hosts_sends_their_ids() {
    let cloud = Cloud::start();
    assert_accepted(&cloud.hss(["rescan", HOST_TASK, "--host", "host-b", "--host=host-a"]));
    assert_rescanned(
        &cloud,
        &json!({"range_type": "specific_host", "host_ids": ["host-b", "host-a"]}),
    );
    let task = cloud.simulator.vulnerability_scan_task(HOST_TASK).unwrap();
    assert_eq!(task.state("host-d"), Some(ScanState::Failed), "not named");
}

#[test]
fn host_option_is_not_split_at_commas() {
    let cloud = Cloud::start();
    let ran = cloud.hss(["rescan", HOST_TASK, "--host", "host-a,host-b"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("has a comma at position 7; give each one by itself"),
        "{ran:?}"
    );
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn rescan_body_is_read_from_file_and_stdin() {
    let body = r#"{"range_type": "specific_host", "host_ids": ["host-a", "host-a"]}"#;
    let expected: Value = serde_json::from_str(body).unwrap();

    let cloud = Cloud::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), body).unwrap();
    cloud.hss([
        "rescan".as_ref(),
        HOST_TASK.as_ref(),
        "--body".as_ref(),
        file.path().as_os_str(),
    ]);
    assert_rescanned(&cloud, &expected);

    let cloud = Cloud::start();
    ran_with(&mut cloud.command(["rescan", HOST_TASK, "--body", "-"]), body);
    assert_rescanned(&cloud, &expected);
}

#[test]
fn rescan_body_can_select_all_failed() {
    let cloud = Cloud::start();
    let mut command = cloud.command(["rescan", HOST_TASK, "--body", "-"]);
    assert_accepted(&ran_with(&mut command, r#"{"range_type": "all_failed_host"}"#));
    assert_rescanned(&cloud, &json!({"range_type": "all_failed_host"}));
}

#[test]
fn retry_all_failed_sends_all_failed_cluster() {
    let cloud = Cloud::start();
    let ran = cloud.hss(["retry", CLUSTER_TASK, "--all-failed"]);
    assert_accepted(&ran);
    assert_retried(
        &cloud,
        &json!({"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "all_failed_cluster"}}),
    );
    redacted(|| insta::assert_snapshot!("accepted_retry", ran.transcript()));
}

#[test]
fn retry_clusters_sends_ids_and_scan_items() {
    let cloud = Cloud::start();
    let clusters = ["--cluster", "cluster-1=cluster_vul,benchmark", "--cluster", "cluster-2"];
    assert_accepted(&cloud.hss(["retry", CLUSTER_TASK].into_iter().chain(clusters)));
    assert_retried(
        &cloud,
        &json!({"task_type": "cluster_scan", "cluster_scan_info": {
            "range_type": "specific_cluster",
            "cluster_info_list": [
                {"cluster_id": "cluster-1", "scan_type_list": ["cluster_vul", "benchmark"]},
                {"cluster_id": "cluster-2"},
            ],
        }}),
    );
}

#[test]
fn retry_body_is_sent_as_is() {
    for body in [
        json!({"task_type": "cluster_scan"}),
        json!({"task_type": "cluster_scan", "cluster_scan_info": {
            "range_type": "specific_cluster",
            "cluster_info_list": [{"cluster_id": "cluster-1", "scan_type_list": ["benchmark"]}],
        }}),
        // The vendor requires no property of a cluster.
        json!({"task_type": "cluster_scan", "cluster_scan_info": {
            "range_type": "specific_cluster", "cluster_info_list": [{}],
        }}),
    ] {
        let cloud = Cloud::start();
        ran_with(
            &mut cloud.command(["retry", CLUSTER_TASK, "--body", "-"]),
            &body.to_string(),
        );
        assert_retried(&cloud, &body);
    }
}

#[test]
fn enterprise_project_is_sent_in_every_form() {
    let body = r#"{"range_type": "all_failed_host"}"#;
    for arguments in [["--all-failed", "-q"], ["--body", "-"]] {
        let cloud = Cloud::start();
        let mut command = cloud.command(["rescan", HOST_TASK].into_iter().chain(arguments));
        command.env("HW_ENTERPRISE_PROJECT_ID", "all_granted_eps");
        assert_accepted(&ran_with(&mut command, body));
        assert_eq!(
            cloud.request().query,
            [("enterprise_project_id".to_owned(), "all_granted_eps".to_owned())]
        );
    }
    let cloud = Cloud::start();
    let words = [
        "retry",
        CLUSTER_TASK,
        "--all-failed",
        "--enterprise-project-id",
        "a&b=c",
    ];
    assert_accepted(&cloud.hss(words));
    assert_eq!(
        cloud.request().query,
        [("enterprise_project_id".to_owned(), "a&b=c".to_owned())]
    );
}

#[test]
fn options_take_precedence_over_the_environment() {
    let cloud = Cloud::start();
    let mut command = command([
        "rescan",
        HOST_TASK,
        "--all-failed",
        "--endpoint",
        &cloud.simulator.endpoint(),
    ]);
    command
        .args([
            "--project-id",
            cloud.simulator.project_id(),
            "--enterprise-project-id",
            "from-the-flag",
        ])
        .env("HSS_ENDPOINT", "https://elsewhere.invalid")
        .env("HUAWEICLOUD_SDK_PROJECT_ID", "another")
        .env("HW_ENTERPRISE_PROJECT_ID", "from-the-environment")
        .env("HSS_AUTH_TOKEN", TOKEN);
    assert_accepted(&ran(&mut command));
    assert_eq!(
        cloud.request().query,
        [("enterprise_project_id".to_owned(), "from-the-flag".to_owned())]
    );
}

#[test]
fn task_id_arrives_unchanged() {
    for id in ["a/b", "x\\..\\other", "%2e%2e", "a?b#c", "\u{1f980}é"] {
        let cloud = Cloud::start();
        cloud.hss(["rescan", id, "--all-failed"]);
        let path = cloud.request().path;
        let segment = path.split('/').nth(6).unwrap();
        let decoded: Vec<u8> = unescaped(segment);
        assert_eq!(String::from_utf8(decoded).unwrap(), id);
        assert!(path.ends_with("/rescan"), "{path}");
    }
}

fn unescaped(segment: &str) -> Vec<u8> {
    let mut pieces = segment.split('%');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.bytes());
    }
    bytes
}

#[test]
fn accepted_json_has_every_key() {
    let cloud = Cloud::start();
    let ran = cloud.hss(["--output", "json", "retry", CLUSTER_TASK, "--all-failed"]);
    let mut object = ran.json();
    let request_id = object["request_id"].take();
    assert_eq!(request_id.as_str().map(str::len), Some(32));
    assert_eq!(
        object,
        json!({"operation": "retry_task", "task_id": CLUSTER_TASK, "status": 200, "request_id": null})
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn accepted_json_has_null_for_a_missing_request_id() {
    let cloud = Cloud::start();
    let proxy = huaweicloud_hss_sim::Fault::answer(200).header("X-Request-Id", "");
    cloud.simulator.inject(proxy).unwrap();
    let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", "--output=json"]);
    assert_eq!(
        ran.json(),
        json!({"operation": "recreate_vul_scan_task", "task_id": HOST_TASK, "status": 200, "request_id": null})
    );
}

#[test]
fn duplicate_hosts_are_sent_once_with_a_note() {
    let cloud = Cloud::start();
    let hosts = [
        "--host", "host-a", "--host", "host-b", "--host", "host-a", "--host", "host-a",
    ];
    let ran = cloud.hss(["rescan", HOST_TASK].into_iter().chain(hosts));
    assert_rescanned(
        &cloud,
        &json!({"range_type": "specific_host", "host_ids": ["host-a", "host-b"]}),
    );
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (0, "note: host host-a was given more than once; it is sent once\n")
    );
}

#[test]
fn duplicate_clusters_are_sent_once_and_unknown_scan_items_warn() {
    let cloud = Cloud::start();
    let cluster = "cluster-1=benchmark,benchmark,pods";
    let ran = cloud.hss(["retry", CLUSTER_TASK, "--cluster", cluster, "--cluster", cluster]);
    assert_retried(
        &cloud,
        &json!({"task_type": "cluster_scan", "cluster_scan_info": {
            "range_type": "specific_cluster",
            "cluster_info_list": [{"cluster_id": "cluster-1", "scan_type_list": ["benchmark", "pods"]}],
        }}),
    );
    redacted(|| insta::assert_snapshot!("cluster_notes", ran.transcript()));
}

#[test]
fn unknown_scan_items_in_a_body_warn() {
    let cloud = Cloud::start();
    let body = r#"{"task_type": "cluster_scan", "cluster_scan_info": {"range_type": "specific_cluster",
        "cluster_info_list": [{"cluster_id": "cluster-1", "scan_type_list": ["pods"]}]}}"#;
    let ran = ran_with(&mut cloud.command(["retry", CLUSTER_TASK, "--body", "-"]), body);
    assert!(ran.stderr.starts_with("warning: unknown scan item pods"), "{ran:?}");
    assert_eq!(cloud.simulator.requests().len(), 1);
}

#[test]
fn quiet_hides_notes_and_warnings_but_not_errors() {
    let cloud = Cloud::start();
    let words = [
        "-q",
        "retry",
        CLUSTER_TASK,
        "--cluster",
        "cluster-1=benchmark,benchmark",
    ];
    assert_eq!(cloud.hss(words).stderr, "");
    assert!(
        cloud
            .hss(["-q", "rescan", "unknown", "--all-failed"])
            .stderr
            .starts_with("error: ")
    );
}
