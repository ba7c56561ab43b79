//! A build without the feature `simulator`.

use crate::support::{HOST_TASK, hss};

#[test]
fn demo_and_simulate_say_that_the_build_has_no_simulator() {
    for (words, what) in [
        (&["demo"][..], "hss demo"),
        (&["rescan", HOST_TASK, "--all-failed", "--simulate"], "--simulate"),
        (&["retry", "t", "--all-failed", "--simulate"], "--simulate"),
    ] {
        let ran = hss(words);
        let expected = format!(
            "error: {what}: this build of hss has no simulator\noutcome: nothing was sent\nhint: get one with cargo \
             install huaweicloud-hss-cli --features simulator, or run hss-sim and call it with --endpoint\n"
        );
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (2, "", expected.as_str())
        );
        let error = hss(words.iter().chain(&["--output=json"])).json();
        assert_eq!(error["error"]["kind"], "invalid");
    }
}
