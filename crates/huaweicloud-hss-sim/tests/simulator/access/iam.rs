//! Signing in at IAM's token route.

use std::time::Duration;

use crate::support::{self, Call, unlimited};
use huaweicloud_hss_sim::{DEFAULT_PASSWORD, Simulator};
use serde_json::{Value, json};

fn body(simulator: &Simulator) -> Value {
    let user = json!({
        "name": simulator.user_name(),
        "password": simulator.password(),
        "domain": {"name": simulator.domain_name()},
    });
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": simulator.project_name()}},
    }})
}

fn sign_in(body: &Value) -> Call {
    Call::new("POST", "/v3/auth/tokens?nocatalog=true").json(body)
}

#[tokio::test]
async fn accepts_the_token_that_it_issued() {
    let simulator = unlimited().start().await.unwrap();
    let before = jiff::Timestamp::now();
    let reply = sign_in(&body(&simulator)).send(&simulator).await;
    assert_eq!(reply.status, 201);
    assert!(reply.header("x-iam-trace-id").is_some());
    assert!(reply.header("x-request-id").is_some());
    let project = json!({"id": simulator.project_id(), "name": simulator.project_name()});
    assert_eq!(reply.json()["token"]["project"], project);
    let expires_at: jiff::Timestamp = reply.json()["token"]["expires_at"].as_str().unwrap().parse().unwrap();
    let valid = Duration::try_from(expires_at.duration_since(before)).unwrap();
    assert!(
        valid.abs_diff(Duration::from_secs(24 * 3600)) < Duration::from_secs(60),
        "{valid:?}"
    );

    let token = reply.header("x-subject-token").unwrap();
    assert_ne!(token, simulator.token());
    let call = Call::demo_rescan(&simulator)
        .without_header("x-auth-token")
        .token(token);
    call.json(&json!({"range_type": "all_failed_host"}))
        .send(&simulator)
        .await
        .assert_accepted();
    let kept = simulator.requests();
    assert_eq!(kept[0].operation.as_deref(), Some("createToken"));
    assert!(!format!("{kept:?}").contains(DEFAULT_PASSWORD));
}

/// A request with a new token from IAM.
async fn with_new_token(simulator: &Simulator) -> Call {
    let reply = sign_in(&body(simulator)).send(simulator).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    rescan(simulator, reply.header("x-subject-token").unwrap())
}

fn rescan(simulator: &Simulator, token: &str) -> Call {
    Call::demo_rescan(simulator)
        .without_header("x-auth-token")
        .token(token)
        .json(&json!({"range_type": "all_failed_host"}))
}

#[tokio::test]
async fn each_token_is_new_and_expires() {
    let lifetime = Duration::from_secs(3600);
    let simulator = unlimited().token_lifetime(lifetime).start().await.unwrap();
    let (one, other) = (with_new_token(&simulator).await, with_new_token(&simulator).await);
    assert_ne!(one.headers, other.headers);
    support::pass(lifetime - Duration::from_secs(60)).await;
    one.send(&simulator).await.assert_accepted();
    let later = with_new_token(&simulator).await;
    support::pass(Duration::from_secs(60)).await;
    for ended in [one, other] {
        let reply = ended.send(&simulator).await;
        reply.assert_refused(401, "APIGW.0307");
        reply.assert_message_holds("must be renewed");
    }
    later.send(&simulator).await.assert_accepted();
    rescan(&simulator, simulator.token())
        .send(&simulator)
        .await
        .assert_accepted();
}

#[tokio::test]
async fn expire_tokens_expires_all_tokens() {
    let simulator = unlimited().start().await.unwrap();
    let call = with_new_token(&simulator).await;
    call.send(&simulator).await.assert_accepted();
    simulator.expire_tokens();
    call.send(&simulator).await.assert_refused(401, "APIGW.0307");
    with_new_token(&simulator)
        .await
        .send(&simulator)
        .await
        .assert_accepted();
    let created = |request: &huaweicloud_hss_sim::RecordedRequest| request.operation.as_deref() == Some("createToken");
    let requests = simulator.requests();
    assert_eq!(requests.iter().filter(|request| created(request)).count(), 2);
}

