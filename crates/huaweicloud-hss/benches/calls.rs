//! One side of `cargo xtask bench`: makes calls to a running simulator in one way, and prints what they cost as JSON.
//!
//! `calls SIDE CALLS IN_FLIGHT HOSTS`, with the side `bare` or `sdk` and then `token` or `signed`, such as `sdk-signed`. The
//! simulator's URL, project, token and access key are read from `HSS_ENDPOINT`, `HSS_PROJECT_ID`, `HSS_AUTH_TOKEN` and
//! `HUAWEICLOUD_SDK_AK`, `_SK`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a benchmark ends at the first fault"
)]

use std::alloc::System;
use std::env;
use std::time::{Duration, Instant, SystemTime};

use huaweicloud_auth::{AccessKey, Credentials, SigningTime, Token};
use huaweicloud_hss::Client;
use serde::Serialize;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TASK: &str = "71a15ecc-049f-4cca-bd28-5e90aca1817f";

/// The body as someone writes it who writes one by hand.
#[derive(Serialize)]
struct Body {
    range_type: &'static str,
    host_ids: Vec<String>,
}

struct Settings {
    calls: usize,
    in_flight: usize,
    ids: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [side, calls, in_flight, hosts] = &arguments[..] else {
        println!("nothing to do: `cargo xtask bench` runs this");
        return;
    };
    let hosts = hosts.parse().unwrap();
    let settings = Settings {
        calls: calls.parse().unwrap(),
        in_flight: in_flight.parse().unwrap(),
        ids: (0..hosts)
            .map(|number: u32| format!("{number:08x}-049f-4cca-bd28-5e90aca1817f"))
            .collect(),
    };
    let (way, authorization) = side.split_once('-').unwrap();
    let token = || variable("HSS_AUTH_TOKEN");
    let key = || AccessKey::new(variable("HUAWEICLOUD_SDK_AK"), variable("HUAWEICLOUD_SDK_SK")).unwrap();
    match (way, authorization) {
        ("bare", "token") => measure(settings, bare(Some(token()), None)).await,
        ("bare", "signed") => measure(settings, bare(None, Some(key().into()))).await,
        ("sdk", "token") => measure(settings, sdk(Token::new(token()).unwrap().into())).await,
        ("sdk", "signed") => measure(settings, sdk(key().into())).await,
        _ => panic!("there is no side {side}"),
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// Through the SDK.
fn sdk(credentials: Credentials) -> impl AsyncFn(Vec<String>) + Clone + 'static {
    let client = Client::builder()
        .endpoint(variable("HSS_ENDPOINT"))
        .project_id(variable("HSS_PROJECT_ID"))
        .credentials(credentials)
        .build()
        .unwrap();
    async move |ids| {
        client.recreate_vul_scan_task(TASK).hosts(ids).send().await.unwrap();
    }
}

/// By hand, with the settings that any careful call needs.
fn bare(token: Option<String>, key: Option<Credentials>) -> impl AsyncFn(Vec<String>) + Clone + 'static {
    let client = reqwest::Client::builder()
        .no_proxy()
        .user_agent("bare")
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(20))
        .timeout(Duration::from_secs(30))
        .pool_idle_timeout(Duration::from_secs(2))
        .build()
        .unwrap();
    let (endpoint, project) = (variable("HSS_ENDPOINT"), variable("HSS_PROJECT_ID"));
    async move |host_ids| {
        let url = format!("{endpoint}/v5/{project}/vulnerability/scan/task/{TASK}/rescan");
        let body = Body {
            range_type: "specific_host",
            host_ids,
        };
        let mut request = client.put(url).header("accept", "application/json").json(&body);
        if let Some(token) = &token {
            request = request.header("x-auth-token", token);
        }
        let mut request = request.build().unwrap();
        if let Some(key) = &key {
            let now = SigningTime::try_from(SystemTime::now()).unwrap();
            key.authorize_reqwest(&mut request, now).unwrap();
        }
        let answer = client.execute(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    }
}

async fn measure(settings: Settings, call: impl AsyncFn(Vec<String>) + Clone + 'static) {
    let Settings { calls, in_flight, .. } = settings;
    if calls > 1 {
        // Connections are made and code is paged in.
        round(&settings, 4 * in_flight, call.clone()).await;
    }
    let (allocated, cpu, start) = (ALLOCATOR.stats(), cpu_seconds(), Instant::now());
    round(&settings, calls, call).await;
    let (seconds, cpu, now) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu, ALLOCATOR.stats());
    let report = json!({
        "calls": calls,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "allocations": now.allocations - allocated.allocations,
        "reallocations": now.reallocations - allocated.reallocations,
        "bytes": now.bytes_allocated - allocated.bytes_allocated,
        "peak_kib": peak_kib(),
    });
    println!("{report}");
}

async fn round(settings: &Settings, calls: usize, call: impl AsyncFn(Vec<String>) + Clone + 'static) {
    let workers = tokio::task::LocalSet::new();
    for _ in 0..settings.in_flight {
        let (call, ids, calls) = (call.clone(), settings.ids.clone(), calls / settings.in_flight);
        workers.spawn_local(async move {
            for _ in 0..calls {
                call(ids.clone()).await;
            }
        });
    }
    workers.await;
}

/// The time on a processor of this thread, which makes all calls.
fn cpu_seconds() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split(' ').next().and_then(|number| number.parse().ok());
    nanoseconds.map_or(f64::NAN, |nanoseconds: f64| nanoseconds / 1e9)
}

/// The most memory that the process held at once.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
