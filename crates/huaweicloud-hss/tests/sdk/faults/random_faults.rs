//! Many calls, one in five met by a random fault: what the client reports and what the simulator counted must agree.
//!
//! `HSS_FAULT_CALLS` is the number of calls, 1,000 by default; `HSS_FAULT_SEED` repeats a run that failed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use huaweicloud_hss::{Accepted, Client, Error, ErrorKind, Outcome, RetryPolicy};
use huaweicloud_hss_sim::{Fault, Quota, RecordedRequest, Simulator, Tasks};
use tokio::task::JoinSet;

/// Calls of one simulator, which keeps 10,000 requests, and a call makes at most three.
const CALLS_A_SIMULATOR: usize = 1_000;

const IN_FLIGHT: usize = 16;

/// One call in so many is met by a fault.
const ONE_IN: usize = 5;

/// Long for a response on this machine, short for a test.
const TIMEOUT: Duration = Duration::from_millis(1500);

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

fn said(status: u16, code: &str) -> Fault {
    Fault::answer(status).body(format!(r#"{{"error_code":"{code}","error_msg":"No."}}"#))
}

/// What a fault of this number does.
fn fault(random: &mut fastrand::Rng) -> Fault {
    let page = "<html>no</html>";
    match random.u8(0..20) {
        0 => said(429, "APIGW.0308").header("Retry-After", "0"),
        1 => Fault::answer(429).body(page),
        // More often than the attempts allowed.
        2 => said(429, "APIGW.0308").times(3),
        3 => said(503, "APIGW.0613"),
        4 => said(400, "HSS.0001"),
        5 => said(400, "HSS.0011"),
        6 => said(401, "APIGW.0301"),
        7 => said(403, "APIGW.0302"),
        8 => Fault::answer(404).body(page),
        9 => said(500, "APIGW.0601"),
        10 => Fault::answer(502).body(page),
        11 => said(504, "APIGW.0201"),
        12 => Fault::answer(302).header("Location", "http://127.0.0.1:9/"),
        13 => Fault::answer(204),
        // The simulator counts it as a success, which tests that the client reports it as unknown.
        14 => Fault::answer(200).body(page),
        // The service acts, and its response is lost in one of these ways.
        15 => Fault::reset(),
        16 => Fault::stall(),
        17 => Fault::truncate(),
        // It does not act, and that looks the same.
        18 => Fault::reset().unacted(),
        _ => Fault::delay(Duration::from_secs(3600)),
    }
}

struct Called {
    host: String,
    came_of_it: Result<Accepted, Error>,
}

async fn call(client: &Client, host: String) -> Called {
    let request = client.recreate_vul_scan_task("task").hosts([&host]);
    Called {
        came_of_it: request.send().await,
        host,
    }
}

/// Calls a simulator of its own; gives what was called and what arrived.
async fn calls(count: usize, seed: u64) -> (Vec<Called>, Vec<RecordedRequest>) {
    let simulator = Simulator::builder()
        .tasks(Tasks::new())
        .any_task(true)
        .quota(Quota::off());
    let simulator = Arc::new(simulator.start().await.unwrap());
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id())
        .token(simulator.token())
        .timeout(TIMEOUT)
        .retry_policy(
            RetryPolicy::new()
                .delay(Duration::ZERO, Duration::from_millis(5))
                .throttled_delay(Duration::ZERO),
        )
        .build()
        .unwrap();
    let mut workers = JoinSet::new();
    for worker in 0..IN_FLIGHT {
        let (client, simulator) = (client.clone(), Arc::clone(&simulator));
        let mut random = fastrand::Rng::with_seed(seed.wrapping_add(worker as u64));
        workers.spawn(async move {
            let mut called = Vec::new();
            for number in (worker..count).step_by(IN_FLIGHT) {
                if random.usize(0..ONE_IN) == 0 {
                    simulator.inject(fault(&mut random)).unwrap();
                }
                called.push(call(&client, format!("host-{number}")).await);
            }
            called
        });
    }
    let called = workers.join_all().await.into_iter().flatten().collect();
    (called, simulator.requests())
}

/// What arrived, by the host that each request names.
fn by_host(requests: Vec<RecordedRequest>) -> BTreeMap<String, Vec<Option<u16>>> {
    let mut by_host: BTreeMap<String, Vec<Option<u16>>> = BTreeMap::new();
    for request in requests {
        let body: serde_json::Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
        let host = body["host_ids"][0].as_str().unwrap().to_owned();
        by_host.entry(host).or_default().push(request.status);
    }
    by_host
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reported_outcome_matches_what_arrived() {
    let mut left = usize::try_from(setting("HSS_FAULT_CALLS", 1_000)).unwrap();
    let seed = setting("HSS_FAULT_SEED", fastrand::u64(..));
    println!("HSS_FAULT_SEED={seed}");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = 0;
    while left > 0 {
        let count = left.min(CALLS_A_SIMULATOR);
        let (called, arrived) = calls(count, seed.wrapping_add(left as u64)).await;
        left -= count;
        assert_eq!(called.len(), count);
        let mut arrived = by_host(arrived);
        for Called { host, came_of_it } in called {
            let statuses = arrived.remove(&host).unwrap_or_default();
            let acted = statuses.iter().filter(|status| **status == Some(200)).count();
            let told = match &came_of_it {
                Ok(_) => "accepted",
                Err(error) => error.outcome().as_str(),
            };
            *counts.entry(told).or_default() += 1;
            match &came_of_it {
                Ok(_) => assert_eq!(acted, 1, "{host}: {statuses:?}"),
                Err(error) => {
                    faults += 1;
                    check(&host, error, &statuses, acted);
                }
            }
        }
        assert_eq!(arrived, BTreeMap::new(), "arrived without being sent");
    }
    println!("{counts:?}");
    assert!(faults > 0 && counts.len() >= 3, "{counts:?}");
}

fn check(host: &str, error: &Error, statuses: &[Option<u16>], acted: usize) {
    let about = format!("{host}: {statuses:?}: {error:?}");
    match error.outcome() {
        Outcome::Unknown => assert!(acted <= 1, "{about}"),
        Outcome::Refused | Outcome::NotSent => assert_eq!(acted, 0, "{about}"),
        Outcome::NoEffect => panic!("not a read: {about}"),
    }
    let attempts = error.attempts() as usize;
    match error.kind() {
        // What was on its way when time ran out need not have arrived.
        ErrorKind::Timeout => assert!(statuses.len() <= attempts, "{about}"),
        ErrorKind::Invalid | ErrorKind::Internal => panic!("not classified: {about}"),
        _ => assert_eq!(statuses.len(), attempts, "{about}"),
    }
    // Only requests that were not acted on for certain are repeated.
    let earlier = statuses.split_last().map_or(&[][..], |(_, earlier)| earlier);
    assert!(
        earlier.iter().all(|status| matches!(status, Some(429 | 503))),
        "{about}"
    );
    assert!(error.attempts() <= 3, "{about}");
}
