//! Every status and code that the simulator answers with, and the shape of its answers.

use crate::support::{Call, DOCUMENT, unlimited};
use huaweicloud_hss_sim::{Quota, Simulator};
use serde_json::{Value, json};

fn all_failed_hosts() -> Value {
    json!({"range_type": "all_failed_host"})
}

fn is_request_id(text: &str) -> bool {
    text.len() == 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[tokio::test]
async fn success_has_a_request_id_and_no_content() {
    let simulator = unlimited().start().await.unwrap();
    let call = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    let (one, other) = (call.send(&simulator).await, call.send(&simulator).await);
    one.assert_accepted();
    assert_eq!(one.header("content-length"), Some("0"));
    assert_eq!(one.header("content-type"), None);
    let (one, other) = (
        one.header("x-request-id").unwrap(),
        other.header("x-request-id").unwrap(),
    );
    assert!(is_request_id(one), "{one}");
    assert_ne!(one, other);
}

#[tokio::test]
async fn accepts_the_documents_examples() {
    let simulator = unlimited().start().await.unwrap();
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let follow = |value: &'_ Value| match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap().clone(),
        None => value.clone(),
    };
    let mut sent = 0;
    for (path, method, operation) in operations(&document) {
        // The examples of ids are those of the built-in tasks.
        let mut target = path.replace("{project_id}", simulator.project_id());
        for parameter in operation["parameters"].as_array().unwrap().iter().map(follow) {
            let example = follow(&parameter["schema"])["example"].as_str().map(str::to_owned);
            target = target.replace(
                &format!("{{{}}}", parameter["name"].as_str().unwrap()),
                &example.unwrap_or_default(),
            );
        }
        let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
        for example in examples.as_object().into_iter().flat_map(|examples| examples.values()) {
            Call::new(&method.to_uppercase(), &target)
                .token(simulator.token())
                .query("enterprise_project_id=all_granted_eps")
                .json(&example["value"])
                .send(&simulator)
                .await
                .assert_accepted();
            sent += 1;
        }
    }
    assert!(sent >= 4, "{sent}");
}

/// Each operation with its path and its method.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

#[tokio::test]
async fn service_refusals_have_the_request_id_only_in_the_header() {
    let simulator = unlimited().start().await.unwrap();
    let reply = Call::rescan(&simulator, "no-such-task")
        .json(&all_failed_hosts())
        .send(&simulator)
        .await;
    reply.assert_refused(400, "HSS.0011");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert!(is_request_id(reply.header("x-request-id").unwrap()));
    let body = reply.json();
    assert_eq!(
        body.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["error_code", "error_msg"]
    );
}

#[tokio::test]
async fn gateway_refusals_have_the_request_id_in_the_body_too() {
    let simulator = unlimited().start().await.unwrap();
    let reply = Call::new("PUT", "/v5/nothing/here").send(&simulator).await;
    reply.assert_refused(404, "APIGW.0101");
    assert_eq!(reply.json()["request_id"].as_str(), reply.header("x-request-id"));
}

#[tokio::test]
async fn paths_that_differ_slightly_are_unknown() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    for target in [
        format!("{}/", good.target),
        good.target.replace("/v5/", "/v5//"),
        good.target.replace("/v5/", "/V5/"),
        good.target.replace("/v5/", "/v6/"),
        good.target.replace("/rescan", "/retry"),
        good.target.replace("/rescan", "/%72escan"),
        format!("/x{}", good.target),
        "/".to_owned(),
        "//".to_owned(),
    ] {
        let call = Call {
            target: target.clone(),
            ..good.clone()
        };
        let reply = call.send(&simulator).await;
        assert_eq!(reply.verdict(), (404, "APIGW.0101".to_owned()), "{target}");
    }
}

#[tokio::test]
async fn another_method_gets_405_with_allow() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_retry(&simulator).json(&json!({"task_type": "cluster_scan"}));
    for method in ["GET", "POST", "DELETE", "PATCH", "OPTIONS", "PUTT", "put"] {
        let call = Call {
            method: method.to_owned(),
            ..good.clone()
        };
        let reply = call.send(&simulator).await;
        reply.assert_refused(405, "APIGW.0501");
        assert_eq!(reply.header("allow"), Some("PUT"), "{method}");
    }
    let head = Call {
        method: "HEAD".to_owned(),
        ..good
    }
    .send(&simulator)
    .await;
    assert_eq!(
        (head.status, head.header("allow"), head.body.as_str()),
        (405, Some("PUT"), "")
    );
}

