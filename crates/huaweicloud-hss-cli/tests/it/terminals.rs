//! No one's text steers the terminal.

use huaweicloud_hss_sim::Fault;
use serde_json::json;

use crate::support::{Cloud, HOST_TASK, Ran, hss};

const NASTY: &str = "a\u{1b}[2J\u{7}\u{9b}31m\u{202e}b\r\nc";

fn assert_tame(ran: &Ran) {
    for output in [&ran.stdout, &ran.stderr] {
        let steers = |letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}';
        assert!(!output.contains(steers), "{ran:?}");
    }
}

#[test]
fn ids_are_escaped_in_results_and_notes() {
    for output in ["--output=text", "--output=json"] {
        let cloud = Cloud::with(huaweicloud_hss_sim::Simulator::builder().any_task(true));
        let ran = cloud.hss(["rescan", NASTY, "--host", NASTY, "--host", NASTY, output]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_tame(&ran);
        assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
        if output == "--output=json" {
            assert_eq!(ran.json()["task_id"], NASTY);
        } else {
            assert!(
                ran.stdout.contains("a\\u{1b}[2J\\u{7}\\u{9b}31m\\u{202e}b\\r\\nc"),
                "{ran:?}"
            );
        }
        let ran = cloud.hss(["retry", "t", "--cluster", &format!("c={NASTY}"), output]);
        assert_tame(&ran);
        let ran = cloud.hss(["rescan", NASTY, "--host", NASTY, "--dry-run", output]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_tame(&ran);
    }
}

#[test]
fn messages_of_the_service_are_escaped() {
    for output in ["--output=text", "--output=json"] {
        let cloud = Cloud::start();
        let said = json!({"error_code": NASTY, "error_msg": NASTY, "request_id": NASTY}).to_string();
        cloud.simulator.inject(Fault::answer(400).body(said)).unwrap();
        let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", output]);
        assert_eq!(ran.code, 4, "{ran:?}");
        assert_tame(&ran);
    }
}

#[test]
fn wrong_words_are_escaped() {
    for words in [
        &[NASTY][..],
        &["rescan", "t", "--all-failed", "--timeout", NASTY],
        &["retry", "t", "--all-failed", NASTY],
        &[
            "rescan",
            "t",
            "--all-failed",
            "--region",
            NASTY,
            "--project-id=p",
            "--dry-run",
        ],
        &[
            "rescan",
            "t",
            "--all-failed",
            "--endpoint",
            NASTY,
            "--project-id=p",
            "--dry-run",
        ],
        &["rescan", "t", "--body", NASTY],
    ] {
        for output in ["--output=text", "--output=json"] {
            let ran = hss(words.iter().copied().chain([output]));
            assert_eq!(ran.code, 2, "{ran:?}");
            assert_tame(&ran);
        }
    }
}
