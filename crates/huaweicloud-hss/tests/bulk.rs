//! Runs of many batches against the simulator: nothing lost, nothing sent twice.
#![cfg(test)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use huaweicloud_hss::bulk::{Event, MAX_CONSECUTIVE_UNKNOWN, Pace, Plan, Run, Stop, Summary};
use huaweicloud_hss::{Client, Cluster, ErrorKind, Outcome, RetryPolicy};
use huaweicloud_hss_sim::{Fault, Quota, Simulator};
use proptest::prelude::*;

const TOKEN: &str = "a-token-for-bulk";

struct Cloud {
    simulator: Arc<Simulator>,
    client: Client,
    folder: tempfile::TempDir,
}

impl Cloud {
    async fn start() -> Self {
        let simulator = Simulator::builder().quota(Quota::off()).any_task(true).token(TOKEN);
        let simulator = simulator.start().await.unwrap();
        let client = Client::builder()
            .endpoint(simulator.endpoint())
            .project_id(simulator.project_id())
            .retry_policy(RetryPolicy::none())
            .token(TOKEN);
        Self {
            client: client.build().unwrap(),
            simulator: Arc::new(simulator),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, plan: &Plan) -> Run<'_> {
        self.client
            .bulk(plan)
            .journal(self.folder.path().join("journal"))
            .pace(Pace::off())
    }

    fn journal(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("journal")).unwrap()
    }

    fn inject(&self, fault: Fault) {
        self.simulator.inject(fault).unwrap();
    }

    /// Waits until this many requests have arrived.
    async fn arrived(&self, requests: usize) {
        while self.simulator.requests().len() < requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The ids that were taken, and how often each.
    fn taken(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for request in self.simulator.requests() {
            if request.acted {
                let body: serde_json::Value = serde_json::from_str(&request.body.unwrap()).unwrap();
                let hosts = body["host_ids"].as_array().into_iter().flatten();
                let clusters = body["cluster_scan_info"]["cluster_info_list"]
                    .as_array()
                    .into_iter()
                    .flatten();
                for id in hosts.chain(clusters.map(|cluster| &cluster["cluster_id"])) {
                    *counts.entry(id.as_str().unwrap().to_owned()).or_default() += 1;
                }
            }
        }
        counts
    }

    fn assert_taken_once(&self, ids: usize) {
        let taken = self.taken();
        assert_eq!(taken.len(), ids);
        assert!(taken.values().all(|count| *count == 1));
    }
}

fn plan(batches: usize) -> Plan {
    Plan::rescan("task", (0..batches * 1000).map(|number| format!("host-{number}"))).unwrap()
}

fn refusal(code: &str) -> Fault {
    Fault::answer(400).body(format!(r#"{{"error_code": "{code}", "error_msg": "no"}}"#))
}

/// Batches confirmed, unknown, refused and not sent.
fn batches(summary: &Summary) -> [usize; 4] {
    let counts = summary.counts();
    [counts.confirmed, counts.unknown, counts.refused, counts.not_sent].map(|tally| tally.batches)
}

#[tokio::test]
async fn second_run_resends_nothing() {
    let cloud = Cloud::start().await;
    let plan = plan(3);
    let summary = cloud.run(&plan).send().await.unwrap();
    assert!(summary.is_complete() && summary.error().is_none() && !summary.is_stopped());
    assert_eq!(batches(&summary), [3, 0, 0, 0]);
    let again = cloud.run(&plan).send().await.unwrap();
    assert_eq!(again.counts_before(), summary.counts());
    cloud.assert_taken_once(3000);
    assert!(!cloud.journal().contains(TOKEN));
    assert!(!cloud.journal().contains("host-1"));
}

#[tokio::test]
async fn clusters_are_sent_with_scan_items_and_enterprise_project() {
    let cloud = Cloud::start().await;
    let clusters = (0..201).map(|number| Cluster::new(format!("c-{number}")).scan_types(["benchmark"]));
    let plan = Plan::retry("task", clusters)
        .unwrap()
        .enterprise_project_id("eps")
        .unwrap();
    let preview = plan.preview(&cloud.client, 1).await.unwrap();
    let summary = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&summary), [2, 0, 0, 0]);
    let requests = cloud.simulator.requests();
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.query == [("enterprise_project_id".to_owned(), "eps".to_owned())])
    );
    let last = requests[1].body.as_deref().unwrap();
    assert!(
        last.contains(r#"{"cluster_id":"c-200","scan_type_list":["benchmark"]}"#),
        "{last}"
    );
    assert_eq!(preview.body(), last);
}

