//! Foreign text cannot control the terminal.

use huaweicloud_hss_sim::Fault;
use serde_json::json;

use crate::lists::Lists;
use crate::support::{Cloud, HOST_TASK, Ran, hss};

/// Control characters, direction marks, invisible characters, combining marks without a base letter, line ends.
const UNSAFE_TEXT: &str = "\u{301}a\u{1b}[2J\u{7}\u{9b}31m\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{200b}\u{feff}\u{61c}\u{180e}\u{2028}\u{2029}\u{85}\u{7f}\u{fff9}\u{e0041} \u{20dd}b\r\nc";

fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn assert_escaped(ran: &Ran) {
    for output in [&ran.stdout, &ran.stderr] {
        assert!(!output.contains(is_unsafe), "{ran:?}");
        // The marks that would combine with our text.
        assert!(!output.contains(['\u{301}', '\u{20dd}']), "{ran:?}");
    }
}

#[test]
fn ids_are_escaped_in_refusals() {
    for output in ["--output=text", "--output=json"] {
        let cloud = Cloud::with(huaweicloud_hss_sim::Simulator::builder().any_task(true));
        for words in [
            &["rescan", UNSAFE_TEXT, "--host", "h"][..],
            &["rescan", "t", "--host", UNSAFE_TEXT, "--host", UNSAFE_TEXT],
            &["rescan", "t", "--host", UNSAFE_TEXT, "--dry-run"],
            &["retry", "t", "--cluster", UNSAFE_TEXT],
            &["retry", "t", "--cluster", &format!("c={UNSAFE_TEXT}")],
        ] {
            let ran = cloud.hss(words.iter().copied().chain([output]));
            assert_eq!(ran.code, 2, "{ran:?}");
            assert_escaped(&ran);
            let said = format!("{}{}", ran.stdout, ran.stderr).replace(r"\\", r"\");
            assert!(
                said.contains(r"\u{301}a\u{1b}[2J\u{7}\u{9b}31m\u{202a}\u{202e}"),
                "{ran:?}"
            );
        }
        assert_eq!(cloud.simulator.requests(), []);
    }
}

#[test]
fn lists_are_escaped_in_progress_results_and_refusals() {
    for output in ["--output=text", "--output=json"] {
        let lists = Lists::start();
        lists.inject(Fault::answer(500).body(UNSAFE_TEXT));
        let ran = lists.ran(&lists.file("host-1"), [output]);
        assert_eq!(ran.code, 7, "{ran:?}");
        assert_escaped(&ran);
        for text in [
            json!(UNSAFE_TEXT).to_string(),
            json!([UNSAFE_TEXT]).to_string(),
            json!({UNSAFE_TEXT: UNSAFE_TEXT}).to_string(),
            format!("host-1\n{UNSAFE_TEXT}"),
            format!("{UNSAFE_TEXT},x\n1,2"),
            format!("[\n{UNSAFE_TEXT}\n"),
        ] {
            let ran = lists.ran(&lists.file(&text), [output]);
            assert_eq!(ran.code, 2, "{ran:?}");
            assert_escaped(&ran);
        }
        let ran = lists.ran(&lists.file(&format!("{UNSAFE_TEXT},x")), [output, "--column=id"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_escaped(&ran);
    }
}

#[test]
fn messages_of_the_service_are_escaped() {
    for output in ["--output=text", "--output=json"] {
        let cloud = Cloud::start();
        let said = json!({"error_code": UNSAFE_TEXT, "error_msg": UNSAFE_TEXT, "request_id": UNSAFE_TEXT}).to_string();
        cloud.simulator.inject(Fault::answer(400).body(said).times(2)).unwrap();
        for log in ["-q", "-vvv"] {
            let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", output, log]);
            assert_eq!(ran.code, 4, "{ran:?}");
            assert_escaped(&ran);
        }
        let page = format!("<html>{UNSAFE_TEXT}</html>");
        cloud.simulator.inject(Fault::answer(502).body(page)).unwrap();
        let ran = cloud.hss(["rescan", HOST_TASK, "--all-failed", output, "-vvv"]);
        assert_eq!(ran.code, 7, "{ran:?}");
        assert_escaped(&ran);
    }
}

#[test]
fn usage_errors_are_escaped() {
    for words in [
        &[UNSAFE_TEXT][..],
        &["rescan", "t", "--all-failed", "--timeout", UNSAFE_TEXT],
        &["retry", "t", "--all-failed", UNSAFE_TEXT],
        &[
            "rescan",
            "t",
            "--all-failed",
            "--region",
            UNSAFE_TEXT,
            "--project-id=p",
            "--dry-run",
        ],
        &[
            "rescan",
            "t",
            "--all-failed",
            "--endpoint",
            UNSAFE_TEXT,
            "--project-id=p",
            "--dry-run",
        ],
        &["rescan", "t", "--body", UNSAFE_TEXT],
    ] {
        for output in ["--output=text", "--output=json"] {
            let ran = hss(words.iter().copied().chain([output]));
            assert_eq!(ran.code, 2, "{ran:?}");
            assert_escaped(&ran);
        }
    }
}
