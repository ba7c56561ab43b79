//! The generated client of the operations that read tasks.

use std::time::Duration;

use huaweicloud_hss::raw::tasks::{self, constants, types};
use huaweicloud_hss::{Client, Outcome, Preview};
use huaweicloud_hss_sim::{DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Simulator};
use serde_json::{Value, json};

const PROJECT: &str = "0123456789abcdef0123456789abcdef";

fn previewing() -> Client {
    let client = Client::builder().region("cn-north-4").project_id(PROJECT);
    client.preview_only().build().unwrap()
}

fn body<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Method, path, query in any order, and body.
fn shown(preview: &Preview) -> (String, String, Vec<String>, Value) {
    let url = preview
        .url()
        .strip_prefix("https://hss.cn-north-4.myhuaweicloud.com")
        .unwrap();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut query: Vec<String> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    query.sort();
    let body = serde_json::from_str(preview.body()).unwrap_or(Value::Null);
    (preview.method().to_owned(), path.to_owned(), query, body)
}

/// What the official Python SDK, huaweicloudsdkhss 3.1.219, sends for the same parameters.
#[tokio::test]
async fn requests_are_those_of_the_official_sdk() {
    let client = previewing().raw_tasks();
    let project = PROJECT.try_into().unwrap();
    let limit = types::PageLimit::try_from(200).unwrap();

    let id = types::VulScanTaskIdFilter("2b31ed520xxxxxxebedb6e57xxxxxxxx".to_owned());
    let preview = tasks::preview(&client, async |client| {
        let (limit, offset) = (types::VulScanTaskPageLimit(200), types::VulScanTaskPageOffset(0));
        let since = types::StartTimeFilter(1_700_000_000_000);
        let manual = Some(types::VulScanTypeFilter::Manual);
        client
            .list_vul_scan_task(
                &project,
                None,
                Some(&limit),
                None,
                Some(&since),
                Some(&offset),
                manual,
                Some(&id),
            )
            .await
    });
    let expected = [
        "limit=200",
        "min_start_time=1700000000000",
        "offset=0",
        "scan_type=manual",
        "task_id=2b31ed520xxxxxxebedb6e57xxxxxxxx",
    ];
    assert_eq!(
        shown(&preview.await.unwrap()),
        (
            "GET".to_owned(),
            format!("/v5/{PROJECT}/vulnerability/scan-tasks"),
            expected.map(str::to_owned).to_vec(),
            Value::Null
        )
    );

    let task = "2b31ed520xxxxxxebedb6e57xxxxxxxx".try_into().unwrap();
    let all = "all_granted_eps".try_into().unwrap();
    let preview = tasks::preview(&client, async |client| {
        let offset = types::PageOffset::try_from(200).unwrap();
        let failed = Some(types::ScanStatusFilter::Failed);
        client
            .list_vul_scan_task_host(&project, &task, Some(&all), Some(&limit), Some(&offset), failed)
            .await
    });
    let expected = [
        "enterprise_project_id=all_granted_eps",
        "limit=200",
        "offset=200",
        "scan_status=failed",
    ];
    assert_eq!(
        shown(&preview.await.unwrap()),
        (
            "GET".to_owned(),
            format!("/v5/{PROJECT}/vulnerability/scan-task/2b31ed520xxxxxxebedb6e57xxxxxxxx/hosts"),
            expected.map(str::to_owned).to_vec(),
            Value::Null
        )
    );

    let sent =
        json!({"task_type": "cluster_scan", "task_status": "finished", "sort_key": "start_time", "sort_dir": "desc"});
    let preview = tasks::preview(&client, async |client| {
        client
            .list_tasks(&project, None, Some(&limit), None, &body(sent.clone()))
            .await
    });
    assert_eq!(
        shown(&preview.await.unwrap()),
        (
            "POST".to_owned(),
            format!("/v5/{PROJECT}/common/tasks/batch-query"),
            vec!["limit=200".to_owned()],
            sent
        )
    );

    let sent = json!({"task_type": "cluster_scan", "cluster_scan_info": {"scan_status": "failed"}});
    let task = "C".try_into().unwrap();
    let preview = tasks::preview(&client, async |client| {
        let offset = types::PageOffset::try_from(0).unwrap();
        client
            .list_task_resources(&project, &task, None, Some(&limit), Some(&offset), &body(sent.clone()))
            .await
    });
    assert_eq!(
        shown(&preview.await.unwrap()),
        (
            "POST".to_owned(),
            format!("/v5/{PROJECT}/common/tasks/C/resources/batch-query"),
            vec!["limit=200".to_owned(), "offset=0".to_owned()],
            sent
        )
    );
}