#[tokio::test]
async fn refusal_ends_the_run_and_the_next_run_resumes() {
    let cloud = Cloud::start().await;
    let plan = plan(4);
    let simulator = Arc::clone(&cloud.simulator);
    let refuse_after_two = move |progress: &huaweicloud_hss::bulk::Progress<'_>| {
        if matches!(progress.event, Event::Confirmed { batch: 1, .. }) {
            simulator.inject(refusal("HSS.1006")).unwrap();
        }
    };
    let summary = cloud.run(&plan).on_progress(refuse_after_two).send().await.unwrap();
    assert_eq!(batches(&summary), [2, 0, 1, 1]);
    assert!(!summary.is_complete());
    assert_eq!(summary.error().unwrap().code(), Some("HSS.1006"));
    let resumed = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&resumed), [4, 0, 0, 0]);
    assert_eq!(resumed.counts_before(), summary.counts());
    cloud.assert_taken_once(4000);
}

#[tokio::test]
async fn unknown_batch_is_named_and_resent_only_on_demand() {
    let cloud = Cloud::start().await;
    let plan = plan(3);
    cloud.inject(Fault::answer(500));
    let summary = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&summary), [2, 1, 0, 0]);
    assert!(summary.is_complete() && summary.error().is_none());
    let unknown: Vec<String> = summary
        .unknown()
        .flat_map(|batch| batch.ids().map(str::to_owned))
        .collect();
    assert_eq!(unknown, plan.batch(0).collect::<Vec<_>>());
    assert_eq!(summary.unknown().map(|batch| batch.batch()).collect::<Vec<_>>(), [0]);

    let resumed = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&resumed), [2, 1, 0, 0]);
    assert_eq!(cloud.simulator.requests().len(), 3, "not sent again");

    // A refusal of the second send says nothing of the first.
    cloud.inject(refusal("HSS.1006"));
    let refused = cloud.run(&plan).resend_unknown(true).send().await.unwrap();
    assert_eq!(batches(&refused), [2, 1, 0, 0]);
    assert!(refused.error().is_some());
    let resumed = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&resumed), [2, 1, 0, 0]);

    let resent = cloud.run(&plan).resend_unknown(true).send().await.unwrap();
    assert_eq!(batches(&resent), [3, 0, 0, 0]);
    cloud.assert_taken_once(3000);
}

#[tokio::test]
async fn several_unknown_outcomes_in_a_row_end_the_run() {
    let cloud = Cloud::start().await;
    let plan = plan(MAX_CONSECUTIVE_UNKNOWN + 2);
    cloud.inject(Fault::answer(500).times(100));
    let summary = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&summary), [0, MAX_CONSECUTIVE_UNKNOWN, 0, 2]);
    assert_eq!(summary.error().unwrap().outcome(), Outcome::Unknown);
    assert_eq!(cloud.simulator.requests().len(), MAX_CONSECUTIVE_UNKNOWN);
}

#[tokio::test]
async fn run_is_complete_when_everything_was_sent_even_if_unknown() {
    let cloud = Cloud::start().await;
    cloud.inject(Fault::answer(500).times(100));
    let summary = cloud.run(&plan(MAX_CONSECUTIVE_UNKNOWN)).send().await.unwrap();
    assert_eq!(batches(&summary), [0, MAX_CONSECUTIVE_UNKNOWN, 0, 0]);
    assert!(summary.is_complete() && summary.error().is_none(), "{summary:?}");
}

