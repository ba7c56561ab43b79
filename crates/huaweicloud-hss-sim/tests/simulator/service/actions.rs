//! Faults that keep the service's answer from its client.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::support::{self, Call, TIMEOUT, eventually, unlimited};
use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Fault, ScanState, Simulator};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Scans never end here.
async fn start() -> Simulator {
    unlimited().scan_time(Duration::MAX).start().await.unwrap()
}

/// Injects a fault as other languages do.
async fn post(simulator: &Simulator, fault: &Value) {
    let reply = Call::new("POST", "/_sim/faults").json(fault).send(simulator).await;
    assert_eq!((reply.status, reply.body.as_str()), (204, ""));
}

/// A rescan of one host, as bytes.
fn rescan(simulator: &Simulator, host: &str) -> Vec<u8> {
    let Call { target, .. } = Call::demo_rescan(simulator);
    let body = json!({"range_type": "specific_host", "host_ids": [host]}).to_string();
    let (token, length) = (simulator.token(), body.len());
    format!(
        "PUT {target} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn state(simulator: &Simulator, host: &str) -> ScanState {
    let task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID).unwrap();
    task.state(host).unwrap()
}

async fn connect(simulator: &Simulator) -> TcpStream {
    TcpStream::connect(simulator.address()).await.unwrap()
}

/// Reads to the end; gives the text, and the error where the connection did not end cleanly.
async fn rest(stream: &mut TcpStream) -> (String, Option<ErrorKind>) {
    let mut got = Vec::new();
    let read = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut got));
    let end = read.await.expect("an end in time").err().map(|error| error.kind());
    (String::from_utf8(got).unwrap(), end)
}

/// What the request log says of a request: status, code, and whether the service acted.
fn recorded(simulator: &Simulator, at: usize) -> (Option<u16>, Option<String>, bool) {
    let request = simulator.requests().remove(at);
    (request.status, request.error_code, request.acted)
}

#[tokio::test]
async fn reset_replaces_the_answer_after_the_service_has_acted() {
    let simulator = start().await;
    let mut stream = connect(&simulator).await;
    stream.write_all(&rescan(&simulator, "host-a")).await.unwrap();
    eventually(|| simulator.requests().len() == 1).await;
    post(&simulator, &json!({"action": "reset"})).await;
    // On a connection that has served one answer.
    stream.write_all(&rescan(&simulator, "host-b")).await.unwrap();
    let (text, end) = rest(&mut stream).await;
    assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{text}");
    assert!(
        text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\n"),
        "{text}"
    );
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert_eq!(state(&simulator, "host-b"), ScanState::Scanning);
    assert_eq!(recorded(&simulator, 1), (None, None, true));
    let kept = Call::new("GET", "/_sim/requests").send(&simulator).await.json();
    assert_eq!(kept["requests"][1]["status"], Value::Null);
    assert_eq!(kept["requests"][1]["acted"], json!(true));
    // The fault was for one request.
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    call.send(&simulator).await.assert_accepted();
}

#[tokio::test]
async fn stall_lasts_until_the_client_goes() {
    let simulator = start().await;
    post(&simulator, &json!({"action": "stall"})).await;
    let mut stream = connect(&simulator).await;
    stream.write_all(&rescan(&simulator, "host-a")).await.unwrap();
    eventually(|| simulator.requests().len() == 1).await;
    let more = tokio::time::timeout(Duration::from_millis(30), stream.read_u8()).await;
    assert!(more.is_err(), "{more:?}");
    assert_eq!(state(&simulator, "host-a"), ScanState::Scanning);
    assert_eq!(recorded(&simulator, 0), (None, None, true));
    stream.shutdown().await.unwrap();
    assert_eq!(rest(&mut stream).await.0, "");
}

#[tokio::test]
async fn stall_ends_with_a_reset_when_the_simulator_stops() {
    for dropped in [false, true] {
        let simulator = start().await;
        simulator.inject(Fault::stall()).unwrap();
        let mut stream = connect(&simulator).await;
        stream.write_all(&rescan(&simulator, "host-a")).await.unwrap();
        eventually(|| simulator.requests().len() == 1).await;
        let before = Instant::now();
        if dropped {
            drop(simulator);
        } else {
            simulator.shutdown().await;
        }
        assert_eq!(
            rest(&mut stream).await,
            (String::new(), Some(ErrorKind::ConnectionReset))
        );
        assert!(before.elapsed() < Duration::from_secs(4), "{:?}", before.elapsed());
    }
}

