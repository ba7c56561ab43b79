//! `--profile` and `HSS_PROFILE`.

use serde_json::{Value, json};

use crate::support::{Cloud, HOST_TASK, TOKEN, command, ran};

/// A file with a section of the simulator's key, and a default one of another identity elsewhere.
struct File(tempfile::NamedTempFile);

impl File {
    fn new(cloud: &Cloud) -> Self {
        let simulator = &cloud.simulator;
        let (key, secret, url) = (simulator.access_key(), simulator.secret_key(), simulator.endpoint());
        let project = simulator.project_id();
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "[basic]\nak = another-key\nsk = another\nregion = eu-west-101\n\n[prod]\nak = {key}\nsk = {secret}\n\
             region = cn-north-4\nproject_id = {project}\nenterprise_project_id = e1\n\
             endpoint = {url}\niam_endpoint = {url}\n\
             [quoted]\nak = a\nsk = \"secret-7\"\nregion = cn-north-4\n"
        );
        std::fs::write(file.path(), text).unwrap();
        Self(file)
    }

    fn command(&self, words: &[&str]) -> std::process::Command {
        let mut command = command(words);
        command.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", self.0.path());
        command
    }

    fn status(&self, words: &[&str], variables: &[(&str, &str)]) -> Value {
        let mut command = self.command(&["auth", "status", "--offline", "--output=json"]);
        ran(command.args(words).envs(variables.iter().copied())).json()
    }

    /// The section in words.
    fn section(&self, name: &str) -> String {
        format!("profile file {} [{name}]", self.0.path().display())
    }
}

/// Variables of another identity, another region and another project.
const OTHERS: [(&str, &str); 7] = [
    ("HSS_AUTH_TOKEN", TOKEN),
    ("HSS_PROFILE", "basic"),
    ("HW_REGION_NAME", "la-south-2"),
    ("HSS_ENDPOINT", "https://hss.example.com"),
    ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.example.com"),
    ("HUAWEICLOUD_SDK_PROJECT_ID", "another"),
    ("HW_ENTERPRISE_PROJECT_ID", "another"),
];

#[test]
fn profile_option_is_the_only_source() {
    let cloud = Cloud::start();
    let file = File::new(&cloud);
    let mut rescan = file.command(&["--profile", "prod", "rescan", HOST_TASK, "--all-failed"]);
    let done = ran(rescan.envs(OTHERS));
    assert_eq!(done.code, 0, "{done:?}");
    let request = cloud.request();
    assert!(request.path.contains(cloud.simulator.project_id()), "{request:?}");
    assert_eq!(request.query, [("enterprise_project_id".to_owned(), "e1".to_owned())]);
    assert!(
        request
            .header("authorization")
            .unwrap()
            .contains(cloud.simulator.access_key())
    );

    let shown = file.status(&["--profile", "prod"], &OTHERS);
    assert_eq!(shown["provider"], file.section("prod"));
    for (name, value) in [
        ("region", "cn-north-4"),
        ("endpoint", &cloud.simulator.endpoint()),
        ("iam_endpoint", &cloud.simulator.endpoint()),
        ("project_id", cloud.simulator.project_id()),
        ("enterprise_project_id", "e1"),
    ] {
        assert_eq!(shown[name], value, "{shown}");
        assert_eq!(shown[format!("{name}_from")], file.section("prod"), "{shown}");
    }
}

#[test]
fn options_override_the_profile() {
    let cloud = Cloud::start();
    let file = File::new(&cloud);
    for (option, name, value) in [
        ("--region", "region", "la-south-2"),
        ("--endpoint", "endpoint", "https://hss.example.com"),
        ("--iam-endpoint", "iam_endpoint", "https://iam.example.com"),
        ("--project-id", "project_id", "mine"),
        ("--enterprise-project-id", "enterprise_project_id", "mine"),
    ] {
        let shown = file.status(&["--profile=prod", option, value], &OTHERS);
        assert_eq!(
            (&shown[name], &shown[format!("{name}_from")]),
            (&json!(value), &json!(option))
        );
        assert_eq!(shown["provider"], file.section("prod"));
    }
}

#[test]
fn profile_variable_picks_the_section_and_leaves_the_order() {
    let cloud = Cloud::start();
    let file = File::new(&cloud);
    let shown = file.status(&[], &[("HSS_PROFILE", "prod")]);
    assert_eq!(
        (&shown["provider"], &shown["region"]),
        (&json!(file.section("prod")), &json!("cn-north-4"))
    );
    let shown = file.status(&[], &[("HSS_PROFILE", "")]);
    assert_eq!(
        (&shown["provider"], &shown["region"]),
        (&json!(file.section("basic")), &json!("eu-west-101"))
    );
    // A variable about the call precedes the profile.
    let shown = file.status(&[], &[("HSS_PROFILE", "prod"), ("HW_REGION_NAME", "la-south-2")]);
    assert_eq!(
        (&shown["region"], &shown["region_from"]),
        (&json!("la-south-2"), &json!("environment HW_REGION_NAME"))
    );
    // With another source of credentials the profile says nothing.
    let shown = file.status(&[], &[("HSS_PROFILE", "prod"), ("HSS_AUTH_TOKEN", TOKEN)]);
    assert_eq!(
        (&shown["provider"], &shown["region"], &shown["project_id"]),
        (&json!("environment HSS_AUTH_TOKEN"), &json!(null), &json!(null))
    );
}

#[test]
fn unusable_profile_is_an_error_before_anything_is_sent() {
    let cloud = Cloud::start();
    let file = File::new(&cloud);
    let status = |words: &[&str]| ran(file.command(&["auth", "status"]).args(words));
    let quoted = status(&["--profile=quoted"]);
    assert_eq!(quoted.code, 3, "{quoted:?}");
    let place = format!("{}, line 16, sk: the value is in quotes", file.0.path().display());
    assert!(quoted.stderr.contains(&place), "{quoted:?}");
    assert!(!quoted.stderr.contains("secret-7"), "{quoted:?}");
    let missing = status(&["--profile=Prod"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    assert!(
        missing
            .stderr
            .contains("has no section [Prod]; it has [basic], [prod], [quoted]"),
        "{missing:?}"
    );
    let both = status(&["--profile=prod", "--token-file=token"]);
    assert_eq!(both.code, 2, "{both:?}");
    assert!(
        both.stderr.starts_with("error: --profile and --token-file: "),
        "{both:?}"
    );
    assert_eq!(status(&["--profile="]).code, 2);

    let mut dry = file.command(&["rescan", "t", "--all-failed", "--dry-run", "--profile=prod"]);
    let dry = ran(&mut dry);
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.stdout.contains(cloud.simulator.project_id()), "{dry:?}");
    assert_eq!(cloud.simulator.requests(), []);
}

#[test]
fn profile_without_a_region_says_where_to_put_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[bare]\nak = a\nsk = s\n").unwrap();
    let mut call = command(["rescan", "t", "--all-failed", "--profile=bare"]);
    call.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", file.path())
        .env("HW_REGION_NAME", "cn-north-4");
    let refused = ran(&mut call);
    assert_eq!(refused.code, 2, "{refused:?}");
    let hint = "hint: set --region, or region in the section of the profile; with --profile, no variable counts";
    assert!(refused.stderr.contains(hint), "{refused:?}");
}
