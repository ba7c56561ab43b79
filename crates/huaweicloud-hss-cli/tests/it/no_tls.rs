//! A build without the features that bring TLS.

use crate::support::{Cloud, HOST_TASK, TOKEN, command, ran};

const MISSING: &str = "this build has no TLS";
const HINT: &str = "build with the feature rustls-aws-lc-rs or rustls-ring";

#[test]
fn https_says_that_the_build_has_no_tls_and_all_else_works() {
    let cloud = Cloud::start();
    let rescan = ["rescan", HOST_TASK, "--all-failed"];
    let refused = ran(cloud
        .command(rescan)
        .env("HSS_ENDPOINT", "https://hss.cn-north-4.myhuaweicloud.com"));
    let expected = format!("error: {MISSING}\noutcome: nothing was sent\nhint: {HINT}\n");
    assert_eq!((refused.code, refused.stderr), (2, expected));
    assert_eq!(cloud.hss(rescan).code, 0);
    let dry_run = command(rescan)
        .args(["--dry-run", "--region=cn-north-4", "--project-id=p"])
        .output();
    assert!(dry_run.unwrap().status.success());
}

#[test]
fn certificates_and_iam_need_tls_too() {
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), "pem").unwrap();
    let status = |words: &[&str]| {
        let mut command = command(["auth", "status", "--region=cn-north-4"]);
        ran(command.args(words).env("HSS_AUTH_TOKEN", TOKEN))
    };
    let bundle = status(&["--ca-bundle", authority.path().to_str().unwrap()]);
    assert!(bundle.code == 2 && bundle.stderr.contains(MISSING), "{bundle:?}");
    let iam = status(&[]);
    assert!(iam.code == 2 && iam.stderr.contains(MISSING), "{iam:?}");
}
