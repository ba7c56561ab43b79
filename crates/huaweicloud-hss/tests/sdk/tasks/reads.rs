//! Lists that are read whole, waits, and how reads fail.

use std::time::Duration;

use futures_util::TryStreamExt;
use huaweicloud_hss::bulk::Pace;
use huaweicloud_hss::raw::tasks::types::ScanStatusFilter;
use huaweicloud_hss::reads::TaskKind;
use huaweicloud_hss::{Client, ErrorKind, Outcome, RetryPolicy};
use huaweicloud_hss_sim::{
    DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Fault, Host, Quota, ScanState, Simulator, SimulatorBuilder,
    Tasks, VulnerabilityScanTask,
};

const TASK: &str = DEMO_VUL_SCAN_TASK_ID;

async fn start(builder: SimulatorBuilder) -> (Simulator, Client) {
    let simulator = builder.quota(Quota::off()).start().await.unwrap();
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id())
        .retry_policy(RetryPolicy::new().delay(Duration::ZERO, Duration::ZERO));
    let client = client.token(simulator.token()).build().unwrap();
    (simulator, client)
}

fn hosts(number: usize) -> Tasks {
    let mut task = VulnerabilityScanTask::new(TASK);
    for number in 0..number {
        task = task.with_host(format!("host-{number}"), ScanState::Failed);
    }
    Tasks::new().with_vulnerability_scan_task(task)
}

#[tokio::test]
async fn read_that_fails_is_repeated_whatever_its_method() {
    let (simulator, client) = start(Simulator::builder()).await;
    for fault in [
        Fault::answer(500),
        Fault::answer(502),
        Fault::reset(),
        Fault::truncate(),
    ] {
        simulator.inject(fault.clone().times(2)).unwrap();
        let page = client.vul_scan_task_hosts(TASK).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (5, Some(5)));
        // This read is a POST.
        simulator.inject(fault.times(2)).unwrap();
        let page = client.task_resources(DEMO_CLUSTER_SCAN_TASK_ID).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (3, Some(3)));
    }
}

#[tokio::test]
async fn read_that_stalls_is_repeated_within_the_deadline() {
    let (simulator, client) = start(Simulator::builder()).await;
    simulator.inject(Fault::stall()).unwrap();
    let page = client.tasks().timeout(Duration::from_secs(10)).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(simulator.requests().len(), 2);
}

#[tokio::test]
async fn read_without_an_answer_had_no_effect() {
    let (simulator, client) = start(Simulator::builder()).await;
    for (fault, times, kind) in [
        (Fault::answer(500), 3, ErrorKind::Server),
        (Fault::reset(), 3, ErrorKind::Connect),
        (Fault::answer(200).body("<html>"), 3, ErrorKind::Protocol),
        // The service's own, so another try would bring the same.
        (Fault::answer(200).body(r#"{"data_list": 1}"#), 1, ErrorKind::Protocol),
    ] {
        simulator.inject(fault.times(times)).unwrap();
        let error = client.vul_scan_task_hosts(TASK).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NoEffect), "{error:?}");
        assert!(!format!("{error:#}").contains("may have acted"), "{error:#}");
        // What starts scans is unknown as ever, and not repeated.
        simulator.inject(Fault::reset()).unwrap();
        let error = client
            .recreate_vul_scan_task(TASK)
            .all_failed_hosts()
            .await
            .unwrap_err();
        assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 1));
    }
    let error = client.vul_scan_task_hosts("no-such-task").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Refused, "an answer is an answer");
}

#[tokio::test]
async fn listing_reads_all_pages_once() {
    let (simulator, client) = start(Simulator::builder().tasks(hosts(1003))).await;
    let all = client
        .vul_scan_task_hosts(TASK)
        .listing()
        .pace(Pace::off())
        .all()
        .await
        .unwrap();
    assert_eq!((all.rows.len(), all.unreadable, all.total), (1003, 0, Some(1003)));
    all.complete().unwrap();
    assert_eq!(simulator.requests().len(), 6);
    let query = simulator.requests()[5].query.clone();
    assert!(query.contains(&("limit".to_owned(), "200".to_owned())), "{query:?}");
    assert!(query.contains(&("offset".to_owned(), "1000".to_owned())), "{query:?}");
    let stream = client.vul_scan_task_hosts(TASK).listing().pace(Pace::off()).stream();
    let rows: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(rows.len(), 1003);
}

