//! Calls a second through the SDK and through a hand-written reqwest call with the same body, against the simulator, in
//! turns in one run. `cargo bench --package huaweicloud-hss`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark ends at the first fault")]

use std::future::Future;
use std::time::{Duration, Instant};

use huaweicloud_hss::Client;
use huaweicloud_hss_sim::{Quota, Simulator, Tasks};
use serde_json::{Value, json};

const IN_FLIGHT: usize = 32;
const CALLS: usize = 3_200;
const ROUNDS: usize = 9;

#[tokio::main]
async fn main() {
    let simulator = Simulator::builder()
        .tasks(Tasks::new())
        .any_task(true)
        .quota(Quota::off());
    let simulator = simulator.start().await.unwrap();
    for hosts in [3, 1000] {
        let ids: Vec<String> = (0..hosts).map(|number| format!("host-{number:04}")).collect();
        compare(&simulator, ids).await;
    }
}

async fn compare(simulator: &Simulator, ids: Vec<String>) {
    let client = Client::builder()
        .endpoint(simulator.endpoint())
        .project_id(simulator.project_id());
    let client = client.token(simulator.token()).build().unwrap();
    let sdk = {
        let ids = ids.clone();
        move || {
            let (client, ids) = (client.clone(), ids.clone());
            async move {
                client.recreate_vul_scan_task("task").hosts(ids).send().await.unwrap();
            }
        }
    };
    // The same care that anyone's call needs: without time-outs a call can hang for ever.
    let http = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(Duration::from_secs(5));
    let http = http
        .read_timeout(Duration::from_secs(20))
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let url = format!(
        "{}/v5/{}/vulnerability/scan/task/task/rescan",
        simulator.endpoint(),
        simulator.project_id()
    );
    let (token, hosts) = (simulator.token().to_owned(), ids.len());
    let bare = move || {
        let (http, url, token, ids) = (http.clone(), url.clone(), token.clone(), ids.clone());
        async move {
            let body: Value = json!({ "range_type": "specific_host", "host_ids": ids });
            let answer = http
                .put(url)
                .header("X-Auth-Token", token)
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            answer.bytes().await.unwrap();
        }
    };
    // One round of each warms up and does not count.
    round(sdk.clone()).await;
    round(bare.clone()).await;
    let (mut of_sdk, mut of_bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_sdk.push(round(sdk.clone()).await);
        of_bare.push(round(bare.clone()).await);
    }
    let (sdk, bare) = (median(of_sdk), median(of_bare));
    let ratio = sdk / bare;
    println!("{hosts} hosts, {IN_FLIGHT} in flight: SDK {sdk:.0}/s, bare reqwest {bare:.0}/s, ratio {ratio:.2}");
}

/// Calls a second of one round.
async fn round<F: Future<Output = ()> + Send>(call: impl Fn() -> F + Clone + Send + 'static) -> f64 {
    let start = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let call = call.clone();
        workers.spawn(async move {
            for _ in 0..CALLS / IN_FLIGHT {
                call().await;
            }
        });
    }
    workers.join_all().await;
    CALLS as f64 / start.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
}

fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