#[tokio::test]
async fn a_part_of_a_token_is_refused() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    let token = simulator.token().to_owned();
    let bare = good.clone().without_header("x-auth-token");
    for call in [
        bare.clone(),
        bare.clone().token(""),
        bare.clone().token(&token[1..]),
        bare.clone().token(&token[..token.len() - 1]),
        bare.clone().token(&format!("{token}x")),
        bare.clone().token(&token.to_uppercase()),
        bare.clone().header("Authorization", format!("Bearer {token}")),
        good.clone().token(&token),
    ] {
        let reply = call.send(&simulator).await;
        reply.assert_refused(401, "APIGW.0301");
        assert!(!reply.body.contains(&token), "the answer repeats the token");
    }
    good.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn another_project_gets_403() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    for project in ["ffffffffffffffffffffffffffffffff", "", "..", &"p".repeat(257)] {
        let call = Call {
            target: good.target.replace(simulator.project_id(), project),
            ..good.clone()
        };
        call.send(&simulator).await.assert_refused(403, "APIGW.0310");
    }
}

#[tokio::test]
async fn checks_the_token_then_the_project_then_the_body() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_rescan(&simulator).text("{");
    let elsewhere = Call {
        target: good.target.replace(simulator.project_id(), "other"),
        ..good.clone()
    };
    let nobody = elsewhere.clone().without_header("x-auth-token").token("wrong");
    nobody.send(&simulator).await.assert_refused(401, "APIGW.0301");
    elsewhere.send(&simulator).await.assert_refused(403, "APIGW.0310");
    good.send(&simulator).await.assert_refused(400, "HSS.0002");
}

