//! Every limit of the document at its edge, from inside and outside, in characters and not in bytes.

use std::time::{Duration, Instant};

use crate::support::{Call, Reply, TIMEOUT, pass, unlimited};
use huaweicloud_hss_sim::{Simulator, StartError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a connection gives until it is closed, while minutes of the runtime's clock pass.
async fn until_closed(mut stream: TcpStream) -> String {
    let reading = tokio::spawn(async move {
        let mut answer = Vec::new();
        // A reset ends it too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    });
    let begun = Instant::now();
    while !reading.is_finished() {
        assert!(begun.elapsed() < TIMEOUT, "the connection stays open");
        pass(Duration::from_secs(61)).await;
    }
    reading.await.unwrap()
}

#[tokio::test]
async fn the_time_of_a_head_and_of_a_body_is_limited() {
    let simulator = unlimited().start().await.unwrap();
    for (sent, answered) in [
        ("", ""),
        ("GET /_sim/requests HTTP/1.1\r\nHost: localhost\r\nX-No", ""),
        (
            "GET /_sim/requests HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "HTTP/1.1 200 OK",
        ),
        (
            "GET /_sim/requests HTTP/1.1\r\nHost: localhost\r\n\r\nGET /",
            "HTTP/1.1 200 OK",
        ),
        (
            "POST /_sim/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{}",
            "HTTP/1.1",
        ),
    ] {
        let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let answer = until_closed(stream).await;
        assert!(
            answer.starts_with(answered) && answered.is_empty() == answer.is_empty(),
            "{sent:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_in_use_stays_open() {
    let simulator = unlimited().start().await.unwrap();
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    for _ in 0..5 {
        let request = "POST /_sim/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an open connection"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 204"));
        pass(Duration::from_secs(40)).await;
    }
}

async fn any_task() -> Simulator {
    unlimited().any_task(true).start().await.unwrap()
}

/// A limit of the document.
fn limit(schema: &str, keyword: &str) -> usize {
    let document: Value = serde_json::from_str(include_str!("../../../openapi/hss-v5.json")).unwrap();
    let limit = document["components"]["schemas"][schema][keyword].as_u64();
    limit
        .unwrap_or_else(|| panic!("{schema} has no {keyword}"))
        .try_into()
        .unwrap()
}

/// Accepts `inside` and refuses `outside`, naming `place`.
#[track_caller]
fn assert_edge(inside: &Reply, outside: &Reply, place: &str) {
    inside.assert_accepted();
    outside.assert_refused(400, "HSS.0001");
    outside.assert_message_holds(place);
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn the_number_of_hosts_is_limited() {
    let simulator = any_task().await;
    let send = async |count: usize| {
        let ids: Vec<String> = (0..count).map(|n| format!("host-{n}")).collect();
        let body = json!({"range_type": "specific_host", "host_ids": ids});
        Call::rescan(&simulator, "t").json(&body).send(&simulator).await
    };
    assert_edge(&send(1).await, &send(0).await, "/host_ids");
    let most = limit("HostIdList", "maxItems");
    assert_edge(&send(most).await, &send(most + 1).await, "/host_ids");
    // The message must name the error without a thousand ids in it.
    assert!(send(most + 1).await.body.len() < 300);
}

#[tokio::test]
async fn a_host_id_has_no_limit() {
    let simulator = any_task().await;
    for id in [String::new(), "x".repeat(100_000)] {
        let body = json!({"range_type": "specific_host", "host_ids": [id]});
        Call::rescan(&simulator, "t")
            .json(&body)
            .send(&simulator)
            .await
            .assert_accepted();
    }
}

#[tokio::test]
async fn clusters_scan_types_and_cluster_ids_are_limited() {
    let simulator = any_task().await;
    let send = async |list: Value| {
        let info = json!({"range_type": "specific_cluster", "cluster_info_list": list});
        let body = json!({"task_type": "cluster_scan", "cluster_scan_info": info});
        Call::retry(&simulator, "t").json(&body).send(&simulator).await
    };
    let clusters = async |count: usize| {
        send(
            (0..count)
                .map(|n| json!({"cluster_id": format!("cluster-{n}")}))
                .collect(),
        )
        .await
    };
    let place = "/cluster_scan_info/cluster_info_list";
    assert_edge(&clusters(1).await, &clusters(0).await, place);
    let most = limit("ClusterInfoList", "maxItems");
    assert_edge(&clusters(most).await, &clusters(most + 1).await, place);

    let types = async |count: usize| send(json!([{"cluster_id": "c", "scan_type_list": vec!["new"; count]}])).await;
    let place = "/cluster_scan_info/cluster_info_list/0/scan_type_list";
    assert_edge(&types(1).await, &types(0).await, place);
    let most = limit("ScanTypeList", "maxItems");
    assert_edge(&types(most).await, &types(most + 1).await, place);

    let place = "/cluster_scan_info/cluster_info_list/1/cluster_id";
    for character in ["c", "🦀"] {
        let id = async |count: usize| send(json!([{"cluster_id": "c"}, {"cluster_id": character.repeat(count)}])).await;
        assert_edge(&id(1).await, &id(0).await, place);
        let most = limit("ClusterId", "maxLength");
        assert_edge(&id(most).await, &id(most + 1).await, place);
    }
}

#[tokio::test]
async fn task_ids_are_limited() {
    let simulator = any_task().await;
    for character in ["t", "é", "🦀"] {
        let rescan = async |count: usize| {
            let call = Call::rescan(&simulator, &encoded(&character.repeat(count)));
            call.json(&json!({"range_type": "all_failed_host"}))
                .send(&simulator)
                .await
        };
        assert_edge(&rescan(1).await, &rescan(0).await, "`task_id`");
        let most = limit("VulScanTaskId", "maxLength");
        assert_edge(&rescan(most).await, &rescan(most + 1).await, "`task_id`");
        let retry = async |count: usize| {
            let call = Call::retry(&simulator, &encoded(&character.repeat(count)));
            call.json(&json!({"task_type": "cluster_scan"})).send(&simulator).await
        };
        assert_edge(&retry(1).await, &retry(0).await, "`task_id`");
        let most = limit("CommonTaskId", "maxLength");
        assert_edge(&retry(most).await, &retry(most + 1).await, "`task_id`");
    }
}

#[tokio::test]
async fn enterprise_project_ids_are_limited() {
    let simulator = any_task().await;
    for character in ["e", "🦀"] {
        let send = async |count: usize| {
            let query = format!("enterprise_project_id={}", encoded(&character.repeat(count)));
            let body = json!({"range_type": "all_failed_host"});
            Call::rescan(&simulator, "t")
                .query(&query)
                .json(&body)
                .send(&simulator)
                .await
        };
        assert_edge(&send(1).await, &send(0).await, "`enterprise_project_id`");
        let most = limit("EnterpriseProjectId", "maxLength");
        assert_edge(&send(most).await, &send(most + 1).await, "`enterprise_project_id`");
    }
}

#[tokio::test]
async fn accepts_a_project_id_of_the_maximum_length() {
    let most = limit("ProjectId", "maxLength");
    for project in ["p".repeat(most), "🦀".repeat(most)] {
        let simulator = unlimited().project_id(&project).start().await.unwrap();
        let good = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
        let target = good.target.replace(&project, &encoded(&project));
        Call { target, ..good }.send(&simulator).await.assert_accepted();
    }
}

#[tokio::test]
async fn accepts_a_token_of_the_maximum_length() {
    let longest = "t".repeat(32_768);
    let simulator = unlimited().token(&longest).start().await.unwrap();
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    call.send(&simulator).await.assert_accepted();
    let bare = call.without_header("x-auth-token");
    let longer = bare.clone().token(&format!("{longest}t")).send(&simulator).await;
    longer.assert_refused(401, "APIGW.0301");
    longer.assert_message_holds("1 to 32768 characters");
    let other = bare.token(&"u".repeat(32_768)).send(&simulator).await;
    other.assert_refused(401, "APIGW.0301");
    other.assert_message_holds("unknown");
}

#[tokio::test]
async fn a_token_is_measured_in_characters() {
    let token = "é".repeat(32_768);
    let simulator = unlimited().token(&token).start().await.unwrap();
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    call.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn settings_outside_their_limits_fail_the_start() {
    let refused = async |builder: huaweicloud_hss_sim::SimulatorBuilder| {
        let error = builder.start().await.unwrap_err();
        assert!(matches!(error, StartError::Setting { .. }), "{error:?}");
        error.to_string()
    };
    assert!(refused(unlimited().token("")).await.contains("1 to 32768 characters"));
    assert!(
        refused(unlimited().token("t".repeat(32_769)))
            .await
            .contains("1 to 32768 characters")
    );
    assert!(refused(unlimited().token("a\nb")).await.contains("header"));
    let secret = refused(unlimited().access_key("id", "s3cr3t\n")).await;
    assert!(secret.contains("ends with a line break"), "{secret}");
    assert!(!secret.contains("s3cr3t"), "{secret}");
    assert!(
        refused(unlimited().access_key("", "s"))
            .await
            .contains("access key id is empty")
    );
    assert!(refused(unlimited().project_id("")).await.contains("project"));
    assert!(
        refused(unlimited().project_id("🦀".repeat(limit("ProjectId", "maxLength") + 1)))
            .await
            .contains("project")
    );
}
