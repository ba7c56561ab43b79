//! No one's text steers the terminal.

use huaweicloud_hss_sim::Fault;
use serde_json::json;

use crate::lists::Lists;
use crate::support::{Cloud, HOST_TASK, Ran, hss};

/// Control characters of both sets, marks that turn or hide letters, marks without a letter, ends of lines.
const NASTY: &str = "\u{301}a\u{1b}[2J\u{7}\u{9b}31m\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{200b}\u{feff}\u{61c}\u{180e}\u{2028}\u{2029}\u{85}\u{7f}\u{fff9}\u{e0041} \u{20dd}b\r\nc";

fn steers(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn assert_tame(ran: &Ran) {
    for output in [&ran.stdout, &ran.stderr] {
        assert!(!output.contains(steers), "{ran:?}");
        // The marks that would stand on a letter of ours.
        assert!(!output.contains(['\u{301}', '\u{20dd}']), "{ran:?}");
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
                ran.stdout.contains(r"\u{301}a\u{1b}[2J\u{7}\u{9b}31m\u{202a}\u{202e}"),
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
fn lists_are_escaped_in_progress_results_and_refusals() {
    for output in ["--output=text", "--output=json"] {
        let lists = Lists::start();
        lists.inject(Fault::answer(500).body(NASTY));
        let list = lists.file(&json!(NASTY).to_string());
        let ran = lists.ran(&list, [output]);
        assert_eq!(ran.code, 7, "{ran:?}");
        assert_tame(&ran);
        if output == "--output=json" {
            assert_eq!(ran.json()["in_doubt_ids"], json!([NASTY]));
        }
        let ran = lists.ran(&lists.file(&json!({NASTY: NASTY}).to_string()), [output]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_tame(&ran);
    }
}

#[test]
fn messages_of_the_service_are_escaped() {
    for output in ["--output=text", "--output=json"] {
        let cloud = Cloud::start();
        let said = json!({"error_code": NASTY, "error_msg": NASTY, "request_id": NASTY}).to_string();
        cloud.simulator.inject(Fault::answer(400).body(said).times(2)).unwrap();
        for log in ["-q", "-vvv"] {
            let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", output, log]);
            assert_eq!(ran.code, 4, "{ran:?}");
            assert_tame(&ran);
        }
        let page = format!("<html>{NASTY}</html>");
        cloud.simulator.inject(Fault::answer(502).body(page)).unwrap();
        let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", output, "-vvv"]);
        assert_eq!(ran.code, 7, "{ran:?}");
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
