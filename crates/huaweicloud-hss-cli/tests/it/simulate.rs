//! `--simulate`.

use crate::support::{CLUSTER_TASK, Cloud, HOST_TASK, hss, redacted};

#[test]
fn simulate_needs_no_settings_and_names_the_simulator() {
    for words in [
        ["rescan", HOST_TASK, "--all-failed", "--simulate"],
        ["retry", CLUSTER_TASK, "--simulate", "--cluster=cluster-2"],
    ] {
        let ran = hss(words);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("nothing reaches the cloud"), "{ran:?}");
    }
    redacted(|| {
        let ran = hss(["rescan", "nightly", "--host=host-a", "--simulate"]);
        insta::assert_snapshot!("simulated_not_found", ran.transcript());
    });
}

#[test]
fn simulate_ignores_the_endpoint_of_the_environment() {
    let cloud = Cloud::start();
    assert_eq!(cloud.hss(["rescan", HOST_TASK, "--all-failed", "--simulate"]).code, 0);
    assert_eq!(cloud.simulator.requests(), []);
}
