//! Temporary keys from the metadata service.

use std::time::Duration;

use crate::support::{self, Call, unlimited};
use huaweicloud_auth::AccessKey;
use huaweicloud_hss_sim::Simulator;
use serde_json::{Value, json};

const TOKEN_PATH: &str = "/meta-data/latest/api/token";
const KEY_PATH: &str = "/openstack/latest/securitykey";

fn ask_token(ttl: &str) -> Call {
    Call::new("PUT", TOKEN_PATH).header("X-Metadata-Token-Ttl-Seconds", ttl)
}

fn ask_key(token: &str) -> Call {
    Call::new("GET", KEY_PATH).header("X-Metadata-Token", token)
}

async fn credential(simulator: &Simulator) -> Value {
    let token = ask_token("21600").send(simulator).await;
    assert_eq!(token.status, 200, "{}", token.body);
    let reply = ask_key(&token.body).send(simulator).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["credential"].clone()
}

fn access_key(credential: &Value) -> AccessKey {
    let text = |name: &str| credential[name].as_str().unwrap().to_owned();
    let key = AccessKey::new(text("access"), text("secret")).unwrap();
    key.with_security_token(text("securitytoken")).unwrap()
}

fn rescan(simulator: &Simulator, key: &AccessKey) -> Call {
    let call = Call::demo_rescan(simulator).json(&json!({"range_type": "all_failed_host"}));
    call.signed(simulator, key, 0)
}

#[tokio::test]
async fn a_temporary_key_is_valid_until_it_expires() {
    let lifetime = Duration::from_secs(3600);
    let simulator = unlimited().temporary_key_lifetime(lifetime).start().await.unwrap();
    let one = credential(&simulator).await;
    let expires_at: jiff::Timestamp = one["expires_at"].as_str().unwrap().parse().unwrap();
    let left = expires_at.as_second() - jiff::Timestamp::now().as_second();
    assert!((left - 3600).abs() < 60, "{left}");
    let key = access_key(&one);
    rescan(&simulator, &key).send(&simulator).await.assert_accepted();
    support::pass(lifetime - Duration::from_secs(60)).await;
    rescan(&simulator, &key).send(&simulator).await.assert_accepted();
    let renewed = access_key(&credential(&simulator).await);
    assert_ne!(renewed.id(), key.id());
    support::pass(Duration::from_secs(60)).await;
    let reply = rescan(&simulator, &key).send(&simulator).await;
    reply.assert_refused(401, "APIGW.0301");
    reply.assert_message_holds("expired");
    rescan(&simulator, &renewed).send(&simulator).await.assert_accepted();
    simulator.expire_temporary_keys();
    let reply = rescan(&simulator, &renewed).send(&simulator).await;
    reply.assert_refused(401, "APIGW.0301");
    let own = support::key(&simulator);
    rescan(&simulator, &own).send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn a_temporary_key_needs_its_own_security_token() {
    let simulator = unlimited().start().await.unwrap();
    let (one, other) = (credential(&simulator).await, credential(&simulator).await);
    let mut mixed = one.clone();
    mixed["securitytoken"] = other["securitytoken"].clone();
    let bare = AccessKey::new(one["access"].as_str().unwrap(), one["secret"].as_str().unwrap()).unwrap();
    for key in [access_key(&mixed), bare] {
        let reply = rescan(&simulator, &key).send(&simulator).await;
        reply.assert_refused(401, "APIGW.0301");
        reply.assert_message_holds("security token");
    }
}

#[tokio::test]
async fn answers_and_the_request_log_repeat_no_secret() {
    let simulator = unlimited().start().await.unwrap();
    let one = credential(&simulator).await;
    let mut wrong = one.clone();
    wrong["secret"] = json!("wrong");
    let refused = rescan(&simulator, &access_key(&wrong)).send(&simulator).await;
    refused.assert_refused(401, "APIGW.0301");
    refused.assert_message_holds("|x-security-token:***|");
    let kept = simulator.requests();
    assert_eq!(
        kept.iter()
            .map(|request| request.operation.as_deref())
            .collect::<Vec<_>>(),
        [
            Some("createMetadataToken"),
            Some("getSecurityKey"),
            Some("recreateVulScanTask")
        ]
    );
    assert_eq!(kept[0].header("x-metadata-token-ttl-seconds"), Some("21600"));
    assert_eq!(kept[1].header("x-metadata-token"), Some("***"));
    assert_eq!(kept[2].header("x-security-token"), Some("***"));
    let access = one["access"].as_str().unwrap();
    assert!(kept[2].header("authorization").unwrap().contains(access));
    for name in ["secret", "securitytoken"] {
        let secret = one[name].as_str().unwrap();
        assert!(!format!("{kept:?}{}", refused.body).contains(secret), "{name}");
    }
}

#[tokio::test]
async fn a_key_is_issued_only_for_a_token() {
    let simulator = unlimited().start().await.unwrap();
    let token = ask_token("60").send(&simulator).await.body;
    assert_eq!(ask_key(&token).send(&simulator).await.status, 200);
    let refused = [
        Call::new("GET", KEY_PATH),
        ask_key(""),
        ask_key("no such token"),
        ask_key(&token).header("X-Metadata-Token", &token),
        ask_key(simulator.token()),
    ];
    for call in refused {
        assert_eq!(call.send(&simulator).await.status, 401);
    }
    support::pass(Duration::from_secs(60)).await;
    assert_eq!(ask_key(&token).send(&simulator).await.status, 401);
}

#[tokio::test]
async fn a_token_needs_a_lifetime() {
    let simulator = unlimited().start().await.unwrap();
    for ttl in ["1", "21600"] {
        assert_eq!(ask_token(ttl).send(&simulator).await.status, 200, "{ttl}");
    }
    for ttl in ["0", "21601", "-1", "", "soon"] {
        assert_eq!(ask_token(ttl).send(&simulator).await.status, 400, "{ttl}");
    }
    assert_eq!(Call::new("PUT", TOKEN_PATH).send(&simulator).await.status, 400);
    for (method, path, allow) in [("GET", TOKEN_PATH, "PUT"), ("PUT", KEY_PATH, "GET")] {
        let reply = Call::new(method, path).send(&simulator).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)));
    }
}

#[tokio::test]
async fn an_old_host_has_no_tokens() {
    let simulator = unlimited().metadata_token_required(false).start().await.unwrap();
    assert_eq!(ask_token("21600").send(&simulator).await.status, 404);
    let reply = Call::new("GET", KEY_PATH).send(&simulator).await;
    assert_eq!(reply.status, 200);
    let key = access_key(&reply.json()["credential"]);
    rescan(&simulator, &key).send(&simulator).await.assert_accepted();
}
