//! The credential sources, their order, and a call with each.

use huaweicloud_hss_sim::{Quota, Simulator};
use serde_json::json;

use crate::support::{Cloud, HOST_TASK, Ran, TOKEN, command, ran, redacted};

const RESCAN: [&str; 3] = ["rescan", HOST_TASK, "--all-failed"];

/// The variables of each source with what the simulator accepts, in order. The token file is an option.
fn places(cloud: &Cloud, profile: &std::path::Path) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let simulator = &cloud.simulator;
    let (key, secret) = (simulator.access_key().to_owned(), simulator.secret_key().to_owned());
    vec![
        ("environment HSS_AUTH_TOKEN", vec![("HSS_AUTH_TOKEN", TOKEN.to_owned())]),
        (
            "environment HUAWEICLOUD_SDK_AK",
            vec![
                ("HUAWEICLOUD_SDK_AK", key.clone()),
                ("HUAWEICLOUD_SDK_SK", secret.clone()),
            ],
        ),
        (
            "environment HW_ACCESS_KEY",
            vec![("HW_ACCESS_KEY", key), ("HW_SECRET_KEY", secret)],
        ),
        (
            "environment HW_USER_NAME (IAM user hss-sim-user)",
            vec![
                ("HW_USER_NAME", simulator.user_name().to_owned()),
                ("HW_PASSWORD", simulator.password().to_owned()),
                ("HW_DOMAIN_NAME", simulator.domain_name().to_owned()),
            ],
        ),
        (
            "profile file",
            vec![("HUAWEICLOUD_SDK_CREDENTIALS_FILE", profile.display().to_string())],
        ),
        ("ECS metadata", vec![("HSS_METADATA_ENDPOINT", simulator.endpoint())]),
    ]
}

