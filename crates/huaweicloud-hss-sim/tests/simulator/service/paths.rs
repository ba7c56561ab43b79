//! Ids of any characters arrive unchanged, and no path is taken for another.

use crate::support::{Call, unlimited};
use huaweicloud_hss_sim::{ScanState, Tasks, VulnerabilityScanTask};
use serde_json::json;

/// Each id and the ways in which a client may write it in a path.
const IDS: [(&str, &[&str]); 14] = [
    ("plain-1", &["plain-1", "%70lain%2D1"]),
    ("a/b", &["a%2Fb", "a%2fb"]),
    ("..", &["..", "%2e%2E", ".%2e"]),
    (".", &[".", "%2E"]),
    ("x\\..\\other", &["x%5C..%5Cother", "x\\..\\other"]),
    ("%2e%2e", &["%252e%252e"]),
    ("%", &["%25"]),
    ("a\nb", &["a%0Ab"]),
    ("a\0b", &["a%00b"]),
    ("a b+c", &["a%20b+c", "a%20b%2Bc"]),
    ("?#;=&", &["%3F%23%3B%3D%26", "%3F%23;=&"]),
    ("é🦀", &["%C3%A9%F0%9F%A6%80"]),
    ("\u{202e}\u{85}\u{1b}[31m", &["%E2%80%AE%C2%85%1B%5B31m"]),
    (
        "../../../common/tasks/t/retry",
        &["..%2F..%2F..%2Fcommon%2Ftasks%2Ft%2Fretry"],
    ),
];

#[tokio::test]
async fn ids_arrive_intact() {
    let tasks = IDS.iter().fold(Tasks::new(), |tasks, (id, _)| {
        tasks.with_vulnerability_scan_task(VulnerabilityScanTask::new(*id).with_host("h", ScanState::Failed))
    });
    for (id, ways) in IDS {
        for way in ways {
            let simulator = unlimited().tasks(tasks.clone()).start().await.unwrap();
            let call = Call::rescan(&simulator, way).json(&json!({"range_type": "all_failed_host"}));
            call.send(&simulator).await.assert_accepted();
            // That task and no other has changed.
            for (other, _) in IDS {
                let expected = if other == id {
                    ScanState::Scanning
                } else {
                    ScanState::Failed
                };
                let state = simulator.vulnerability_scan_task(other).unwrap().state("h");
                assert_eq!(state, Some(expected), "{way} changed {other:?}");
            }
            assert_eq!(
                simulator.requests()[0].path,
                call.target,
                "the journal keeps the path as it came"
            );
            let shown = Call::new("GET", &format!("/_sim/tasks/{way}")).send(&simulator).await;
            assert_eq!(shown.json()["id"], json!(id));
        }
    }
}

#[tokio::test]
async fn dot_segments_stay_in_the_path() {
    let simulator = unlimited().start().await.unwrap();
    let good = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    for target in [
        good.target.replace("/v5/", "/v5/./"),
        good.target.replace("/v5/", "/v5/x/../"),
        good.target.replace("/v5/", "/v5/%2e/"),
        format!("/..{}", good.target),
    ] {
        let reply = Call {
            target: target.clone(),
            ..good.clone()
        }
        .send(&simulator)
        .await;
        assert_eq!(reply.verdict(), (404, "APIGW.0101".to_owned()), "{target}");
    }
    let task = simulator
        .vulnerability_scan_task(huaweicloud_hss_sim::DEMO_VUL_SCAN_TASK_ID)
        .unwrap();
    assert_eq!(task.state("host-a"), Some(ScanState::Failed));
}

#[tokio::test]
async fn refuses_what_cannot_be_decoded() {
    let simulator = unlimited().any_task(true).start().await.unwrap();
    let body = json!({"range_type": "all_failed_host"});
    for id in ["%", "%2", "%zz", "%ff", "a%C3", "%ED%A0%80", "%C0%AF"] {
        let reply = Call::rescan(&simulator, id).json(&body).send(&simulator).await;
        assert_eq!(reply.verdict(), (400, "HSS.0001".to_owned()), "{id}");
        reply.assert_message_holds("`task_id`");
    }
    let good = Call::rescan(&simulator, "t").json(&body);
    let target = good.target.replace(simulator.project_id(), "%ff");
    Call { target, ..good }
        .send(&simulator)
        .await
        .assert_refused(400, "HSS.0001");
}

#[tokio::test]
async fn a_query_is_decoded_as_a_form() {
    let simulator = unlimited().start().await.unwrap();
    let call = Call::demo_rescan(&simulator).query("enterprise_project_id=a+b%2Bc%26&flag&x=1&x=2");
    call.json(&json!({"range_type": "all_failed_host"}))
        .send(&simulator)
        .await
        .assert_accepted();
    let expected = [
        ("enterprise_project_id", "a b+c&"),
        ("flag", ""),
        ("x", "1"),
        ("x", "2"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(simulator.requests()[0].query, expected);
}
