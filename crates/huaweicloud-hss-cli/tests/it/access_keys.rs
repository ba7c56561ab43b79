//! Access keys of the environment and the profile file, and their order.

use crate::support::{Cloud, HOST_TASK, Ran, TOKEN, ran};

/// Without the token, which takes precedence over a key.
fn rescan(cloud: &Cloud, variables: &[(&str, &str)]) -> Ran {
    let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed"]);
    command.env_remove("HSS_AUTH_TOKEN").envs(variables.iter().copied());
    ran(&mut command)
}

/// The caller that the simulator recorded: the access key of the signature, or the masked token.
fn caller(cloud: &Cloud) -> String {
    let request = cloud.simulator.requests().pop().unwrap();
    let signature = request
        .header("authorization")
        .and_then(|value| value.split_once("Access=")?.1.split(',').next());
    signature.or(request.header("x-auth-token")).unwrap().to_owned()
}

#[test]
fn either_pair_of_key_variables_signs() {
    let cloud = Cloud::start();
    let (key, secret) = (
        cloud.simulator.access_key().to_owned(),
        cloud.simulator.secret_key().to_owned(),
    );
    for [id, word] in [
        ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"],
        ["HW_ACCESS_KEY", "HW_SECRET_KEY"],
    ] {
        let done = rescan(&cloud, &[(id, &key), (word, &secret)]);
        assert_eq!(done.code, 0, "{done:?}");
        assert_eq!(caller(&cloud), key);
    }
}

#[test]
fn token_precedes_key_and_environment_precedes_profile() {
    let cloud = Cloud::start();
    let (key, secret) = (
        cloud.simulator.access_key().to_owned(),
        cloud.simulator.secret_key().to_owned(),
    );
    let profile = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(profile.path(), format!("[basic]\nak = {key}\nsk = {secret}\n")).unwrap();
    let file = ("HUAWEICLOUD_SDK_CREDENTIALS_FILE", profile.path().to_str().unwrap());

    let done = rescan(&cloud, &[file]);
    assert_eq!((done.code, caller(&cloud)), (0, key.clone()), "{done:?}");
    let wrong = [
        ("HUAWEICLOUD_SDK_AK", "another-key"),
        ("HUAWEICLOUD_SDK_SK", "another-secret"),
        file,
    ];
    assert_eq!(
        rescan(&cloud, &wrong).code,
        3,
        "the profile was taken after the environment gave a key"
    );
    let token = [
        ("HSS_AUTH_TOKEN", TOKEN),
        ("HUAWEICLOUD_SDK_AK", "another-key"),
        ("HUAWEICLOUD_SDK_SK", "x"),
    ];
    assert_eq!((rescan(&cloud, &token).code, caller(&cloud)), (0, "***".to_owned()));
}

#[test]
fn incomplete_and_wrong_keys_are_auth_errors() {
    let cloud = Cloud::start();
    let half = rescan(&cloud, &[("HUAWEICLOUD_SDK_AK", "a-key")]);
    assert_eq!(half.code, 3);
    assert!(
        half.stderr
            .contains("HUAWEICLOUD_SDK_AK is set but HUAWEICLOUD_SDK_SK is not set"),
        "{half:?}"
    );
    assert_eq!(cloud.simulator.requests(), []);

    let key = cloud.simulator.access_key().to_owned();
    let wrong = rescan(
        &cloud,
        &[
            ("HUAWEICLOUD_SDK_AK", &key),
            ("HUAWEICLOUD_SDK_SK", "sk-found-where-it-leaks"),
        ],
    );
    assert_eq!(wrong.code, 3);
    assert!(
        wrong
            .stderr
            .contains("hint: the request matches, so the secret key does not belong to"),
        "{wrong:?}"
    );
    assert!(!wrong.stderr.contains("sk-found-where-it-leaks"), "{wrong:?}");
    // The request is long, and the hint says what is wrong with it.
    assert!(
        wrong.stderr.contains("canonicalRequest: …; --output json has it whole"),
        "{wrong:?}"
    );
    assert!(!wrong.stderr.contains("x-sdk-date:"), "{wrong:?}");
}