fn profile(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn profile_of(simulator: &Simulator, more: &str) -> tempfile::NamedTempFile {
    let (key, secret) = (simulator.access_key(), simulator.secret_key());
    profile(&format!("[basic]\nak = {key}\nsk = {secret}\n{more}"))
}

/// `hss` with the region, IAM and the service of the simulator, and without credentials.
fn here(cloud: &Cloud, words: impl IntoIterator<Item = &'static str>) -> std::process::Command {
    let mut command = command(words);
    command
        .env("HSS_ENDPOINT", cloud.simulator.endpoint())
        .env("HUAWEICLOUD_SDK_IAM_ENDPOINT", cloud.simulator.endpoint())
        .env("HW_REGION_NAME", cloud.simulator.project_name());
    command
}

/// Writes a body to a command that reads one. Another may end before the body is written.
fn ran_with_body(command: &mut std::process::Command) -> Ran {
    let reads = command
        .get_args()
        .any(|word| word.to_str().is_some_and(|word| word.starts_with("--body")));
    if reads {
        crate::support::ran_with(command, r#"{"range_type": "all_failed_host"}"#)
    } else {
        ran(command)
    }
}

#[test]
fn first_source_with_credentials_is_used() {
    let cloud = Cloud::start();
    let profile = profile_of(&cloud.simulator, "");
    let token = profile_with_token();
    let places = places(&cloud, profile.path());
    for offline in [false, true] {
        let status = |from: usize, file: bool| {
            let mut command = here(&cloud, ["auth", "status", "--output=json", "-q"]);
            for (_, variables) in &places[from..] {
                command.envs(variables.iter().map(|(name, value)| (*name, value)));
            }
            if file {
                command.arg("--token-file").arg(token.path());
            }
            if offline {
                command.arg("--offline");
            }
            ran(&mut command)
        };
        let provider = |ran: &Ran| ran.json()["provider"].as_str().map(str::to_owned);
        assert!(provider(&status(0, true)).unwrap().starts_with("token file "));
        for (index, (name, _)) in places.iter().enumerate() {
            let ran = status(index, false);
            match provider(&ran) {
                Some(provider) => assert!(provider.starts_with(name), "{name}: {ran:?}"),
                None => {
                    assert!(offline && *name == "ECS metadata", "{name}: {ran:?}");
                    assert_eq!(ran.code, 3, "{ran:?}");
                    let message = ran.json()["error"]["message"].as_str().unwrap().to_owned();
                    assert!(message.ends_with("ECS metadata: not asked offline"), "{message}");
                }
            }
        }
        if !offline {
            assert!(cloud.simulator.requests().len() > places.len());
        }
    }
    // No rescan was sent.
    let operations = cloud
        .simulator
        .requests()
        .into_iter()
        .filter_map(|request| request.operation);
    assert!(
        operations
            .into_iter()
            .all(|operation| operation != "recreateVulScanTask")
    );
}

fn profile_with_token() -> tempfile::NamedTempFile {
    profile(&format!("{TOKEN}\n"))
}

/// No project id is given: the token, the profile or IAM's list provides it.
#[test]
fn each_source_authenticates_a_call() {
    for index in 0..6 {
        let cloud = Cloud::start();
        let profile = profile_of(&cloud.simulator, "");
        let (name, variables) = places(&cloud, profile.path()).swap_remove(index);
        for words in [&RESCAN[..], &["rescan", HOST_TASK, "--body", "-"]] {
            let mut command = here(&cloud, words.iter().copied());
            command.envs(variables.iter().map(|(name, value)| (*name, value)));
            let done = ran_with_body(&mut command);
            assert_eq!(done.code, 0, "{name}: {done:?}");
        }
        let last = cloud.simulator.requests().pop().unwrap();
        let project = cloud.simulator.project_id();
        assert!(last.path.starts_with(&format!("/v5/{project}/")), "{name}: {last:?}");
    }
}

#[test]
fn error_names_every_source_if_none_has_credentials() {
    let cloud = Cloud::start();
    let none = ran(here(&cloud, RESCAN).env("HOME", "/nowhere"));
    assert_eq!(none.code, 3);
    redacted(|| insta::assert_snapshot!("no_place", none.transcript()));
    let json = ran(here(&cloud, RESCAN).env("HOME", "/nowhere").arg("--output=json")).json();
    let message = json["error"]["message"].as_str().unwrap();
    assert!(
        message
            .starts_with("no credentials found: environment HSS_AUTH_TOKEN: HSS_AUTH_TOKEN is not set; environment: "),
        "{message}"
    );
    assert_eq!(cloud.simulator.requests(), []);
}

/// An invalid request does not fetch a token.
#[test]
fn limits_are_checked_before_authentication() {
    let cloud = Cloud::start();
    let user = places(&cloud, "".as_ref()).swap_remove(3).1;
    for words in [
        ["rescan", "", "--all-failed"],
        ["rescan", "..", "--all-failed"],
        ["rescan", "..", "--body=-"],
    ] {
        let mut command = here(&cloud, words);
        command.envs(user.iter().map(|(name, value)| (*name, value)));
        let refused = ran_with_body(&mut command);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn profile_sets_project_and_iam() {
    let cloud = Cloud::start();
    let named = profile_of(&cloud.simulator, "project_id = from-the-profile\n");
    let status = |file: &tempfile::NamedTempFile, words: &[&str]| {
        let mut command = command(["auth", "status", "--output=json"]);
        command.args(words).env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", file.path());
        ran(&mut command).json()
    };
    let shown = status(&named, &["--offline"]);
    assert_eq!(
        (&shown["project_id"], &shown["project_id_from"]),
        (
            &json!("from-the-profile"),
            &json!(format!("profile file {} [basic]", named.path().display()))
        )
    );
    let url = cloud.simulator.endpoint();
    let elsewhere = profile_of(&cloud.simulator, &format!("iam_endpoint = {url}\n"));
    let shown = status(&elsewhere, &["--region", cloud.simulator.project_name()]);
    assert_eq!(shown["verified"], true, "{shown}");
    assert_eq!(shown["iam_endpoint"], url);
    // An option takes precedence over the file.
    let shown = status(&elsewhere, &["--offline", "--iam-endpoint", "http://127.0.0.1:1"]);
    assert_eq!(shown["iam_endpoint"], "http://127.0.0.1:1");
}

#[cfg(unix)]
#[test]
fn profile_readable_by_others_warns() {
    use std::os::unix::fs::PermissionsExt;
    let cloud = Cloud::start();
    let profile = profile_of(&cloud.simulator, "");
    let run = |words: &[&'static str]| {
        let mut command = here(&cloud, words.iter().copied());
        ran(command.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", profile.path()))
    };
    std::fs::set_permissions(profile.path(), PermissionsExt::from_mode(0o644)).unwrap();
    let warned = run(&RESCAN);
    assert_eq!(warned.code, 0, "{warned:?}");
    assert_eq!(
        warned
            .stderr
            .matches("can be read by other users; chmod 600 it")
            .count(),
        1,
        "{warned:?}"
    );
    assert!(warned.stderr.starts_with("warning: "), "{warned:?}");
    assert_eq!(run(&["rescan", HOST_TASK, "--all-failed", "-q"]).stderr, "");
    let status = run(&["auth", "status", "--output=json"]);
    assert_eq!(status.json()["warnings"].as_array().unwrap().len(), 1);
    std::fs::set_permissions(profile.path(), PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(run(&RESCAN).stderr, "");
}

#[test]
fn wrong_password_is_an_auth_error() {
    let cloud = Cloud::start();
    let mut command = here(&cloud, RESCAN);
    command
        .env("HW_USER_NAME", cloud.simulator.user_name())
        .env("HW_PASSWORD", "pw-found-where-it-leaks")
        .env("HW_DOMAIN_NAME", cloud.simulator.domain_name());
    let refused = ran(&mut command);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(!format!("{refused:?}").contains("pw-found-where-it-leaks"));
    redacted(|| insta::assert_snapshot!("wrong_password", refused.transcript()));
    assert!(
        !refused.stderr.contains("(401,"),
        "the status is said twice: {refused:?}"
    );
    let unreachable = ran(command.env("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://127.0.0.1:1"));
    assert_eq!(unreachable.code, 6, "{unreachable:?}");
}

#[test]
fn variable_overrides_the_endpoint_of_a_region() {
    let cloud = Cloud::start();
    let url = cloud.simulator.endpoint();
    let status = |variables: &[(&str, &str)]| {
        let mut command = command(["auth", "status", "--offline", "--output=json", "--region=cn-north-4"]);
        ran(command.env("HSS_AUTH_TOKEN", TOKEN).envs(variables.iter().copied()))
    };
    let variable = "HUAWEICLOUD_SDK_REGION_HSS_CN_NORTH_4";
    let several = format!("{url} , https://second.example");
    assert_eq!(status(&[(variable, &several)]).json()["endpoint"], url);
    assert_eq!(
        status(&[]).json()["endpoint"],
        "https://hss.cn-north-4.myhuaweicloud.com"
    );
    let flag = status(&[(variable, &several), ("HSS_ENDPOINT", "https://third.example")]);
    assert_eq!(flag.json()["endpoint"], "https://third.example");
    assert_eq!(status(&[(variable, ",x")]).code, 2);
    assert_eq!(status(&[(variable, "no-url")]).code, 2);

    let mut call = command(RESCAN.into_iter().chain(["--region=cn-north-4"]));
    call.env(variable, &url)
        .env("HSS_AUTH_TOKEN", TOKEN)
        .env("HUAWEICLOUD_SDK_PROJECT_ID", cloud.simulator.project_id());
    assert_eq!(ran(&mut call).code, 0);
    assert_eq!(cloud.simulator.requests().len(), 1);
}

#[test]
fn invalid_endpoints_are_errors_and_nothing_is_sent() {
    let cloud = Cloud::start();
    let with = |name: &str, value: &str| ran(cloud.command(RESCAN).env(name, value));
    let metadata = with("HSS_METADATA_ENDPOINT", "http://metadata.example");
    assert_eq!(metadata.code, 2, "{metadata:?}");
    assert!(
        metadata.stderr.starts_with("error: HSS_METADATA_ENDPOINT: "),
        "{metadata:?}"
    );
    let iam = with("HUAWEICLOUD_SDK_IAM_ENDPOINT", "http://iam.example");
    assert_eq!(iam.code, 2, "{iam:?}");
    assert!(iam.stderr.starts_with("error: iam_endpoint: "), "{iam:?}");
    let region = ran(command(RESCAN.into_iter().chain(["--region=CN/north"])).env("HSS_AUTH_TOKEN", TOKEN));
    assert_eq!(region.code, 2, "{region:?}");
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn ambiguous_project_is_an_error() {
    let simulator = Simulator::builder()
        .quota(Quota::off())
        .projects([("a", "cn-north-4"), ("b", "cn-north-4")]);
    let cloud = Cloud::with(simulator);
    let several = ran(here(&cloud, RESCAN).env("HSS_AUTH_TOKEN", TOKEN));
    assert_eq!(several.code, 2, "{several:?}");
    assert!(
        several.stderr.contains("IAM lists a (cn-north-4), b (cn-north-4)"),
        "{several:?}"
    );
    let operations: Vec<_> = cloud
        .simulator
        .requests()
        .into_iter()
        .filter_map(|request| request.operation)
        .collect();
    assert_eq!(operations, ["listProjects"]);
}
