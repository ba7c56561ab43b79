//! Requests signed with an access key.

use std::time::Duration;

use crate::support::{self, Call, key, unlimited};
use huaweicloud_auth::AccessKey;
use huaweicloud_hss_sim::{Simulator, SimulatorBuilder};
use serde_json::json;

/// The vendor's limit, in seconds.
const LIMIT: i64 = 15 * 60;

fn rescan(simulator: &Simulator) -> Call {
    Call::demo_rescan(simulator).json(&json!({"range_type": "all_failed_host"}))
}

fn right(simulator: &Simulator) -> Call {
    rescan(simulator).signed(simulator, &key(simulator), 0)
}

/// The known id with a wrong secret.
fn wrong(simulator: &Simulator) -> Call {
    let key = AccessKey::new(simulator.access_key(), "another").unwrap();
    rescan(simulator).signed(simulator, &key, 0)
}

async fn start() -> Simulator {
    unlimited().start().await.unwrap()
}

#[track_caller]
fn assert_says(reply: &support::Reply, text: &str) {
    reply.assert_refused(401, "APIGW.0301");
    reply.assert_message_holds(text);
    assert_eq!(reply.json()["request_id"].as_str(), reply.header("x-request-id"));
}

/// Signed by the official signer: this project's signer and verifier could have the same mistake.
#[tokio::test]
async fn accepts_requests_of_the_official_signer() {
    let offset = |builder: SimulatorBuilder| {
        let then: jiff::Timestamp = "2026-04-03T08:00:00Z".parse().unwrap();
        builder.clock_offset(then.as_second() - jiff::Timestamp::now().as_second())
    };
    let simulator = offset(unlimited())
        .access_key("DUMMYAK0000000000000", "DUMMYSK00000000000000000000000000000000")
        .any_task(true)
        .start()
        .await
        .unwrap();
    let call = |query: &str, body: &str, signature: &str| {
        let task = "2b31ed520xxxxxxebedb6e57xxxxxxxx";
        let mut call = Call::rescan(&simulator, task).without_header("x-auth-token").text(body);
        call.target.push_str(query);
        call.header("Host", "hss.cn-north-4.myhuaweicloud.com")
            .header("X-Sdk-Date", "20260403T080000Z")
            .header("X-Project-Id", simulator.project_id())
            .header(
                "Authorization",
                format!(
                    "SDK-HMAC-SHA256 Access=DUMMYAK0000000000000, \
                     SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature={signature}"
                ),
            )
    };
    let all = r#"{"range_type":"all_failed_host"}"#;
    let signature = "4df40f842d78e17ea483a93bb5ba5196ac36e55cdf67c393d78ed50f530b55d6";
    call("", all, signature).send(&simulator).await.assert_accepted();
    let some = r#"{"range_type":"specific_host","host_ids":["host-a","host-b","host-c"]}"#;
    let signature = "81d5ecbbf6de6d92c66ee6f401342fe0b7f416fa311077255b45d04a04c52d7d";
    let query = "?enterprise_project_id=all_granted_eps";
    let good = call(query, some, signature);
    let reply = good.send(&simulator).await;
    reply.assert_accepted();
    assert!(
        reply.header("date").unwrap().contains("03 Apr 2026 0"),
        "the time of the simulator: {:?}",
        reply.header("date")
    );
    for bad in [
        call("", some, signature),
        call(query, all, signature),
        call(query, some, &signature.replace('8', "9")),
        good.clone().without_header("host").header("Host", "localhost"),
        good.clone()
            .without_header("x-sdk-date")
            .header("X-Sdk-Date", "20260403T080001Z"),
    ] {
        assert_says(&bad.send(&simulator).await, "canonicalRequest:PUT|/v5/");
    }
}