/// The first client starts scans, the second one reads: a policy for retries asks these lists.
#[test]
fn reads_are_named_as_such_and_writes_are_not() {
    let reads = [
        "list_vul_scan_task",
        "list_vul_scan_task_host",
        "list_tasks",
        "list_task_resources",
    ];
    assert_eq!(constants::READ_ONLY_OPERATIONS, reads);
    assert!(huaweicloud_hss::constants::READ_ONLY_OPERATIONS.is_empty());
}

#[test]
fn page_limits_outside_the_documented_ones_are_refused() {
    assert_eq!(
        types::PageLimit::try_from(9).unwrap_err().to_string(),
        "9 found, 10 to 200 allowed"
    );
    assert_eq!(
        types::PageOffset::try_from(2_000_001).unwrap_err().to_string(),
        "2000001 found, 0 to 2000000 allowed"
    );
}

/// What a newer service may send: no member, null, new members, new values, and one row of another shape.
#[test]
fn answers_are_read_leniently() {
    let page: types::ListVulScanTaskHostResponse = body(json!({
        "new": 1,
        "data_list": [
            {},
            {
                "scan_status": "paused",
                "host_name": null,
                "new": [],
                "vul_scan_details": [{"failed_reason": "r".repeat(2000)}],
            },
            "no row",
        ],
    }));
    assert_eq!(page.total_num, None);
    let hosts = page.data_list.unwrap();
    assert_eq!((hosts.len(), hosts.unreadable()), (2, 1));
    assert_eq!(
        hosts[1].scan_status.as_ref().map(|status| status.as_str()),
        Some("paused")
    );
    let details = hosts[1].vul_scan_details.as_ref().unwrap();
    assert_eq!(details[0].failed_reason.as_ref().map(String::len), Some(2000));
    let task: types::VulScanTaskInfo = body(json!({"start_time": 4_102_444_800_000_i64}));
    assert_eq!(task.start_time, Some(4_102_444_800_000), "beyond 32 bits");
}

/// The generated client reads what the simulator answers, from the state that the other client changes.
#[tokio::test]
async fn reads_show_what_a_rescan_does() {
    let simulator = Simulator::builder().scan_time(Duration::MAX).start().await.unwrap();
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id());
    let client = client.token(simulator.token()).build().unwrap();
    let (tasks, project) = (client.raw_tasks(), simulator.project_id().try_into().unwrap());
    let task = DEMO_VUL_SCAN_TASK_ID.try_into().unwrap();
    let failed = async || {
        let failed = Some(types::ScanStatusFilter::Failed);
        let page = tasks
            .list_vul_scan_task_host(&project, &task, None, None, None, failed)
            .await;
        let hosts = page.unwrap().into_inner().data_list.unwrap().into_vec();
        hosts.into_iter().map(|host| host.host_id.unwrap()).collect::<Vec<_>>()
    };
    let before = failed().await;
    assert_eq!(before, ["host-a", "host-b", "host-d"]);
    client
        .recreate_vul_scan_task(DEMO_VUL_SCAN_TASK_ID)
        .hosts(&before[1..])
        .await
        .unwrap();
    assert_eq!(failed().await, ["host-a"]);

    let page = tasks
        .list_vul_scan_task(&project, None, None, None, None, None, None, None)
        .await;
    let row = page.unwrap().into_inner().data_list.unwrap().into_vec().remove(0);
    assert_eq!(row.status.as_ref().map(|status| status.as_str()), Some("running"));
    assert_eq!((row.scanning_host_num, row.failed_host_num), (Some(2), Some(1)));

    let all = body(json!({"task_type": "cluster_scan"}));
    let page = tasks
        .list_tasks(&project, None, None, None, &all)
        .await
        .unwrap()
        .into_inner();
    let info = page.data_list.unwrap()[0].cluster_scan_info.clone().unwrap();
    assert_eq!((info.success_cluster_num, info.failed_cluster_num), (Some(1), Some(2)));
    let task = DEMO_CLUSTER_SCAN_TASK_ID.try_into().unwrap();
    let all = body(json!({"task_type": "cluster_scan"}));
    let page = tasks.list_task_resources(&project, &task, None, None, None, &all).await;
    let clusters = page.unwrap().into_inner().cluster_scan_data_list.unwrap();
    let details = clusters[0].scan_detail_list.as_ref().unwrap();
    let failed = details.iter().filter(|detail| detail.failed_reason.is_some());
    let failed: Vec<_> = failed
        .map(|detail| detail.scan_type.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(failed, ["benchmark", "cluster_vul"]);

    let unknown = "no-such-task".try_into().unwrap();
    let refused = tasks
        .list_vul_scan_task_host(&project, &unknown, None, None, None, None)
        .await;
    let error = huaweicloud_hss::Error::from(refused.unwrap_err());
    assert_eq!((error.code(), error.outcome()), (Some("HSS.0011"), Outcome::Refused));
}
