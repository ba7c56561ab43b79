//! 100,000 requests over 64 connections: every answer right, memory flat. `cargo bench --package huaweicloud-hss-sim`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark ends at the first fault")]

use std::time::Instant;

use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Quota, Simulator};
use serde_json::json;

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 100_000;
const PARTS: usize = 5;

#[tokio::main]
async fn main() {
    let simulator = Simulator::builder().quota(Quota::off()).start().await.unwrap();
    let url = format!(
        "{}/v5/{}/vulnerability/scan/task/{DEMO_VUL_SCAN_TASK_ID}/rescan",
        simulator.endpoint(),
        simulator.project_id()
    );
    for part in 1..=PARTS {
        let start = Instant::now();
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (url, token) = (url.clone(), simulator.token().to_owned());
            // A client of its own has a connection of its own.
            let http = reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(1)
                .build()
                .unwrap();
            workers.spawn(async move {
                for number in 0..REQUESTS / PARTS / CONNECTIONS {
                    let good = number % 2 == 0;
                    let range = if good { "all_failed_host" } else { "no_such_range" };
                    let request = http.put(&url).header("X-Auth-Token", &token);
                    let answer = request.json(&json!({ "range_type": range })).send().await.unwrap();
                    assert_eq!(answer.status(), if good { 200 } else { 400 });
                    answer.bytes().await.unwrap();
                }
            });
        }
        workers.join_all().await;
        let requests = REQUESTS / PARTS / CONNECTIONS * CONNECTIONS;
        let rate = requests as f64 / start.elapsed().as_secs_f64();
        println!(
            "part {part}: {requests} requests, {rate:.0}/s, {} MiB resident",
            resident()
        );
    }
}

/// Memory of this process, clients included, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