#[tokio::test]
async fn accepts_a_signature_in_place_of_a_token() {
    let simulator = start().await;
    right(&simulator).send(&simulator).await.assert_accepted();
    let retry = Call::demo_retry(&simulator)
        .query("enterprise_project_id=a%20b%2Fc")
        .header("X-Project-Id", simulator.project_id())
        .json(&json!({"task_type": "cluster_scan"}))
        .signed(&simulator, &key(&simulator), 0);
    retry.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn the_raw_path_is_verified() {
    let simulator = unlimited().any_task(true).start().await.unwrap();
    for task in ["a%2Fb", "%E4%B8%80", "a..b", "a%20b"] {
        let call = Call::rescan(&simulator, task).json(&json!({"range_type": "all_failed_host"}));
        let call = call.signed(&simulator, &key(&simulator), 0);
        call.send(&simulator).await.assert_accepted();
        let elsewhere = Call {
            target: call.target.replace(task, "other"),
            ..call
        };
        assert_says(&elsewhere.send(&simulator).await, "/other/rescan/||");
    }
}

#[tokio::test]
async fn a_wrong_signature_gets_the_gateways_canonical_request() {
    let simulator = start().await;
    let call = wrong(&simulator);
    let reply = call.send(&simulator).await;
    assert_says(&reply, "canonicalRequest:");
    let message = reply.json()["error_msg"].as_str().unwrap().to_owned();
    let (_, echo) = message.split_once("canonicalRequest:").unwrap();
    let lines: Vec<&str> = echo.split('|').collect();
    let header = |name: &str| {
        let found = call.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        String::from_utf8(found.unwrap().1.clone()).unwrap()
    };
    assert_eq!(
        lines[..8],
        [
            "PUT".to_owned(),
            format!("{}/", call.target),
            String::new(),
            "content-type:application/json".to_owned(),
            format!("host:{}", simulator.address()),
            format!("x-sdk-date:{}", header("x-sdk-date")),
            String::new(),
            "content-type;host;x-sdk-date".to_owned(),
        ]
    );
    assert_eq!((lines.len(), lines[8].len()), (9, 64), "{echo}");
}

#[tokio::test]
async fn refuses_what_is_no_signature_of_a_known_key() {
    let simulator = start().await;
    let unknown = AccessKey::new("NOSUCHKEY", simulator.secret_key()).unwrap();
    let unknown = rescan(&simulator).signed(&simulator, &unknown, 0);
    let good = right(&simulator);
    let authorization = |text: &str| {
        good.clone()
            .without_header("authorization")
            .header("Authorization", text)
    };
    let own = {
        let found = good.headers.iter().find(|(name, _)| name == "authorization");
        String::from_utf8(found.unwrap().1.clone()).unwrap()
    };
    for (call, says) in [
        (unknown, "unknown"),
        (
            good.clone().without_header("authorization"),
            "no x-auth-token or authorization was sent",
        ),
        (good.clone().without_header("x-sdk-date"), "x-sdk-date is missing"),
        (
            good.clone().header("X-Sdk-Date", "20260403T080000Z"),
            "x-sdk-date is repeated",
        ),
        (good.clone().header("X-Security-Token", "t"), "security token"),
        (good.clone().without_header("content-type"), "content-type is missing"),
        (authorization("Basic dTpw"), "malformed"),
        (authorization(&own.replace("SDK-", "V11-")), "algorithm"),
        (authorization(&own.replace(", Signature=", "; Signature=")), "malformed"),
        (authorization(&own.replace("x-sdk-date", "x-sdk-data")), "x-sdk-date"),
        (good.clone().header("Authorization", &own), "the header is repeated"),
    ] {
        assert_says(&call.send(&simulator).await, says);
        // A valid one in between, so that the key is not locked.
        right(&simulator).send(&simulator).await.assert_accepted();
    }
}

#[tokio::test]
async fn the_token_decides_where_both_are_sent() {
    let simulator = start().await;
    let good = wrong(&simulator).token(simulator.token());
    good.send(&simulator).await.assert_accepted();
    let bad = right(&simulator).token("no such token");
    bad.send(&simulator).await.assert_refused(401, "APIGW.0301");
}

#[tokio::test]
async fn the_project_header_must_name_the_simulators_project() {
    let simulator = start().await;
    let key = key(&simulator);
    let elsewhere = Call {
        target: rescan(&simulator).target.replace(simulator.project_id(), "other"),
        ..rescan(&simulator)
    };
    let named = rescan(&simulator).header("X-Project-Id", "other");
    for call in [elsewhere, named.clone()] {
        let call = call.signed(&simulator, &key, 0);
        call.send(&simulator).await.assert_refused(403, "APIGW.0310");
    }
    named.send(&simulator).await.assert_refused(403, "APIGW.0310");
}

#[tokio::test]
async fn accepts_at_most_15_minutes_of_skew() {
    // Time passes between signing and verifying: each edge has a second of tolerance.
    for (seconds, taken) in [
        (LIMIT, true),
        (-LIMIT + 5, true),
        (LIMIT + 5, false),
        (-LIMIT - 1, false),
        (24 * 3600, false),
    ] {
        let simulator = start().await;
        let reply = rescan(&simulator)
            .signed(&simulator, &key(&simulator), seconds)
            .send(&simulator)
            .await;
        if taken {
            reply.assert_accepted();
        } else {
            assert_says(&reply, "server time: ");
        }
    }
}

#[tokio::test]
async fn a_refusal_for_skew_names_the_simulators_time() {
    for offset in [3600, -3600] {
        let simulator = unlimited().clock_offset(offset).start().await.unwrap();
        let reply = right(&simulator).send(&simulator).await;
        assert_says(&reply, "server time: ");
        let message = reply.json()["error_msg"].as_str().unwrap().to_owned();
        let (_, time) = message.split_once("server time: ").unwrap();
        let time = huaweicloud_auth::SigningTime::unix_seconds(time.trim_end_matches('.').parse().unwrap());
        let ahead = time - jiff::Timestamp::now().as_second();
        assert!((ahead - offset).abs() < 60, "{ahead}");
        let call = rescan(&simulator).signed(&simulator, &key(&simulator), offset);
        call.send(&simulator).await.assert_accepted();
    }
}

#[tokio::test]
async fn more_than_five_consecutive_failures_lock_the_key_for_five_minutes() {
    let simulator = start().await;
    for _ in 0..5 {
        assert_says(&wrong(&simulator).send(&simulator).await, "canonicalRequest:");
    }
    right(&simulator).send(&simulator).await.assert_accepted();
    for _ in 0..6 {
        assert_says(&wrong(&simulator).send(&simulator).await, "canonicalRequest:");
    }
    for call in [right(&simulator), wrong(&simulator)] {
        assert_says(&call.send(&simulator).await, "locked");
    }
    rescan(&simulator).send(&simulator).await.assert_accepted();
    support::pass(Duration::from_secs(5 * 60 - 30)).await;
    assert_says(&right(&simulator).send(&simulator).await, "locked");
    support::pass(Duration::from_secs(30)).await;
    right(&simulator).send(&simulator).await.assert_accepted();
    // The count starts again.
    for _ in 0..5 {
        assert_says(&wrong(&simulator).send(&simulator).await, "canonicalRequest:");
    }
    right(&simulator).send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn every_kind_of_failure_counts_for_the_lock() {
    let simulator = start().await;
    for _ in 0..6 {
        let skewed = rescan(&simulator).signed(&simulator, &key(&simulator), 3600);
        assert_says(&skewed.send(&simulator).await, "server time");
    }
    assert_says(&right(&simulator).send(&simulator).await, "locked");
}

#[tokio::test]
async fn failures_without_a_known_key_lock_none() {
    let simulator = start().await;
    let unknown = AccessKey::new("NOSUCHKEY", simulator.secret_key()).unwrap();
    for _ in 0..10 {
        let call = rescan(&simulator).signed(&simulator, &unknown, 0);
        assert_says(&call.send(&simulator).await, "unknown");
        let malformed = rescan(&simulator).without_header("x-auth-token");
        let malformed = malformed.header("Authorization", "SDK-HMAC-SHA256 Access=x");
        assert_says(&malformed.send(&simulator).await, "malformed");
    }
    right(&simulator).send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn the_request_log_keeps_the_key_id_and_no_signature() {
    let simulator = start().await;
    right(&simulator).send(&simulator).await.assert_accepted();
    let confused = AccessKey::new(simulator.secret_key(), simulator.access_key()).unwrap();
    let confused = rescan(&simulator).signed(&simulator, &confused, 0);
    confused.send(&simulator).await.assert_refused(401, "APIGW.0301");
    let basic = rescan(&simulator).header("Authorization", "Basic s3cr3t");
    basic.send(&simulator).await.assert_accepted();
    let kept: Vec<Option<String>> = simulator
        .requests()
        .iter()
        .map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    let signed = |access: &str| {
        Some(format!(
            "SDK-HMAC-SHA256 Access={access}, SignedHeaders=content-type;host;x-sdk-date, Signature=***"
        ))
    };
    assert_eq!(
        kept,
        [signed(simulator.access_key()), signed("***"), Some("***".to_owned())]
    );
    assert!(!format!("{:?}", simulator.requests()).contains(simulator.secret_key()));
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let builder = unlimited().access_key("id", "s3cr3t-Value").token("t0k3n-Value");
    let shown = format!("{builder:?}");
    let simulator = builder.start().await.unwrap();
    assert_eq!((simulator.access_key(), simulator.secret_key()), ("id", "s3cr3t-Value"));
    for text in [shown, format!("{simulator:?}")] {
        assert!(!text.contains("s3cr3t") && !text.contains("t0k3n"), "{text}");
    }
}
