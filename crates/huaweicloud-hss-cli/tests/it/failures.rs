//! The table of failures, `huaweicloud-hss/tests/failures.json`, through the command: exit code and JSON.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Fault, Server};

use crate::support::{Ran, command, ran};

/// Commands that run at the same time.
const AT_ONCE: usize = 4;

/// Whose credentials a hint names is the command's own knowledge; the table has none.
const SOURCES: [&str; 2] = [" (environment HSS_AUTH_TOKEN)", " (environment HUAWEICLOUD_SDK_AK)"];

fn rows() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../huaweicloud-hss/tests/failures.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn each_failure_has_its_exit_code() {
    let rows: Vec<Value> = rows().into_iter().filter(|row| row["hss"] != false).collect();
    assert!(rows.len() >= 100, "{}", rows.len());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check(row, &runtime);
                }
            });
        }
    });
}

fn check(row: &Value, runtime: &tokio::runtime::Runtime) {
    let name = row["name"].as_str().unwrap();
    let script: Vec<Fault> = serde_json::from_value(row["script"].clone()).unwrap();
    let server = if row["tls"] == true {
        runtime.block_on(Server::start_tls(script))
    } else {
        runtime.block_on(Server::start(script))
    };
    let folder = tempfile::tempdir().unwrap();
    let mut hss = command(["rescan", "task", "--all-failed", "--output=json", "--project-id=p"]);
    hss.args(["--endpoint", &server.endpoint()]);
    hss.args([
        "--timeout",
        &format!("{}ms", row["timeout_ms"].as_u64().unwrap_or(5000)),
    ]);
    if row["signed"] == true {
        hss.env("HUAWEICLOUD_SDK_AK", "AKAKAKAKAKAKAKAKAKAK");
        hss.env("HUAWEICLOUD_SDK_SK", "its-secret-key");
    } else {
        hss.env("HSS_AUTH_TOKEN", "token");
    }
    if let Some(authority) = server.ca_certificate() {
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, authority).unwrap();
        hss.arg("--ca-bundle").arg(path);
    }
    let found: Ran = ran(&mut hss);
    let expected = &row["expect"];
    assert_eq!(json!(found.code), expected["exit"], "{name}: {found:?}");
    assert_eq!(
        json!(server.requests().len()),
        expected["arrivals"],
        "{name}: {found:?}"
    );
    if expected["accepted"] == true {
        assert_eq!(found.json()["status"], 200, "{name}: {found:?}");
        return;
    }
    let mut error = found.json()["error"].take();
    // The command's own part of the hint.
    if error["outcome"] == "unknown" {
        let hint = error["hint"].as_str().unwrap();
        let (of_sdk, look) = hint.split_once("to see whether its scans run: ").unwrap();
        assert!(
            look.starts_with("hss hosts task --status scanning --endpoint "),
            "{name}: {found:?}"
        );
        let of_sdk = of_sdk.strip_suffix("; ");
        error["hint"] = of_sdk.map(str::to_owned).into();
    }
    if let Some(hint) = error["hint"].as_str() {
        error["hint"] = SOURCES
            .iter()
            .fold(hint.to_owned(), |hint, source| hint.replace(source, ""))
            .into();
    }
    let message = error["message"].as_str().unwrap();
    error["message"] = message.replace(&server.address().to_string(), "ADDRESS").into();
    for field in ["kind", "outcome", "status", "code", "message", "hint", "attempts"] {
        assert_eq!(error[field], expected[field], "{name}: {field}: {found:?}");
    }
}