/// The pace counts sends and the journal notes them, so each is one request, whatever the client's policy would do.
#[tokio::test]
async fn every_request_of_a_run_counts_against_the_pace() {
    let cloud = Cloud::start().await;
    let unsafely = RetryPolicy::new().unsafely_repeat_unknown_outcomes();
    for (policy, status, code, sends) in [
        (RetryPolicy::new(), 429, "APIGW.0308", 3),
        (RetryPolicy::new(), 503, "APIGW.0613", 3),
        (unsafely, 429, "APIGW.0308", 3),
        (unsafely, 500, "HSS.0001", 1),
    ] {
        let client = Client::builder()
            .endpoint(cloud.simulator.endpoint())
            .project_id(cloud.simulator.project_id())
            .retry_policy(policy)
            .token(TOKEN)
            .build()
            .unwrap();
        let body = format!(r#"{{"error_code": "{code}", "error_msg": "no"}}"#);
        let fault = Fault::answer(status).header("Retry-After", "0").body(body);
        cloud.inject(fault.times(sends - u64::from(sends > 1)));
        let before = cloud.simulator.requests().len();
        let (mut sent, mut each) = (0, Vec::new());
        let run = client
            .bulk(&plan(1))
            .pace(Pace::off())
            .on_progress(|progress| match progress.event {
                Event::Sending { .. } => sent += 1,
                Event::Confirmed { .. } | Event::Failed { .. } => each.push(cloud.simulator.requests().len() - before),
                _ => {}
            });
        let summary = run.send().await.unwrap();
        let case = format!("{status} {summary:?}");
        assert_eq!(
            (sent, cloud.simulator.requests().len() - before),
            (sends, sends as usize),
            "{case}"
        );
        assert_eq!(each, (1..=sends as usize).collect::<Vec<_>>(), "{case}");
        assert_eq!(summary.counts().confirmed.batches, usize::from(status != 500), "{case}");
    }
}

#[tokio::test]
async fn unreachable_service_ends_the_run_with_nothing_unknown() {
    let cloud = Cloud::start().await;
    let client = Client::builder()
        .endpoint(testkit::closed_endpoint())
        .project_id("p")
        .token(TOKEN);
    let client = client.build().unwrap();
    let journal = cloud.folder.path().join("nowhere");
    let summary = client.bulk(&plan(2)).journal(&journal).send().await.unwrap();
    assert_eq!(batches(&summary), [0, 0, 0, 2]);
    let error = summary.error().unwrap();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.attempts(), 3, "nothing arrives, so these are the policy's");
}

#[tokio::test]
async fn retries_a_busy_refusal_but_not_an_invalid_parameter() {
    let cloud = Cloud::start().await;
    let plan = plan(2);
    cloud.inject(refusal("HSS.1006").times(3));
    let run = cloud.run(&plan).retry_refused_after(Duration::from_millis(1));
    let summary = run.send().await.unwrap();
    assert_eq!(batches(&summary), [2, 0, 0, 0]);
    assert_eq!(cloud.simulator.requests().len(), 5);
    cloud.assert_taken_once(2000);

    for (fault, kind) in [
        (refusal("HSS.0001"), ErrorKind::Refused),
        (refusal("HSS.0011"), ErrorKind::NotFound),
        (refusal("HSS.1007"), ErrorKind::Refused),
        (refusal("APIGW.0201"), ErrorKind::Refused),
        (Fault::answer(400), ErrorKind::Refused),
        (Fault::answer(403), ErrorKind::Permission),
    ] {
        let cloud = Cloud::start().await;
        cloud.inject(fault);
        let run = cloud.run(&plan).retry_refused_after(Duration::from_millis(1));
        let summary = run.send().await.unwrap();
        assert_eq!(summary.error().unwrap().kind(), kind);
        assert_eq!(cloud.simulator.requests().len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn stop_finishes_batches_in_flight_and_sends_nothing_new() {
    let cloud = Cloud::start().await;
    let plan = plan(6);
    let stop = Stop::new();
    let handle = stop.clone();
    let stop_at_the_second = move |progress: &huaweicloud_hss::bulk::Progress<'_>| {
        if matches!(progress.event, Event::Sending { batch: 1, .. }) {
            handle.stop();
        }
    };
    let run = cloud.run(&plan).parallel(2).stop(&stop).on_progress(stop_at_the_second);
    let summary = run.send().await.unwrap();
    assert_eq!(batches(&summary), [2, 0, 0, 4]);
    assert!(summary.is_stopped() && !summary.is_complete() && summary.error().is_none());
    let resumed = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&resumed), [6, 0, 0, 0]);
    cloud.assert_taken_once(6000);
}

#[tokio::test]
async fn dropped_run_leaves_its_batch_unknown() {
    let cloud = Cloud::start().await;
    let plan = plan(3);
    cloud.inject(Fault::answer(500).after(Duration::from_secs(3600)));
    tokio::select! {
        _ = cloud.run(&plan).send() => panic!("the response is delayed"),
        () = cloud.arrived(1) => {}
    }
    let resumed = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&resumed), [2, 1, 0, 0]);
    assert_eq!(batches(&resumed)[1], resumed.counts_before().unknown.batches);
}

