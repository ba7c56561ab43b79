//! `hss auth status`.

use serde_json::json;

use crate::support::{Cloud, TOKEN, command, hss, ran, redacted};
use huaweicloud_hss_sim::{Quota, Simulator};

fn by_key(cloud: &Cloud, words: &[&str]) -> std::process::Command {
    let mut command = command(["auth", "status"].iter().chain(words));
    command
        .env("HSS_ENDPOINT", cloud.simulator.endpoint())
        .env("HUAWEICLOUD_SDK_IAM_ENDPOINT", cloud.simulator.endpoint())
        .env("HW_REGION_NAME", cloud.simulator.project_name())
        .env("HUAWEICLOUD_SDK_AK", cloud.simulator.access_key())
        .env("HUAWEICLOUD_SDK_SK", cloud.simulator.secret_key());
    command
}

/// A simulator whose clock is off by this many seconds.
fn skewed(seconds: i64) -> Cloud {
    Cloud::with(Simulator::builder().quota(Quota::off()).clock_offset(seconds))
}

#[test]
fn status_shows_credentials_and_endpoint() {
    let cloud = Cloud::start();
    let text = ran(&mut by_key(&cloud, &[]));
    redacted(|| insta::assert_snapshot!("status_text", text.transcript()));
    assert_eq!(cloud.simulator.requests().len(), 1, "only the project look-up");

    let offline = ran(&mut by_key(&cloud, &["--offline"]));
    redacted(|| insta::assert_snapshot!("status_offline", offline.transcript()));
    assert_eq!(cloud.simulator.requests().len(), 1, "offline sends nothing");

    for run in [&text, &offline] {
        assert!(!format!("{run:?}").contains(cloud.simulator.secret_key()));
        assert!(
            !format!("{run:?}").contains(cloud.simulator.access_key()),
            "the id is masked"
        );
    }
}

#[test]
fn status_json_has_every_key() {
    let cloud = Cloud::start();
    let mut shown = ran(&mut by_key(&cloud, &["--output=json"])).json();
    let offset = shown["clock_offset_seconds"].take().as_i64().unwrap();
    assert!((-2..=2).contains(&offset), "{offset}");
    assert_eq!(
        shown,
        json!({
            "provider": "environment HUAWEICLOUD_SDK_AK",
            "identity": "access_key",
            "access_key_id": "HSSS…",
            "expires_at": null,
            "region": "cn-north-4",
            "region_from": "environment HW_REGION_NAME",
            "endpoint": cloud.simulator.endpoint(),
            "endpoint_from": "environment HSS_ENDPOINT",
            "iam_endpoint": cloud.simulator.endpoint(),
            "iam_endpoint_from": "environment HUAWEICLOUD_SDK_IAM_ENDPOINT",
            "project_id": cloud.simulator.project_id(),
            "project_id_from": "iam",
            "enterprise_project_id": null,
            "enterprise_project_id_from": null,
            "verified": true,
            "clock_offset_seconds": null,
            "warnings": [],
        })
    );
    let bare = ran(command(["auth", "status", "--output=json"]).env("HSS_AUTH_TOKEN", TOKEN)).json();
    assert_eq!(
        bare,
        json!({
            "provider": "environment HSS_AUTH_TOKEN",
            "identity": "token",
            "access_key_id": null,
            "expires_at": null,
            "region": null,
            "region_from": null,
            "endpoint": null,
            "endpoint_from": null,
            "iam_endpoint": "https://iam.myhuaweicloud.com",
            "iam_endpoint_from": "default",
            "project_id": null,
            "project_id_from": null,
            "enterprise_project_id": null,
            "enterprise_project_id_from": null,
            "verified": false,
            "clock_offset_seconds": null,
            "warnings": [],
        })
    );
}

#[test]
fn status_shows_the_clock_offset() {
    let offset = |cloud: &Cloud| ran(&mut by_key(cloud, &["--output=json"])).json()["clock_offset_seconds"].as_i64();
    let behind = offset(&skewed(600)).unwrap();
    assert!((-602..=-598).contains(&behind), "{behind}");
    let text = ran(&mut by_key(&skewed(-600), &[])).stdout;
    assert!(text.contains(" s ahead of IAM's"), "{text}");
    let refused = ran(&mut by_key(&skewed(3600), &[]));
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(
        refused.stderr.contains("minutes behind the service's; set it right"),
        "{refused:?}"
    );
}

#[test]
fn temporary_keys_and_tokens_have_an_expiry() {
    let cloud = Cloud::start();
    let mut server = by_key(&cloud, &["--output=json"]);
    server
        .env_remove("HUAWEICLOUD_SDK_AK")
        .env_remove("HUAWEICLOUD_SDK_SK")
        .env("HSS_METADATA_ENDPOINT", cloud.simulator.endpoint());
    let key = ran(&mut server).json();
    assert_eq!(
        (&key["identity"], &key["verified"]),
        (&json!("temporary_access_key"), &json!(true))
    );
    let end: jiff::Timestamp = key["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(end > jiff::Timestamp::now());

    server
        .env("HW_USER_NAME", cloud.simulator.user_name())
        .env("HW_PASSWORD", cloud.simulator.password())
        .env("HW_DOMAIN_NAME", cloud.simulator.domain_name());
    let token = ran(&mut server).json();
    assert_eq!(
        (&token["identity"], &token["project_id_from"]),
        (
            &json!("token"),
            &json!("environment HW_USER_NAME (IAM user hss-sim-user)")
        )
    );
    assert!(token["expires_at"].is_string());
    let before = cloud.simulator.requests().len();
    let user = ran(server.arg("--offline")).json();
    assert_eq!(
        (&user["identity"], &user["expires_at"]),
        (&json!("iam_user"), &json!(null))
    );
    assert_eq!(cloud.simulator.requests().len(), before);
}

#[test]
fn project_of_another_region_warns() {
    let cloud = Cloud::start();
    let other = ran(&mut by_key(
        &cloud,
        &[
            "--output=json",
            "--project-id=another",
            "--enterprise-project-id=all_granted_eps",
        ],
    ));
    assert_eq!(other.code, 0);
    let shown = other.json();
    assert_eq!(
        (&shown["project_id"], &shown["project_id_from"]),
        (&json!("another"), &json!("--project-id"))
    );
    assert_eq!(shown["enterprise_project_id"], "all_granted_eps");
    assert!(
        shown["warnings"][0]
            .as_str()
            .unwrap()
            .contains(cloud.simulator.project_id()),
        "{shown}"
    );
    assert!(other.stderr.starts_with("warning: project another is not"), "{other:?}");
}

#[test]
fn status_errors_have_their_exit_codes() {
    assert_eq!(hss(["auth", "status"]).code, 3);
    assert_eq!(hss(["auth", "status", "--offline"]).code, 3);
    assert_eq!(hss(["auth", "status", "--dry-run"]).code, 2);
    assert_eq!(hss(["auth"]).code, 2);
    let cloud = Cloud::start();
    let wrong = ran(by_key(&cloud, &["--output=json"]).env("HUAWEICLOUD_SDK_SK", "another"));
    assert_eq!(wrong.code, 3);
    let hint = wrong.json()["error"]["hint"].as_str().unwrap().to_owned();
    assert!(
        hint.starts_with("check the access key HSSS… (environment HUAWEICLOUD_SDK_AK)"),
        "{hint}"
    );
    let unreachable = ran(by_key(&cloud, &[]).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://127.0.0.1:1"));
    assert_eq!(unreachable.code, 6, "{unreachable:?}");
}
