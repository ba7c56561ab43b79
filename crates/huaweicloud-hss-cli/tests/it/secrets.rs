//! Secrets are in no output, in any encoding.

use std::time::Duration;

use huaweicloud_hss_sim::Fault;
use serde_json::json;

use crate::support::{Cloud, HOST_TASK, Ran, TOKEN};

fn assert_clean(ran: &Ran) {
    let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let json = json!(TOKEN).to_string();
    let reserved = TOKEN.replace('%', "%25").replace('/', "%2F").replace('+', "%2B");
    let base64 = "dG9rLTNmQTklMkYrc2VjcmV0LzdjIlx4";
    // A piece that is the same in every encoding and occurs nowhere else.
    let piece = "3fA9";
    for secret in [TOKEN, &percent, json.trim_matches('"'), &reserved, base64, piece] {
        for output in [&ran.stdout, &ran.stderr] {
            assert!(!output.contains(secret), "{secret} in {ran:?}");
        }
    }
}

#[test]
fn secrets_are_in_no_output_at_any_verbosity() {
    let echo = json!({"error_code": "APIGW.0301", "error_msg": format!("token {TOKEN} is wrong")}).to_string();
    for verbose in ["-q", "-v", "-vv", "-vvv"] {
        for output in ["--output=text", "--output=json"] {
            let cloud = Cloud::start();
            let faults = [
                Fault::answer(401).body(echo.clone()),
                Fault::answer(503).body(format!("<html>{TOKEN}</html>")),
                Fault::delay(Duration::from_secs(3600)),
            ];
            for (fault, code) in faults.into_iter().zip([3, 7, 7]) {
                cloud.simulator.inject(fault).unwrap();
                let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", "--timeout=300ms", verbose, output]);
                assert_eq!(ran.code, code, "{ran:?}");
                assert_clean(&ran);
            }
            for last in [
                "--dry-run",
                "--help",
                #[cfg(feature = "simulator")]
                "--simulate",
                "--timeout=30s",
            ] {
                let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", verbose, output, last]);
                assert_eq!(ran.code, 0, "{ran:?}");
                assert_clean(&ran);
            }
        }
    }
}

#[test]
fn invalid_token_is_not_shown() {
    for token in [
        format!("{TOKEN}\u{e9}"),
        format!("{TOKEN} "),
        format!("{TOKEN}{}", "x".repeat(40_000)),
    ] {
        let cloud = Cloud::start();
        let mut command = cloud.command(["rescan", HOST_TASK, "--all-failed", "-vvv"]);
        let ran = crate::support::ran(command.env("HSS_AUTH_TOKEN", token));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_clean(&ran);
    }
}

#[test]
fn log_shows_status_and_credential_source() {
    let cloud = Cloud::start();
    let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", "-v"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    assert!(
        ran.stderr.contains("status_code=200") && ran.stderr.contains("outcome=\"accepted\""),
        "{ran:?}"
    );
    let more = cloud.hss(["rescan", HOST_TASK, "--all-failed", "-vv"]);
    assert!(
        more.stderr
            .contains("the credentials are the token (environment HSS_AUTH_TOKEN)"),
        "{more:?}"
    );
}

#[test]
fn token_echoed_in_a_response_header_is_masked_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("hosts.txt");
    std::fs::write(&list, "host-a\n").unwrap();
    for (fault, code) in [
        (Fault::answer(200).header("X-Request-Id", TOKEN), 0),
        (Fault::answer(400).header("X-Request-Id", TOKEN), 4),
        (Fault::answer(502).header("Content-Encoding", TOKEN).body("x"), 7),
    ] {
        for output in ["--output=text", "--output=json"] {
            let cloud = Cloud::start();
            cloud.simulator.inject(fault.clone().times(2)).unwrap();
            let single = cloud.hss(["rescan", HOST_TASK, "--all-failed", "-vvv", output]);
            let journal = folder.path().join(format!("journal-{code}{output}"));
            let (list, path) = (list.to_str().unwrap(), journal.to_str().unwrap());
            let list = [
                "rescan",
                HOST_TASK,
                "--hosts-from",
                list,
                "--journal",
                path,
                "-vvv",
                output,
            ];
            for ran in [single, cloud.hss(list)] {
                assert_eq!(ran.code, code, "{ran:?}");
                assert_clean(&ran);
                let shown = format!("{}{}", ran.stdout, ran.stderr);
                assert!(shown.contains("***"), "{ran:?}");
            }
            let stdout = std::fs::read_to_string(journal).unwrap();
            assert!(stdout.contains("confirmed") || stdout.contains("refused") || stdout.contains("unknown"));
            assert_clean(&Ran {
                code,
                stdout,
                stderr: String::new(),
            });
        }
    }
}
