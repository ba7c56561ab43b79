//! Runs of many batches against the simulator: nothing lost, nothing sent twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use huaweicloud_hss::auth::{AccessKey, BoxFuture, Credentials, CredentialsProvider, ProviderError};
use huaweicloud_hss::bulk::{
    AfterFailure, AlreadyStarted, Event, IfStarted, JournalStatus, MAX_CONSECUTIVE_UNKNOWN, Pace, Plan, Run, Stop,
    Summary,
};
use huaweicloud_hss::raw::types::{ClusterInfoList, HostIdList};
use huaweicloud_hss::{Client, Cluster, ErrorKind, Outcome, RetryPolicy};
use huaweicloud_hss_sim::{Fault, Quota, Simulator};
use proptest::prelude::*;
use serde_json::json;

const TOKEN: &str = "a-token-for-bulk";

/// The number of servers in a batch.
const BATCH: usize = HostIdList::MAX;

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
    Plan::rescan("task", (0..batches * BATCH).map(|number| format!("host-{number}"))).unwrap()
}

fn refusal(code: &str) -> Fault {
    Fault::answer(400).body(format!(r#"{{"error_code": "{code}", "error_msg": "no"}}"#))
}

/// Items confirmed, unknown, refused and not sent, in batches.
fn batches(summary: &Summary) -> [usize; 4] {
    let counts = summary.counts();
    [counts.confirmed, counts.unknown, counts.refused, counts.not_sent].map(|items| items / BATCH)
}

fn ids(plan: &Plan, batch: usize) -> Vec<&str> {
    plan.batch(batch).map(|item| item.id()).collect()
}

fn unknown(summary: &Summary) -> Vec<&str> {
    summary.unknown().map(|item| item.id()).collect()
}

#[tokio::test]
async fn items_of_a_closed_run_are_sent_again_or_skipped_on_demand_alone() {
    let cloud = Cloud::start().await;
    let summary = cloud.run(&plan(3)).send().await.unwrap();
    assert!(summary.is_complete() && summary.error().is_none() && !summary.is_stopped());
    assert_eq!(batches(&summary), [3, 0, 0, 0]);
    assert!(!cloud.journal().contains(TOKEN));

    let longer = plan(4);
    let refused = cloud.run(&longer).send().await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.outcome()),
        (ErrorKind::Invalid, Outcome::NotSent)
    );
    let source = std::error::Error::source(&refused).unwrap();
    let started: &AlreadyStarted = source.downcast_ref().unwrap();
    assert_eq!((started.started, started.items), (3 * BATCH, 4 * BATCH));
    cloud.assert_taken_once(3 * BATCH);

    let rest = cloud.run(&longer).if_started(IfStarted::Skip).send().await.unwrap();
    assert_eq!((batches(&rest), rest.counts().skipped), ([1, 0, 0, 0], 3 * BATCH));
    cloud.assert_taken_once(4 * BATCH);
    let nothing = cloud.run(&longer).if_started(IfStarted::Skip).send().await.unwrap();
    assert_eq!((batches(&nothing), nothing.counts().skipped), ([0, 0, 0, 0], 4 * BATCH));
    cloud.assert_taken_once(4 * BATCH);

    let again = cloud.run(&plan(1)).if_started(IfStarted::Again).send().await.unwrap();
    assert_eq!(batches(&again), [1, 0, 0, 0]);
    assert_eq!(cloud.taken().values().filter(|count| **count == 2).count(), BATCH);
    // The old journal was set aside, so the others are free.
    let others = Plan::rescan("task", (BATCH..4 * BATCH).map(|number| format!("host-{number}"))).unwrap();
    assert_eq!(batches(&cloud.run(&others).send().await.unwrap()), [3, 0, 0, 0]);
    assert_eq!(std::fs::read_dir(cloud.folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn again_resends_nothing_that_is_unknown_in_an_open_run() {
    let cloud = Cloud::start().await;
    let plan = plan(2);
    cloud.inject(Fault::answer(500));
    assert_eq!(batches(&cloud.run(&plan).send().await.unwrap()), [1, 1, 0, 0]);
    let again = || cloud.run(&plan).if_started(IfStarted::Again);
    let summary = again().send().await.unwrap();
    assert_eq!((batches(&summary), unknown(&summary)), ([1, 1, 0, 0], ids(&plan, 0)));
    assert_eq!(cloud.simulator.requests().len(), 3);
    let summary = again().resend_unknown(true).send().await.unwrap();
    assert_eq!(batches(&summary), [2, 0, 0, 0]);
}

#[tokio::test]
async fn changed_lists_go_on_where_the_task_stands() {
    const LONG: usize = 3 * BATCH + BATCH / 10;
    /// In the batch that is not sent at first.
    const BAD: usize = 2 * BATCH + BATCH / 2;
    let cloud = Cloud::start().await;
    let list =
        |numbers: Vec<usize>| Plan::rescan("task", numbers.iter().map(|number| format!("host-{number}"))).unwrap();
    cloud.inject(Fault::delay(Duration::from_millis(1)));
    cloud.inject(refusal("HSS.0011").times(1));
    let stopped = cloud.run(&list((0..LONG).collect())).send().await.unwrap();
    assert_eq!(batches(&stopped), [1, 0, 1, 1]);
    // Sorted the other way round, without the bad one and with a new one.
    let changed = list(
        (0..LONG)
            .rev()
            .filter(|number| *number != BAD)
            .chain([9 * BATCH])
            .collect(),
    );
    let summary = cloud.run(&changed).send().await.unwrap();
    assert_eq!(
        (summary.counts().confirmed, summary.counts_before().confirmed),
        (LONG, BATCH)
    );
    assert_eq!(summary.batches(), 3);
    cloud.assert_taken_once(LONG);
    // Only what was never started is free.
    assert!(cloud.run(&list(vec![BAD, 0])).send().await.is_err());
    assert_eq!(cloud.run(&list(vec![BAD])).send().await.unwrap().counts().confirmed, 1);
    cloud.assert_taken_once(LONG + 1);
}

#[tokio::test]
async fn two_halves_of_a_list_are_two_runs_of_one_task() {
    const HALF: usize = BATCH + BATCH / 2;
    const LONG: usize = 3 * BATCH + BATCH / 10;
    let cloud = Cloud::start().await;
    let half =
        |range: std::ops::Range<usize>| Plan::rescan("task", range.map(|number| format!("host-{number}"))).unwrap();
    for range in [0..HALF, HALF..LONG] {
        assert!(cloud.run(&half(range)).send().await.unwrap().is_complete());
    }
    cloud.assert_taken_once(LONG);
    let error = cloud.run(&half(0..LONG)).send().await.unwrap_err();
    assert!(
        error
            .message()
            .starts_with(&format!("{LONG} of {LONG} were started at 20")),
        "{error}"
    );
}

#[tokio::test]
async fn run_that_keeps_going_sends_the_rest_and_names_what_was_refused() {
    let cloud = Cloud::start().await;
    let plan = plan(4);
    cloud.inject(Fault::delay(Duration::from_millis(1)));
    let bad = format!("host-{}", BATCH + BATCH / 2);
    let message = json!({"error_code": "HSS.0011", "error_msg": format!("no host {bad} in the task")});
    cloud.inject(Fault::answer(400).body(message.to_string()));
    let mut next = Vec::new();
    let run = cloud.run(&plan).keep_going(true).on_progress(|progress| {
        if let Event::Failed { next: decided, .. } = progress.event {
            next.push(decided);
        }
    });
    let summary = run.send().await.unwrap();
    assert_eq!(next, [AfterFailure::GoesOn]);
    assert_eq!(batches(&summary), [3, 0, 1, 0]);
    assert_eq!(summary.error().unwrap().code(), Some("HSS.0011"));
    let refused: Vec<&str> = summary.refused().map(|item| item.id()).collect();
    assert_eq!(refused, ids(&plan, 1));
    assert_eq!(
        summary.named().map(|item| item.to_string()).collect::<Vec<_>>(),
        [bad.as_str()]
    );
    assert_eq!(serde_json::to_value(&summary).unwrap()["named"], json!([bad]));

    let status = JournalStatus::read(cloud.folder.path().join("journal")).unwrap();
    assert_eq!((status.counts().confirmed, status.counts().refused), (3 * BATCH, BATCH));
    assert_eq!(
        status.named().iter().map(|item| item.id()).collect::<Vec<_>>(),
        [bad.as_str()]
    );
    assert!(status.is_open() && status.last_refusal().unwrap().contains(&bad));
    let others = plan.iter().filter(|item| item.id() != bad).map(|item| item.id());
    let corrected = Plan::rescan("task", others).unwrap();
    assert!(cloud.run(&corrected).send().await.unwrap().is_complete());
    cloud.assert_taken_once(4 * BATCH - 1);
    assert!(!JournalStatus::read(status.path()).unwrap().is_open());
}

/// What is wrong with the caller is wrong for every batch.
#[tokio::test]
async fn run_that_keeps_going_ends_where_every_batch_would_be_refused() {
    for (fault, kind) in [
        (Fault::answer(401), ErrorKind::Auth),
        (refusal("HSS.0013"), ErrorKind::Permission),
        (Fault::answer(429).header("Retry-After", "9999"), ErrorKind::Throttled),
    ] {
        let cloud = Cloud::start().await;
        cloud.inject(fault);
        let summary = cloud.run(&plan(3)).keep_going(true).send().await.unwrap();
        assert_eq!(summary.error().map(|error| error.kind()), Some(kind));
        assert_eq!(cloud.simulator.requests().len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn scan_items_of_a_cluster_are_items_of_their_own() {
    let cloud = Cloud::start().await;
    let list = |clusters: Vec<Cluster>| Plan::retry("task", clusters).unwrap();
    let parts = |types: &[&str]| Cluster::new("c").scan_types(types.to_vec());
    cloud.inject(refusal("HSS.1007"));
    let refused = cloud
        .run(&list(vec![parts(&["x", "y"]), "d".into()]))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.counts().refused, 3);
    let counts = |not_sent, refused| json!({"confirmed": 0, "unknown": 0, "refused": refused, "not_sent": not_sent, "skipped": 0});
    let error = refused.error().unwrap();
    let expected = json!({
        "operation": "retry_task", "task_id": "task", "items": 3, "duplicates": 0, "batches": 1,
        "is_complete": false, "is_stopped": false, "counts": counts(0, 3), "counts_before": counts(3, 0),
        "unknown": [], "refused": ["c=x", "c=y", "d"], "named": [], "journal": refused.journal(),
        "error": {
            "kind": "refused", "outcome": "refused", "status": 400, "code": "HSS.1007", "message": error.message(),
            "request_id": error.request_id().unwrap(), "hint": error.hint().unwrap(), "attempts": 1,
        },
    });
    assert_eq!(serde_json::to_value(&refused).unwrap(), expected);
    let summary = cloud.run(&list(vec![parts(&["x"])])).send().await.unwrap();
    assert_eq!(summary.counts().confirmed, 1);
    // `x` alone was started by a run that has closed.
    let rest = cloud
        .run(&list(vec![parts(&["x", "y"]), "d".into()]))
        .if_started(IfStarted::Skip);
    assert_eq!(rest.send().await.unwrap().counts().confirmed, 2);
    let last = cloud.simulator.requests().last().unwrap().body.clone().unwrap();
    let expected = r#"[{"cluster_id":"c","scan_type_list":["y"]},{"cluster_id":"d"}]"#;
    assert!(last.contains(expected), "{last}");
}

#[tokio::test]
async fn cluster_as_a_whole_and_by_scan_items_do_not_meet_in_one_run() {
    let list = |clusters: Vec<Cluster>| Plan::retry("task", clusters).unwrap();
    let part = || Cluster::new("c").scan_types(["x"]);
    for (first, second) in [(part(), Cluster::from("c")), ("c".into(), part())] {
        let cloud = Cloud::start().await;
        cloud.inject(Fault::answer(500));
        cloud.run(&list(vec![first])).send().await.unwrap();
        let error = cloud.run(&list(vec![second])).send().await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
        assert!(error.message().starts_with("cluster c: the list asks for"), "{error}");
        assert_eq!(cloud.simulator.requests().len(), 1);
    }
}

fn wrong_key() -> AccessKey {
    AccessKey::new("WRONGWRONGWRONG12345", "wrong-wrong-wrong-wrong-wrong-wrong-1234").unwrap()
}

/// More than five wrong signatures in a row lock the key.
#[tokio::test]
async fn wrong_key_is_tried_once_whatever_is_parallel() {
    for parallel in [1, 8, 100] {
        let cloud = Cloud::start().await;
        let client = Client::builder()
            .endpoint(cloud.simulator.endpoint())
            .project_id(cloud.simulator.project_id())
            .credentials(wrong_key());
        let run = client
            .build()
            .unwrap()
            .bulk(&plan(120))
            .pace(Pace::off())
            .parallel(parallel)
            .keep_going(true);
        let summary = run.send().await.unwrap();
        assert_eq!(summary.error().map(|error| error.kind()), Some(ErrorKind::Auth));
        assert_eq!(cloud.simulator.requests().len(), 1, "parallel {parallel}");
    }
}

/// Gives the simulator's key a few times, and a wrong one from then on.
#[derive(Debug)]
struct Renewed {
    right: AccessKey,
    left: std::sync::atomic::AtomicUsize,
}

impl CredentialsProvider for Renewed {
    fn name(&self) -> &str {
        "renewed"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        use std::sync::atomic::Ordering::Relaxed;
        let is_right = self
            .left
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok();
        let key = if is_right { self.right.clone() } else { wrong_key() };
        Box::pin(async move { Ok(key.into()) })
    }
}

#[tokio::test]
async fn key_that_is_renewed_in_mid_run_is_tried_once() {
    for left in 8..20 {
        let cloud = Cloud::start().await;
        let right = AccessKey::new(cloud.simulator.access_key(), cloud.simulator.secret_key()).unwrap();
        let client = Client::builder()
            .endpoint(cloud.simulator.endpoint())
            .project_id(cloud.simulator.project_id())
            .credentials_provider(Renewed {
                right,
                left: left.into(),
            });
        let plan = Plan::rescan("task", (0..20_000).map(|number| number.to_string())).unwrap();
        let run = client.build().unwrap().bulk(&plan).pace(Pace::off()).parallel(5);
        let summary = run.send().await.unwrap();
        assert_eq!(summary.error().map(|error| error.kind()), Some(ErrorKind::Auth));
        let requests = cloud.simulator.requests();
        assert_eq!(
            requests.iter().filter(|request| request.status == Some(401)).count(),
            1,
            "{left}"
        );
    }
}

#[tokio::test]
async fn key_goes_alone_until_hss_itself_has_answered() {
    let cloud = Cloud::start().await;
    let client = Client::builder()
        .endpoint(cloud.simulator.endpoint())
        .project_id(cloud.simulator.project_id())
        .retry_policy(RetryPolicy::none())
        .credentials(AccessKey::new(cloud.simulator.access_key(), cloud.simulator.secret_key()).unwrap());
    let (client, plan) = (client.build().unwrap(), plan(9));
    cloud.inject(Fault::answer(429).header("Retry-After", "0"));
    cloud.inject(Fault::answer(500));
    cloud.inject(refusal("HSS.1008"));
    let mut in_flight = Vec::new();
    let run = client.bulk(&plan).pace(Pace::off()).parallel(3).keep_going(true);
    let mut now = 0;
    let summary = run.on_progress(|progress| match progress.event {
        Event::Sending { .. } => {
            now += 1;
            in_flight.push(now);
        }
        Event::Confirmed { .. } | Event::Failed { .. } => now -= 1,
        _ => {}
    });
    assert_eq!(batches(&summary.send().await.unwrap()), [7, 1, 1, 0]);
    // Throttled by the gateway, unknown, refused by HSS, and from then on together.
    assert_eq!(in_flight[..3], [1, 1, 1], "{in_flight:?}");
    assert_eq!(in_flight.iter().max(), Some(&3), "{in_flight:?}");
}

#[tokio::test]
async fn clusters_are_sent_with_scan_items_and_enterprise_project() {
    let cloud = Cloud::start().await;
    let clusters =
        (0..=ClusterInfoList::MAX).map(|number| Cluster::new(format!("c-{number}")).scan_types(["benchmark"]));
    let plan = Plan::retry("task", clusters)
        .unwrap()
        .enterprise_project_id("eps")
        .unwrap();
    let preview = plan.preview(&cloud.client, 1).await.unwrap();
    let summary = cloud.run(&plan).send().await.unwrap();
    assert_eq!(
        (summary.counts().confirmed, summary.batches()),
        (ClusterInfoList::MAX + 1, 2)
    );
    let requests = cloud.simulator.requests();
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.query == [("enterprise_project_id".to_owned(), "eps".to_owned())])
    );
    let last = requests[1].body.as_deref().unwrap();
    let id = format!("c-{}", ClusterInfoList::MAX);
    let id = format!(r#"{{"cluster_id":"{id}","scan_type_list":["benchmark"]}}"#);
    assert!(last.contains(&id), "{last}");
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
    cloud.assert_taken_once(4 * BATCH);
}

#[tokio::test]
async fn unknown_batch_is_named_and_resent_only_on_demand() {
    let cloud = Cloud::start().await;
    let plan = plan(3);
    cloud.inject(Fault::answer(500));
    let summary = cloud.run(&plan).send().await.unwrap();
    assert_eq!(batches(&summary), [2, 1, 0, 0]);
    assert!(summary.is_complete() && summary.error().is_none());
    assert_eq!(unknown(&summary), ids(&plan, 0));

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
    cloud.assert_taken_once(3 * BATCH);
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
        assert_eq!(batches(&summary)[0], usize::from(status != 500), "{case}");
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
    cloud.assert_taken_once(2 * BATCH);

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
    cloud.assert_taken_once(6 * BATCH);
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
    assert_eq!(unknown(&resumed).len(), resumed.counts_before().unknown);
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
        .on_progress(|progress| most = most.max(progress.counts.unknown / BATCH));
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
    cloud.assert_taken_once(9 * BATCH);
}

#[tokio::test]
async fn journal_of_another_task_is_refused() {
    let cloud = Cloud::start().await;
    cloud.run(&plan(1)).send().await.unwrap();
    let other = Plan::rescan("other", ["a"]).unwrap();
    let error = cloud.run(&other).send().await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Invalid, Outcome::NotSent));
    assert!(
        error.to_string().ends_with("its task is task, and here it is other"),
        "{error}"
    );
    assert_eq!(cloud.simulator.requests().len(), 1);
}

#[tokio::test]
async fn folder_holds_one_journal_per_task() {
    let cloud = Cloud::start().await;
    let folder = cloud.folder.path().join("a/b");
    let run = |task: &str, host: &str| {
        let plan = Plan::rescan(task, [host]).unwrap();
        cloud.client.bulk(&plan).journal_in(&folder).pace(Pace::off()).send()
    };
    for (task, host) in [("t", "a"), ("u", "a"), ("t", "b")] {
        let summary = run(task, host).await.unwrap();
        assert_eq!(summary.journal().and_then(Path::parent), Some(folder.as_path()));
    }
    // The clock of a file system can be too coarse to tell the two apart.
    for status in JournalStatus::in_folder(&folder).unwrap() {
        let status = status.unwrap();
        let seconds = if status.task_id() == "t" { 2 } else { 1 };
        let file = std::fs::File::options().write(true).open(status.path()).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
            .unwrap();
    }
    let journals = JournalStatus::in_folder(&folder).unwrap();
    let tasks: Vec<String> = journals
        .into_iter()
        .map(|status| status.unwrap().task_id().to_owned())
        .collect();
    assert_eq!(tasks, ["t", "u"], "the last changed first");
    assert_eq!(cloud.simulator.requests().len(), 3);
    assert!(run("t", "a").await.is_err());
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
            let mut resend = false;
            loop {
                let run = cloud.run(&plan).parallel(parallel).resend_unknown(resend);
                let summary = run.send().await.unwrap();
                let counts = summary.counts();
                let unknown = unknown(&summary);
                prop_assert_eq!(counts.confirmed + unknown.len() + counts.remaining(), IDS);
                // An accepted item is confirmed, or unknown if its response was lost.
                let mut taken = cloud.taken();
                prop_assert!(resend || taken.values().all(|count| *count == 1));
                for id in &unknown {
                    taken.remove(*id);
                }
                prop_assert_eq!(taken.len(), counts.confirmed);
                if counts.confirmed == IDS {
                    break;
                }
                resend = summary.is_complete();
            }
            prop_assert_eq!(cloud.taken().len(), IDS);
            Ok(())
        })?;
    }
}