#[tokio::test]
async fn refuses_a_token_that_it_did_not_issue() {
    let (simulator, other) = (unlimited().start().await.unwrap(), unlimited().start().await.unwrap());
    let call = with_new_token(&other).await;
    call.send(&other).await.assert_accepted();
    let foreign = Call {
        target: rescan(&simulator, "").target,
        ..call
    };
    foreign.send(&simulator).await.assert_refused(401, "APIGW.0301");
}

#[tokio::test]
async fn a_token_for_another_project_gets_403() {
    let simulator = unlimited()
        .projects([("p-1", "cn-north-4"), ("p-2", "cn-east-3")])
        .start()
        .await
        .unwrap();
    let mut other = body(&simulator);
    other["auth"]["scope"]["project"] = json!({"name": "cn-east-3"});
    let reply = sign_in(&other).send(&simulator).await;
    assert_eq!(reply.json()["token"]["project"]["id"], json!("p-2"));
    let call = rescan(&simulator, reply.header("x-subject-token").unwrap());
    call.send(&simulator).await.assert_refused(403, "APIGW.0310");
    // Of two with one name it is the simulator's project.
    let own = with_new_token(&simulator).await;
    own.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn the_project_can_be_named_by_id() {
    let simulator = unlimited().start().await.unwrap();
    let mut body = body(&simulator);
    body["auth"]["scope"]["project"] = json!({"id": simulator.project_id()});
    assert_eq!(sign_in(&body).send(&simulator).await.status, 201);
}

#[tokio::test]
async fn errors_have_the_shape_of_iam() {
    let simulator = unlimited().start().await.unwrap();
    let user = "/auth/identity/password/user";
    for (pointer, value, status) in [
        (format!("{user}/name"), json!("other"), 401),
        (format!("{user}/password"), json!("other"), 401),
        (format!("{user}/password"), json!(""), 401),
        (format!("{user}/domain/name"), json!("other"), 401),
        ("/auth/scope/project/name".to_owned(), json!("other"), 401),
        ("/auth/scope/project".to_owned(), json!({"id": "other"}), 401),
        (format!("{user}/password"), json!(null), 400),
        (format!("{user}/name"), json!(1), 400),
        (format!("{user}/domain"), json!({}), 400),
        ("/auth/scope".to_owned(), json!({}), 400),
        ("/auth/identity/methods".to_owned(), json!(["token"]), 400),
        ("/auth".to_owned(), json!([]), 400),
    ] {
        let mut body = body(&simulator);
        *body.pointer_mut(&pointer).unwrap() = value;
        let reply = sign_in(&body).send(&simulator).await;
        assert_eq!(reply.status, status, "{body}");
        let error = &reply.json()["error"];
        assert_eq!(error["code"], json!(status));
        assert_eq!(
            error["title"],
            json!(if status == 401 { "Unauthorized" } else { "Bad Request" })
        );
        assert!(error["message"].is_string());
        assert!(reply.header("x-iam-trace-id").is_some());
        assert_eq!(reply.header("x-subject-token"), None);
    }
    assert_eq!(sign_in(&json!(null)).text("{").send(&simulator).await.status, 400);
    let reply = Call::new("GET", "/v3/auth/tokens").send(&simulator).await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn the_user_can_be_set() {
    let simulator = unlimited()
        .user("me", "pass", "home")
        .project_name("eu-west-101")
        .start()
        .await
        .unwrap();
    assert_eq!(simulator.project_name(), "eu-west-101");
    assert_eq!(sign_in(&body(&simulator)).send(&simulator).await.status, 201);
    let mut other = body(&simulator);
    other["auth"]["identity"]["password"]["user"]["password"] = json!(DEFAULT_PASSWORD);
    assert_eq!(sign_in(&other).send(&simulator).await.status, 401);
}