#[tokio::test]
async fn pages_that_overlap_give_each_row_once_and_the_difference_is_told() {
    let (_simulator, client) = start(Simulator::builder().tasks(hosts(1000)).unstable_order(true)).await;
    let listing = || client.vul_scan_task_hosts(TASK).listing().pace(Pace::off());
    let all = listing().all().await.unwrap();
    let ids: std::collections::BTreeSet<_> = all.rows.iter().map(|row| row.host_id.clone().unwrap()).collect();
    assert_eq!(ids.len(), all.rows.len());
    let error = all.complete().unwrap_err();
    assert!(
        error
            .message()
            .starts_with("the list has 1000 rows by the service, and"),
        "{error}"
    );
    let streamed: Result<Vec<_>, _> = listing().stream().try_collect().await;
    assert_eq!(streamed.unwrap_err().outcome(), Outcome::NoEffect);
}

/// A row can move to a page that was read already.
#[tokio::test]
async fn row_that_moved_is_found_when_the_pages_are_read_again() {
    let (simulator, client) = start(Simulator::builder().tasks(hosts(201))).await;
    let mut listing = client.vul_scan_task_hosts(TASK).listing().pace(Pace::off());
    let first = listing.next_page().await.unwrap().unwrap();
    let moved = serde_json::json!({"total_num": 201, "data_list": [{"host_id": first[7].host_id}]});
    simulator.inject(Fault::answer(200).body(moved.to_string())).unwrap();
    let mut rows = first.len();
    while let Some(page) = listing.next_page().await.unwrap() {
        rows += page.len();
    }
    assert_eq!((rows, listing.distinct()), (201, 201));
    listing.complete().unwrap();
    assert_eq!(simulator.requests().len(), 4);
}

