//! Connections between requests. A server that closes one that rests must not leave a batch unknown.

use std::time::Duration;

use huaweicloud_hss::bulk::{Event, Pace, Plan};
use huaweicloud_hss::raw::types::HostIdList;
use huaweicloud_hss::{Client, RetryPolicy};
use testkit::{Answer, Server};

const BATCHES: usize = 100;

/// The pause between two batches.
const PACE_MS: u64 = 4;

fn client(server: &Server) -> Client {
    let client = Client::builder()
        .endpoint(server.endpoint())
        .project_id("p")
        .token("token")
        .retry_policy(RetryPolicy::none());
    match server.ca_certificate() {
        Some(authority) => client.only_ca_certificates(authority).build().unwrap(),
        None => client.build().unwrap(),
    }
}

/// Every batch is confirmed, each arrives once, on a connection of its own.
async fn run(server: &Server) {
    let plan = Plan::rescan(
        "task",
        (0..BATCHES * HostIdList::MAX).map(|number| format!("host-{number}")),
    )
    .unwrap();
    let run = client(server).bulk(&plan).pace(Pace::off());
    let run = run.on_progress(|progress| {
        if matches!(progress.event, Event::Confirmed { .. }) {
            std::thread::sleep(Duration::from_millis(PACE_MS));
        }
    });
    let summary = run.send().await.unwrap();
    assert_eq!(summary.counts().confirmed, BATCHES * HostIdList::MAX, "{summary:?}");
    let arrived = server.requests();
    assert_eq!((arrived.len(), server.connections()), (BATCHES, BATCHES));
    assert!(
        arrived
            .iter()
            .all(|request| request.header("connection") == Some("close"))
    );
}

/// The server ends the connection before, at and after the moment of the next batch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_batch_is_unknown_where_idle_connections_end_at_any_moment_around_the_pace() {
    let around = (0..BATCHES as u64).map(|batch| Answer::new(200).keep_alive(batch % (2 * PACE_MS + 1)));
    run(&Server::start(around.clone()).await).await;
    run(&Server::start_tls(around).await).await;
}

/// A handshake for each call would cost more than the call.
#[tokio::test]
async fn calls_that_follow_each_other_share_a_connection() {
    let server = Server::start([Answer::new(200)]).await;
    let client = client(&server);
    for _ in 0..10 {
        let request = client.recreate_vul_scan_task("task").all_failed_hosts();
        request.send().await.unwrap();
    }
    assert_eq!(server.requests().len(), 10);
    assert!(server.connections() < 10, "{}", server.connections());
}