#[tokio::test]
async fn truncate_promises_more_than_it_sends() {
    let simulator = start().await;
    for _ in 0..2 {
        post(&simulator, &json!({"action": "truncate"})).await;
    }
    let mut stream = connect(&simulator).await;
    stream.write_all(&rescan(&simulator, "host-a")).await.unwrap();
    let (text, end) = rest(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(
        text.contains("\r\ncontent-length: 1\r\n") && text.ends_with("\r\n\r\n"),
        "{text}"
    );
    assert_eq!(end, None, "the end is an orderly one");
    assert_eq!(state(&simulator, "host-a"), ScanState::Scanning);
    assert_eq!(recorded(&simulator, 0), (Some(200), None, true));

    let mut stream = connect(&simulator).await;
    stream.write_all(&rescan(&simulator, "no-such-host")).await.unwrap();
    let (text, end) = rest(&mut stream).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(body.starts_with("{\"error_code\""), "{body}");
    assert_eq!(length.parse::<usize>().unwrap() / 2, body.len(), "{text}");
    assert_eq!(end, None);
    assert_eq!(recorded(&simulator, 1), (Some(400), Some("HSS.0011".to_owned()), false));
}

#[tokio::test]
async fn unacted_faults_leave_the_service_unchanged() {
    let simulator = start().await;
    for (action, status) in [("reset", None), ("truncate", Some(200)), ("stall", None)] {
        post(&simulator, &json!({"action": action, "acted": false})).await;
        let mut stream = connect(&simulator).await;
        let before = simulator.requests().len();
        stream.write_all(&rescan(&simulator, "host-a")).await.unwrap();
        eventually(|| simulator.requests().len() == before + 1).await;
        assert_eq!(state(&simulator, "host-a"), ScanState::Failed, "{action}");
        assert_eq!(recorded(&simulator, before), (status, None, false), "{action}");
    }
}

#[tokio::test]
async fn refused_requests_are_recorded_as_not_acted() {
    let simulator = start().await;
    simulator.inject(Fault::reset()).unwrap();
    let mut stream = connect(&simulator).await;
    stream.write_all(&rescan(&simulator, "no-such-host")).await.unwrap();
    assert_eq!(rest(&mut stream).await.1, Some(ErrorKind::ConnectionReset));
    assert_eq!(recorded(&simulator, 0), (None, None, false));
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    simulator.inject(Fault::answer(200)).unwrap();
    call.send(&simulator).await.assert_accepted();
    assert_eq!(
        recorded(&simulator, 1),
        (Some(200), None, false),
        "a fault's 200 is nobody's act"
    );
    call.send(&simulator).await.assert_accepted();
    assert_eq!(recorded(&simulator, 2), (Some(200), None, true));
}

#[tokio::test]
async fn actions_take_times_delay_and_operation() {
    let simulator = start().await;
    let fault = json!({"times": 2, "action": "reset", "operation": "recreateVulScanTask", "delay_ms": 100});
    post(&simulator, &fault).await;
    let retry = Call::demo_retry(&simulator).json(&json!({"task_type": "cluster_scan"}));
    retry.send(&simulator).await.assert_accepted();
    for _ in 0..2 {
        let before = Instant::now();
        let mut stream = connect(&simulator).await;
        stream.write_all(&rescan(&simulator, "host-a")).await.unwrap();
        assert_eq!(
            rest(&mut stream).await,
            (String::new(), Some(ErrorKind::ConnectionReset))
        );
        assert!(before.elapsed() >= Duration::from_millis(100), "{:?}", before.elapsed());
    }
    let call = Call::demo_rescan(&simulator).json(&json!({"range_type": "all_failed_host"}));
    call.send(&simulator).await.assert_accepted();
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn actions_work_over_tls() {
    let simulator = unlimited().tls().start().await.unwrap();
    let client = support::client_trusting(simulator.ca_certificate());
    let Call { target, .. } = Call::demo_rescan(&simulator);
    let rescan = || {
        client
            .put(simulator.endpoint() + &target)
            .header("X-Auth-Token", simulator.token())
            .header("Content-Type", "application/json")
            .body(r#"{"range_type": "all_failed_host"}"#)
    };
    simulator.inject(Fault::reset()).unwrap();
    let error = rescan().send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect(), "{error:?}");
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");

    simulator.inject(Fault::truncate()).unwrap();
    let answer = rescan().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());

    simulator.inject(Fault::stall()).unwrap();
    let error = rescan().timeout(Duration::from_millis(100)).send().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");

    assert_eq!(rescan().send().await.unwrap().status(), 200);
    let statuses: Vec<_> = simulator
        .requests()
        .iter()
        .map(|request| (request.status, request.acted))
        .collect();
    assert_eq!(
        statuses,
        [(None, true), (Some(200), true), (None, true), (Some(200), true)]
    );
}
