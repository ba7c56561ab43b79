//! IAM's list of projects, in which clients look up their project's id.

use crate::support::{Call, key, unlimited};
use huaweicloud_auth::AccessKey;
use huaweicloud_hss_sim::Simulator;
use serde_json::{Value, json};

fn list(query: &str) -> Call {
    Call::new("GET", &format!("/v3/projects{query}"))
}

async fn found(simulator: &Simulator, query: &str) -> Vec<Value> {
    let reply = list(query).signed(simulator, &key(simulator), 0).send(simulator).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.header("x-iam-trace-id").is_some());
    reply.json()["projects"].as_array().unwrap().clone()
}

#[tokio::test]
async fn lists_the_one_project_by_default() {
    let simulator = unlimited().start().await.unwrap();
    for query in ["", "?name=cn-north-4", "?page=1&name=cn%2Dnorth-4"] {
        let projects = found(&simulator, query).await;
        assert_eq!(projects.len(), 1, "{query}");
        assert_eq!(projects[0]["id"], json!(simulator.project_id()));
        assert_eq!(projects[0]["name"], json!(simulator.project_name()));
    }
    for query in ["?name=cn-north", "?name=", "?name=%ff"] {
        let reply = list(query).token(simulator.token()).send(&simulator).await;
        assert_eq!(reply.json(), json!({"projects": []}), "{query}");
    }
    let kept = simulator.requests();
    assert_eq!(kept[0].operation.as_deref(), Some("listProjects"));
    assert!(kept[0].header("authorization").unwrap().ends_with("Signature=***"));
}

#[tokio::test]
async fn lists_none_or_several_projects() {
    let none: [(&str, &str); 0] = [];
    let simulator = unlimited().projects(none).start().await.unwrap();
    assert!(found(&simulator, "?name=cn-north-4").await.is_empty());
    let simulator = unlimited()
        .projects([("1", "cn-north-4"), ("2", "cn-east-3"), ("3", "cn-north-4")])
        .start()
        .await
        .unwrap();
    let ids = |projects: Vec<Value>| projects.iter().map(|p| p["id"].clone()).collect::<Vec<_>>();
    assert_eq!(
        ids(found(&simulator, "?name=cn-north-4").await),
        [json!("1"), json!("3")]
    );
    assert_eq!(ids(found(&simulator, "").await).len(), 3);
}

#[tokio::test]
async fn refuses_unknown_callers_in_the_shape_of_iam() {
    let simulator = unlimited().start().await.unwrap();
    let wrong = AccessKey::new(simulator.access_key(), "wrong").unwrap();
    for (call, says) in [
        (list(""), "no x-auth-token or authorization"),
        (list("").token("no such token"), "unknown"),
        (
            list("?name=a").signed(&simulator, &wrong, 0),
            "canonicalRequest:GET|/v3/projects/|name=a|",
        ),
        (list("").signed(&simulator, &key(&simulator), 3600), "server time"),
    ] {
        let reply = call.send(&simulator).await;
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["code"]), (401, &json!(401)));
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    let reply = Call::new("POST", "/v3/projects").send(&simulator).await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")));
}

#[tokio::test]
async fn failures_at_iam_count_for_the_lock() {
    let simulator = unlimited().start().await.unwrap();
    let wrong = AccessKey::new(simulator.access_key(), "wrong").unwrap();
    for _ in 0..6 {
        let reply = list("").signed(&simulator, &wrong, 0).send(&simulator).await;
        assert_eq!(reply.status, 401);
    }
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    let reply = call.signed(&simulator, &key(&simulator), 0).send(&simulator).await;
    reply.assert_refused(401, "APIGW.0301");
    reply.assert_message_holds("locked");
}