#[tokio::test]
async fn parallel_limits_the_requests_in_flight() {
    let cloud = Cloud::start().await;
    for _ in 0..9 {
        cloud.inject(Fault::answer(500).after(Duration::from_secs(3600)));
    }
    let mut most = 0;
    let run = cloud
        .run(&plan(9))
        .parallel(3)
        .on_progress(|progress| most = most.max(progress.counts.unknown.batches));
    tokio::select! {
        _ = run.send() => panic!("the responses are delayed"),
        () = cloud.arrived(3) => {}
    }
    assert_eq!(most, 3);
}

#[tokio::test]
async fn parallel_run_sends_each_batch_once() {
    let cloud = Cloud::start().await;
    let summary = cloud.run(&plan(9)).parallel(3).send().await.unwrap();
    assert_eq!(batches(&summary), [9, 0, 0, 0]);
    cloud.assert_taken_once(9000);
}

#[tokio::test]
async fn journal_of_another_run_is_refused() {
    let cloud = Cloud::start().await;
    cloud.run(&plan(1)).send().await.unwrap();
    let error = cloud.run(&plan(2)).send().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
    assert!(
        error
            .to_string()
            .ends_with("its number of ids is 1000, and here it is 2000"),
        "{error}"
    );
    assert_eq!(cloud.simulator.requests().len(), 1);
}

#[tokio::test]
async fn folder_holds_one_journal_per_run() {
    let cloud = Cloud::start().await;
    let folder = cloud.folder.path().join("a/b");
    let run = |plan: &Plan| cloud.client.bulk(plan).journal_in(&folder).pace(Pace::off()).send();
    for plan in [plan(1), plan(2), plan(1)] {
        let summary = run(&plan).await.unwrap();
        assert_eq!(summary.journal().and_then(Path::parent), Some(folder.as_path()));
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    assert_eq!(cloud.simulator.requests().len(), 3);
}

#[tokio::test]
async fn run_can_be_spawned() {
    let cloud = Cloud::start().await;
    let client = cloud.client.clone();
    let spawned = tokio::spawn(async move { client.bulk(&plan(1)).pace(Pace::off()).send().await });
    assert_eq!(batches(&spawned.await.unwrap().unwrap()), [1, 0, 0, 0]);
}

/// A random response.
fn answered(kind: u8) -> Fault {
    match kind {
        0 => Fault::answer(500),
        1 => Fault::answer(502).body("<html>no answer</html>"),
        2 => refusal("HSS.1006"),
        3 => Fault::answer(429).header("Retry-After", "0"),
        4 => Fault::reset(),
        5 => Fault::reset().unacted(),
        6 => Fault::truncate(),
        _ => Fault::delay(Duration::from_millis(1)),
    }
}

proptest! {
    // Each case is some dozens of requests, so there are fewer of them.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 20, ..ProptestConfig::default() })]

    #[test]
    fn any_responses_lose_nothing_and_send_nothing_twice(
        answers in prop::collection::vec(0u8..12, 0..25),
        parallel in 1usize..4,
    ) {
        const IDS: usize = 1_100;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let cloud = Cloud::start().await;
            let plan = Plan::retry("task", (0..IDS).map(|number| format!("c-{number}"))).unwrap();
            answers.iter().for_each(|kind| cloud.inject(answered(*kind)));
            // Every run uses at least one response, so this ends.
            loop {
                let summary = cloud.run(&plan).parallel(parallel).send().await.unwrap();
                let counts = summary.counts();
                let named: usize = summary.unknown().map(|batch| batch.ids().count()).sum();
                prop_assert_eq!(counts.confirmed.ids + named + counts.remaining().ids, IDS);
                // An accepted batch is confirmed, or unknown if its response was lost.
                let mut taken = cloud.taken();
                prop_assert!(taken.values().all(|count| *count == 1));
                for id in summary.unknown().flat_map(|batch| batch.ids()) {
                    taken.remove(id);
                }
                prop_assert_eq!(taken.len(), counts.confirmed.ids);
                if summary.is_complete() {
                    break;
                }
            }
            while cloud.run(&plan).resend_unknown(true).send().await.unwrap().counts().confirmed.ids < IDS {}
            prop_assert_eq!(cloud.taken().len(), IDS);
            Ok(())
        })?;
    }
}
