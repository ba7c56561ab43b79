//! Connections between calls. A server that closes one that rests must not leave a call in doubt.
#![cfg(test)]

use std::time::Duration;

use huaweicloud_hss::{Client, RetryPolicy};
use testkit::{Answer, Server};

/// The pause between two calls.
const PACE_MS: u64 = 4;

fn client(server: &Server) -> Client {
    let client = Client::builder()
        .endpoint(server.endpoint())
        .project_id("p")
        .token("token");
    let client = client.retry_policy(RetryPolicy::none());
    match server.ca_certificate() {
        Some(authority) => client.only_ca_certificates(authority).build().unwrap(),
        None => client.build().unwrap(),
    }
}

/// Each call succeeds at its first attempt, and each arrives once, on a connection of its own.
async fn send(server: &Server, calls: usize, pause: Duration) {
    let client = client(server);
    for call in 0..calls {
        let sent = client
            .recreate_vul_scan_task(format!("task-{call}"))
            .all_failed_hosts()
            .send()
            .await;
        sent.unwrap_or_else(|error| panic!("call {call}: {error:?}"));
        tokio::time::sleep(pause).await;
    }
    let arrived = server.requests();
    assert_eq!((arrived.len(), server.connections()), (calls, calls));
    for (call, request) in arrived.iter().enumerate() {
        assert!(
            request.target().contains(&format!("/task-{call}/")),
            "{}",
            request.target()
        );
    }
}

/// The server ends the connection before, at and after the moment of the next call.
#[tokio::test]
async fn no_call_is_in_doubt_where_idle_connections_end_at_any_moment_around_the_pace() {
    let around = (0..100).map(|call| Answer::new(200).keep_alive(call % (2 * PACE_MS + 1)));
    send(
        &Server::start(around.clone()).await,
        100,
        Duration::from_millis(PACE_MS),
    )
    .await;
    send(&Server::start_tls(around).await, 100, Duration::from_millis(PACE_MS)).await;
}

/// No rest is too short.
#[tokio::test]
async fn each_call_has_a_connection_of_its_own() {
    send(&Server::start([Answer::new(200)]).await, 10, Duration::ZERO).await;
}
