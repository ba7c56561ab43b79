//! The table of failures, `failures.json`: each row is what a server does, and what must come of it. The page
//! `docs/failures.md` is made from the same rows.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use huaweicloud_hss::auth::AccessKey;
use huaweicloud_hss::{Client, Error, RetryPolicy};
use serde::Deserialize;
use serde_json::Value;
use testkit::{Fault, Server};
use tokio::sync::Semaphore;

/// What may pass after the deadline until the error is here.
const GRACE: Duration = Duration::from_millis(500);

/// Rows that run at the same time. More would only measure the machine.
const AT_ONCE: usize = 8;

/// How to make the page anew.
const RENEW: &str = "HSS_WRITE_DOCS=1 cargo test -p huaweicloud-hss --test sdk failures";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    group: String,
    name: String,
    #[serde(default)]
    tls: bool,
    /// Whether an access key signs; else a token is sent.
    #[serde(default)]
    signed: bool,
    /// Whether the policy is the unsafe one.
    #[serde(default)]
    retries_unknown: bool,
    #[serde(default = "five_seconds")]
    timeout_ms: u64,
    /// Whether the command line can do it too; its own test reads this.
    #[serde(default = "yes", rename = "hss")]
    _hss: bool,
    script: Vec<Value>,
    expect: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Expected {
    Accepted(Accepted),
    Failed(Failed),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    #[serde(rename = "accepted")]
    _accepted: bool,
    #[serde(rename = "exit")]
    _exit: u8,
    arrivals: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failed {
    kind: String,
    outcome: String,
    exit: u8,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    hint: Option<String>,
    attempts: u32,
    arrivals: usize,
}

fn five_seconds() -> u64 {
    5000
}

fn yes() -> bool {
    true
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("../../failures.json")).unwrap()
}

impl Row {
    fn faults(&self) -> impl Iterator<Item = Fault> {
        self.script.iter().map(|fault| {
            let fault = serde_json::from_value(fault.clone());
            fault.unwrap_or_else(|error| panic!("{}: {error}", self.name))
        })
    }

    /// Whether a step of the script keeps the service from acting for certain, judged by the step alone.
    fn guarantees_no_effect(step: &Value) -> bool {
        let answer = &step["answer"];
        let unable = answer["status"] == 503 && answer["body"].as_str().is_some_and(|body| body.contains("APIGW.0613"));
        step.get("refuse").is_some() || step["break"]["at"] == "connect" || answer["status"] == 429 || unable
    }

    fn arrivals(&self) -> usize {
        match &self.expect {
            Expected::Accepted(expected) => expected.arrivals,
            Expected::Failed(expected) => expected.arrivals,
        }
    }
}

async fn run(row: &Row) {
    let name = &row.name;
    let server = if row.tls {
        Server::start_tls(row.faults()).await
    } else {
        Server::start(row.faults()).await
    };
    let timeout = Duration::from_millis(row.timeout_ms);
    let policy = if row.retries_unknown {
        RetryPolicy::new().unsafely_repeat_unknown_outcomes()
    } else {
        RetryPolicy::new()
    };
    let mut client = Client::builder()
        .endpoint(server.endpoint())
        .project_id("p")
        .timeout(timeout)
        .read_timeout(timeout)
        .retry_policy(policy);
    client = if row.signed {
        client.credentials(AccessKey::new("AKAKAKAKAKAKAKAKAKAK", "its-secret-key").unwrap())
    } else {
        client.token("token")
    };
    if let Some(authority) = server.ca_certificate() {
        client = client.ca_certificates(authority);
    }
    let client = client.build().unwrap();

    let start = Instant::now();
    let sent = client.recreate_vul_scan_task("task").all_failed_hosts().send().await;
    let elapsed = start.elapsed();
    assert!(elapsed < timeout + GRACE, "{name}: {elapsed:?}");
    match (&row.expect, sent) {
        (Expected::Accepted(_), Ok(_)) => {}
        (Expected::Failed(expected), Err(error)) => check(name, expected, &error, &server.address().to_string()),
        (expected, found) => panic!("{name}: {expected:?} expected, {found:?} found"),
    }
    let arrived = server.requests();
    assert_eq!(arrived.len(), row.arrivals(), "{name}");
    // Whatever the row expects: a request is repeated only if the service did not act on the earlier one for certain.
    let earlier = arrived.len().saturating_sub(1);
    if !row.retries_unknown {
        assert!(
            row.script.iter().cycle().take(earlier).all(Row::guarantees_no_effect),
            "{name}: repeated although the outcome was unknown"
        );
    }
}

fn check(name: &str, expected: &Failed, error: &Error, address: &str) {
    let Failed {
        kind,
        outcome,
        exit: _,
        status,
        code,
        message,
        hint,
        attempts,
        arrivals: _,
    } = expected;
    assert_eq!(
        (
            error.kind().as_str(),
            error.outcome().as_str(),
            error.status(),
            error.code()
        ),
        (&**kind, &**outcome, *status, code.as_deref()),
        "{name}: {error:?}"
    );
    assert_eq!(
        (error.message(), error.hint(), error.attempts()),
        (&*message.replace("ADDRESS", address), hint.as_deref(), *attempts),
        "{name}: {error:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_failure_has_its_documented_outcome() {
    let rows = rows();
    assert!(rows.len() >= 100, "{}", rows.len());
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "two rows have one name");
    let free = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = tokio::task::JoinSet::new();
    for row in rows {
        let free = Arc::clone(&free);
        running.spawn(async move {
            let _turn = free.acquire().await.unwrap();
            run(&row).await;
        });
    }
    let mut wrong = 0;
    while let Some(ran) = running.join_next().await {
        wrong += u32::from(ran.is_err());
    }
    assert_eq!(wrong, 0, "rows that are not as they say; see above");
}

#[test]
fn failures_page_matches_the_table() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/failures.md");
    let page = page(&rows());
    if std::env::var_os("HSS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} is stale; make it anew: {RENEW}", path.display());
}

fn page(rows: &[Row]) -> String {
    let mut page = format!(
        "<!-- Made from tests/failures.json by `{RENEW}`; do not edit. -->\n\
         What can go wrong with a call, and what comes of it.\n\n\
         Each row is a test: a server does this, and the error, the requests that arrive and the time it takes are looked at. \
         The policy is the default [`RetryPolicy`](crate::RetryPolicy) but where a row says otherwise; the time-out is five \
         seconds or less, so that no wait of twelve fits into it.\n\n\
         - **kind** and **outcome** are those of [`Error`](crate::Error), in the words of the command line's JSON; **exit** is \
         the command line's exit code.\n\
         - **tries** is how often the call is sent where the same happens each time. One try means that it is not safe, or of no \
         use, to send it again.\n\
         - **what to do** is the error's hint.\n"
    );
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = &row.group;
            let _ = write!(
                page,
                "\n# {group}\n\n| what happened | kind | outcome | exit | attempts | what to do |\n|---|---|---|---|---|---|\n"
            );
        }
        let name = &row.name;
        let _ = match &row.expect {
            Expected::Accepted(expected) => {
                let tries = expected.arrivals.max(row.script.len());
                writeln!(page, "| {name} | accepted | | 0 | {tries} | |")
            }
            Expected::Failed(expected) => {
                let Failed {
                    kind,
                    outcome,
                    exit,
                    attempts,
                    ..
                } = expected;
                let hint = expected.hint.as_deref().unwrap_or("what the message says");
                writeln!(
                    page,
                    "| {name} | `{kind}` | `{outcome}` | {exit} | {attempts} | {hint} |"
                )
            }
        };
    }
    page
}