/// Nobody knows that a listing sleeps, unless it is told.
#[tokio::test]
async fn waits_of_a_throttled_listing_are_told_and_bounded() {
    let (simulator, client) = start(Simulator::builder()).await;
    let throttled = |seconds: &str| Fault::answer(429).header("Retry-After", seconds);
    let (told, waits) = std::sync::mpsc::channel();
    let listing = || {
        let told = told.clone();
        let request = client.vul_scan_tasks().retry_policy(RetryPolicy::none());
        let listing = request.listing().pace(Pace::off());
        listing.on_throttled(move |time| told.send(time).unwrap())
    };
    simulator.inject(throttled("0")).unwrap();
    assert_eq!(listing().all().await.unwrap().rows.len(), 1);
    assert_eq!(waits.try_recv(), Ok(Duration::ZERO));
    simulator.inject(throttled("301")).unwrap();
    let error = listing().all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(waits.try_recv().is_err(), "more than five minutes are not waited for");
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_counted() {
    let odd = |id: &str, answer| {
        let mut host = Host::new(id, ScanState::Failed);
        host.answer = Some(answer);
        host
    };
    let task = VulnerabilityScanTask::new(TASK)
        .with(odd("a", serde_json::json!({"host_name": 7})))
        .with(odd("b", serde_json::json!({"host_id": null})))
        .with(odd("c", serde_json::json!({"scan_status": "paused", "new": []})));
    let tasks = Tasks::new().with_vulnerability_scan_task(task);
    let (_simulator, client) = start(Simulator::builder().tasks(tasks)).await;
    let all = client.vul_scan_task_hosts(TASK).listing().all().await.unwrap();
    assert_eq!((all.rows.len(), all.unreadable, all.total), (1, 2, Some(3)));
    assert!(all.complete().unwrap_err().message().contains("could not be read: 2"));
}

#[tokio::test]
async fn list_of_a_service_that_says_nothing_of_its_length_is_never_complete() {
    let (simulator, client) = start(Simulator::builder()).await;
    for body in ["{}", r#"{"data_list": []}"#, r#"{"data_list": [{"host_id": "a"}]}"#] {
        simulator.inject(Fault::answer(200).body(body).times(2)).unwrap();
        let all = client.vul_scan_task_hosts(TASK).listing().all().await.unwrap();
        assert!(all.complete().is_err(), "{body}");
    }
}

#[tokio::test]
async fn page_can_be_larger_than_the_answer_of_a_write() {
    let mut host = Host::new("wordy", ScanState::Failed);
    host.failed_reason = Some("r".repeat(3 * 1024 * 1024));
    let task = VulnerabilityScanTask::new(TASK).with(host);
    let (_simulator, client) = start(Simulator::builder().tasks(Tasks::new().with_vulnerability_scan_task(task))).await;
    assert_eq!(client.vul_scan_task_hosts(TASK).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn filters_and_pages_reach_the_service() {
    let (simulator, client) = start(Simulator::builder()).await;
    let failed = client.vul_scan_task_hosts(TASK).status(ScanStatusFilter::Failed);
    let page = failed.page(1, 10).await.unwrap();
    let ids: Vec<_> = page.rows.iter().map(|row| row.host_id.clone().unwrap()).collect();
    assert_eq!(
        (ids, page.total),
        (vec!["host-b".to_owned(), "host-d".to_owned()], Some(3))
    );
    let error = client.tasks().page(0, 9).await.unwrap_err();
    assert_eq!(error.to_string(), "limit: 9 found, 10 to 200 allowed");
    assert_eq!(simulator.requests().len(), 1);
    assert_eq!(client.vul_scan_tasks().task_id("other").await.unwrap().total, Some(0));
    assert_eq!(
        client.vul_scan_tasks().since(4_102_444_800_000).await.unwrap().total,
        Some(0)
    );
}

#[tokio::test]
async fn polls_that_fail_do_not_end_a_wait() {
    let (simulator, client) = start(Simulator::builder().scan_time(Duration::ZERO)).await;
    let mut polls = Vec::new();
    let mut wait = client
        .wait_for(TaskKind::Servers, TASK)
        .poll_interval(Duration::from_millis(5))
        .on_poll(|poll| polls.push(poll.error.map(|error| error.kind())));
    wait.take_baseline().await.unwrap();
    client.recreate_vul_scan_task(TASK).all_failed_hosts().await.unwrap();
    for fault in [Fault::answer(503), Fault::reset()] {
        // Each poll is three attempts.
        simulator.inject(fault.times(3).operation("listVulScanTask")).unwrap();
    }
    let result = wait.until_finished().await.unwrap();
    assert!(result.is_finished() && result.error().is_none(), "{result:?}");
    drop(wait);
    assert_eq!(polls, [Some(ErrorKind::Server), Some(ErrorKind::Connect), None]);
}

#[tokio::test]
async fn wait_ends_within_its_limit_and_confirms_nothing() {
    let (_simulator, client) = start(Simulator::builder().scan_time(Duration::MAX)).await;
    let wait = || {
        client
            .wait_for(TaskKind::Servers, TASK)
            .poll_interval(Duration::from_millis(5))
    };
    let mut wait = wait().time_limit(Duration::from_millis(50));
    wait.take_baseline().await.unwrap();
    client.recreate_vul_scan_task(TASK).all_failed_hosts().await.unwrap();
    let result = wait.until_finished().await.unwrap();
    assert!(!result.is_finished(), "{result:?}");
    assert_eq!(wait.time_left(), Duration::ZERO);
}

#[tokio::test]
async fn read_without_a_connection_says_so() {
    let (simulator, client) = start(Simulator::builder()).await;
    drop(simulator);
    let error = client.tasks().retry_policy(RetryPolicy::none()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
    assert!(
        error.message().starts_with("no connection to the service at 127.0.0.1"),
        "{error}"
    );
}