#[tokio::test]
async fn reads_only_bodies_with_a_json_content_type() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    let bare = good.clone().without_header("content-type");
    for kind in [
        "text/plain",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "json",
        "",
        "*/*",
    ] {
        let reply = bare.clone().header("Content-Type", kind).send(&simulator).await;
        assert_eq!(reply.verdict(), (400, "HSS.0002".to_owned()), "{kind}");
    }
    bare.send(&simulator).await.assert_refused(400, "HSS.0002");
    good.clone()
        .header("Content-Type", "application/json")
        .send(&simulator)
        .await
        .assert_refused(400, "HSS.0002");
    for kind in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json ;x=y",
    ] {
        bare.clone()
            .header("Content-Type", kind)
            .send(&simulator)
            .await
            .assert_accepted();
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_not_parsable() {
    let simulator = unlimited().start().await.unwrap();
    let deep = "[".repeat(100_000);
    for body in ["", " ", "{", "{}{}", "{'range_type': 1}", "\u{feff}{}", "NaN", &deep] {
        let reply = Call::demo_rescan(&simulator).text(body).send(&simulator).await;
        assert_eq!(reply.verdict(), (400, "HSS.0002".to_owned()), "{:.20}", body);
    }
    let not_text = Call::demo_rescan(&simulator)
        .text("")
        .bytes(b"{\"range_type\": \"\xff\"}");
    not_text.send(&simulator).await.assert_refused(400, "HSS.0002");
}

#[tokio::test]
async fn refusals_of_values_name_their_place() {
    let simulator = unlimited().start().await.unwrap();
    let rescan = |body: Value| Call::demo_rescan(&simulator).json(&body);
    let retry = |info: Value| {
        Call::demo_retry(&simulator).json(&json!({"task_type": "cluster_scan", "cluster_scan_info": info}))
    };
    for (call, place) in [
        (rescan(json!({})), "range_type"),
        (rescan(json!([])), "body"),
        (rescan(json!(null)), "body"),
        (rescan(json!({"range_type": "some"})), "/range_type"),
        (rescan(json!({"range_type": null})), "/range_type"),
        (
            rescan(json!({"range_type": "specific_host", "host_ids": []})),
            "/host_ids",
        ),
        (
            rescan(json!({"range_type": "specific_host", "host_ids": "host-a"})),
            "/host_ids",
        ),
        (
            rescan(json!({"range_type": "specific_host", "host_ids": ["host-a", 1]})),
            "/host_ids/1",
        ),
        (
            rescan(json!({"range_type": "specific_host", "host_ids": null})),
            "/host_ids",
        ),
        (rescan(json!({"range_type": "specific_host"})), "/host_ids"),
        (
            rescan(json!({"range_type": "all_failed_host", "host_ids": ["host-a"]})),
            "/host_ids",
        ),
        (retry(json!({})), "/cluster_scan_info"),
        (
            retry(json!({"range_type": "specific_cluster"})),
            "/cluster_scan_info/cluster_info_list",
        ),
        (
            retry(json!({"range_type": "all_failed_cluster", "cluster_info_list": [{"cluster_id": "cluster-1"}]})),
            "/cluster_scan_info/cluster_info_list",
        ),
        (
            retry(json!({"range_type": "specific_cluster", "cluster_info_list": [{"cluster_id": ""}]})),
            "/cluster_scan_info/cluster_info_list/0/cluster_id",
        ),
        (
            retry(json!({"range_type": "specific_cluster", "cluster_info_list": [{}]})),
            "/cluster_scan_info/cluster_info_list/0/cluster_id",
        ),
        (
            Call::demo_retry(&simulator).json(&json!({"task_type": "host_scan"})),
            "/task_type",
        ),
        (
            Call::demo_retry(&simulator).json(&json!({"cluster_scan_info": {}})),
            "task_type",
        ),
        (
            rescan(all_failed_hosts()).query("enterprise_project_id="),
            "enterprise_project_id",
        ),
        (
            rescan(all_failed_hosts()).query("enterprise_project_id=%ff"),
            "enterprise_project_id",
        ),
        (
            rescan(all_failed_hosts()).query("enterprise_project_id=0&enterprise_project_id=0"),
            "more than once",
        ),
    ] {
        let reply = call.send(&simulator).await;
        assert_eq!(reply.verdict(), (400, "HSS.0001".to_owned()), "{call:?}");
        reply.assert_message_holds(place);
    }
    assert!(simulator.requests().iter().all(|request| request.status == Some(400)));
}

#[tokio::test]
async fn accepts_what_the_document_does_not_mention() {
    let simulator = unlimited().start().await.unwrap();
    let call = Call::demo_rescan(&simulator).query("page=1").header("X-Whatever", "1");
    call.json(&json!({"range_type": "all_failed_host", "more": {}}))
        .send(&simulator)
        .await
        .assert_accepted();
}

#[tokio::test]
async fn a_body_has_at_most_12_megabytes() {
    let simulator = unlimited().start().await.unwrap();
    let limit = 12 * 1024 * 1024;
    let body = all_failed_hosts().to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    Call::demo_rescan(&simulator)
        .text(&padded(limit))
        .send(&simulator)
        .await
        .assert_accepted();
    let reply = Call::demo_rescan(&simulator)
        .text(&padded(limit + 1))
        .send(&simulator)
        .await;
    reply.assert_refused(413, "APIGW.0201");
    assert_eq!(reply.json()["request_id"].as_str(), reply.header("x-request-id"));
    let kept = simulator.requests();
    assert_eq!(kept[0].body.as_ref().map(String::len), Some(limit));
    assert_eq!(kept[1].body, None);
}

#[tokio::test]
async fn throttles_the_sixth_call_per_minute_and_operation() {
    let simulator = Simulator::start().await.unwrap();
    let rescan = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    // Requests that the service refuses count; those that the gateway refuses do not.
    rescan
        .clone()
        .text("{")
        .send(&simulator)
        .await
        .assert_refused(400, "HSS.0002");
    for _ in 0..3 {
        rescan
            .clone()
            .token("two tokens")
            .send(&simulator)
            .await
            .assert_refused(401, "APIGW.0301");
    }
    for _ in 0..4 {
        rescan.send(&simulator).await.assert_accepted();
    }
    for _ in 0..2 {
        let reply = rescan.send(&simulator).await;
        reply.assert_refused(429, "APIGW.0308");
        assert_eq!(reply.header("retry-after"), None);
        assert_eq!(reply.json()["request_id"].as_str(), reply.header("x-request-id"));
    }
    let retry = Call::demo_retry(&simulator).json(&json!({"task_type": "cluster_scan"}));
    retry.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn the_quota_can_be_set() {
    let simulator = Simulator::builder()
        .quota(Quota::per_minute(1).unwrap())
        .start()
        .await
        .unwrap();
    let rescan = Call::demo_rescan(&simulator).json(&all_failed_hosts());
    rescan.send(&simulator).await.assert_accepted();
    rescan.send(&simulator).await.assert_refused(429, "APIGW.0308");
}

#[tokio::test]
async fn the_document_has_every_status() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    for (path, _, operation) in operations(&document) {
        let listed = operation["responses"].as_object().unwrap();
        for status in ["200", "400", "401", "403", "404", "405", "413", "429", "500"] {
            assert!(listed.contains_key(status), "{path} {status}");
        }
    }
}

#[tokio::test]
async fn an_ordinary_http_client_gets_the_same_answers() {
    let simulator = unlimited().start().await.unwrap();
    let url = format!("{}{}", simulator.endpoint(), Call::demo_rescan(&simulator).target);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..3 {
        let request = client
            .put(&url)
            .header("X-Auth-Token", simulator.token())
            .json(&all_failed_hosts());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.bytes().await.unwrap().len(), 0);
    }
    let response = client.get(&url).send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["allow"].to_str().unwrap()
        ),
        (405, "PUT")
    );
}
