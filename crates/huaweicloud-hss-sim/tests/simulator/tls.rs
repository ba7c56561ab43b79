//! The simulator over TLS.

use std::time::Duration;

use crate::support::{TIMEOUT, client_trusting, eventually, unlimited};
use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, ScanState, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// More than the simulator's maximum of concurrent handshakes.
const CROWD: usize = 300;

/// The simulator's time limit for a handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

async fn start() -> Simulator {
    unlimited().tls().start().await.unwrap()
}

fn rescan(client: &reqwest::Client, simulator: &Simulator, endpoint: &str) -> reqwest::RequestBuilder {
    let project = simulator.project_id();
    client
        .put(format!(
            "{endpoint}/v5/{project}/vulnerability/scan/task/{DEMO_VUL_SCAN_TASK_ID}/rescan"
        ))
        .header("X-Auth-Token", simulator.token())
        .header("Content-Type", "application/json")
        .body(r#"{"range_type": "specific_host", "host_ids": ["host-a"]}"#)
}

/// Connections whose clients send nothing.
async fn silent(simulator: &Simulator, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(simulator.address()).await.unwrap());
    }
    streams
}

#[tokio::test]
async fn serves_clients_that_trust_its_authority() {
    let simulator = start().await;
    let endpoint = simulator.endpoint();
    assert_eq!(endpoint, format!("https://{}", simulator.address()));
    let client = client_trusting(simulator.ca_certificate());
    for endpoint in [endpoint.clone(), endpoint.replace("127.0.0.1", "localhost")] {
        let answer = rescan(&client, &simulator, &endpoint).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{endpoint}");
    }
    let task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID).unwrap();
    assert_eq!(task.state("host-a"), Some(ScanState::Scanning));
    assert_eq!(simulator.requests().len(), 2);
}

#[tokio::test]
async fn refuses_clients_without_that_trust_or_without_tls() {
    let simulator = start().await;
    let other = start().await;
    let endpoint = simulator.endpoint();
    for foreign in [None, other.ca_certificate()] {
        let error = rescan(&client_trusting(foreign), &simulator, &endpoint)
            .send()
            .await
            .unwrap_err();
        assert!(error.is_connect(), "{error:?}");
    }
    let plain = endpoint.replace("https", "http");
    let client = client_trusting(simulator.ca_certificate());
    assert!(rescan(&client, &simulator, &plain).send().await.is_err());
    assert!(simulator.requests().is_empty());
    assert_eq!(
        rescan(&client, &simulator, &endpoint).send().await.unwrap().status(),
        200,
        "the others do no harm"
    );
}

#[tokio::test]
async fn without_tls_there_is_no_authority() {
    let simulator = unlimited().start().await.unwrap();
    assert_eq!(simulator.ca_certificate(), None);
    assert!(simulator.endpoint().starts_with("http://"));
}

#[tokio::test]
async fn silent_clients_time_out_and_block_no_others() {
    let simulator = start().await;
    let before = Instant::now();
    let mut streams = silent(&simulator, 100).await;
    streams[0].write_all(b"\x16\x03\x01").await.unwrap();
    let client = client_trusting(simulator.ca_certificate());
    let answer = rescan(&client, &simulator, &simulator.endpoint()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(before.elapsed() < HANDSHAKE_TIME, "{:?}", before.elapsed());

    // The paused clock advances to the next timer: the time limit of these handshakes.
    tokio::time::pause();
    for stream in &mut streams {
        let ended = stream.read_u8().await;
        assert!(ended.is_err(), "{ended:?}");
    }
    assert!(before.elapsed() >= HANDSHAKE_TIME);
}

#[tokio::test]
async fn too_many_silent_clients_delay_others_until_they_time_out() {
    let simulator = start().await;
    let before = Instant::now();
    let streams = silent(&simulator, CROWD).await;
    let client = client_trusting(simulator.ca_certificate());
    tokio::time::pause();
    let answer = rescan(&client, &simulator, &simulator.endpoint()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(before.elapsed() >= HANDSHAKE_TIME, "{:?}", before.elapsed());
    drop(streams);
}

#[tokio::test]
async fn shutdown_answers_pending_requests_and_aborts_handshakes() {
    let simulator = start().await;
    simulator
        .inject(huaweicloud_hss_sim::Fault::delay(Duration::from_secs(3000)))
        .unwrap();
    let streams = silent(&simulator, 3).await;
    let client = client_trusting(simulator.ca_certificate());
    let request = rescan(&client, &simulator, &simulator.endpoint());
    let waiting = tokio::spawn(request.send());
    eventually(|| simulator.requests().len() == 1).await;
    tokio::time::timeout(TIMEOUT, simulator.shutdown())
        .await
        .expect("it to stop by itself");
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
    drop(streams);
}
