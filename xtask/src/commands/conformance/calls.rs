//! The official SDK beside the simulator: what it sends is taken, and is refused where the simulator has to refuse.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::process::{self, Process};
use super::tally::Tally;
use super::wire::{self, Case};

/// The simulator's own dummies, which its README names.
pub const ACCESS_KEY: &str = "HSSSIMDUMMYKEY000001";
pub const SECRET_KEY: &str = "hss-sim-dummy-secret-key-0000000000-0001";
pub const WRONG_SECRET: &str = "hss-sim-dummy-secret-key-0000000000-0002";
/// The official SDK signs each header that it sets.
pub const SIGNED: &str = "content-type;host;user-agent;x-project-id;x-sdk-date";
/// Just within the quarter of an hour that clocks may differ, and just beyond.
const NEAR: i64 = 14 * 60;
const FAR: i64 = 16 * 60;

/// The official SDK at work.
pub struct Sdk(Process);

impl Sdk {
    pub fn start(command: &mut Command) -> Result<Self> {
        Process::start("the official SDK", command).map(Self)
    }

    /// What came of a call, and with `journal` what arrived of it at a simulator.
    pub fn call(&mut self, endpoint: &str, secret_key: &str, case: &Case, journal: bool) -> Result<Value> {
        self.0.send(&json!({
            "endpoint": endpoint,
            "project_id": wire::PROJECT,
            "access_key": ACCESS_KEY,
            "secret_key": secret_key,
            "operation": case.operation,
            "inputs": case.inputs,
            "journal": journal,
        }))?;
        self.0.json().with_context(|| format!("case {}", case.name))
    }
}

/// Where simulators come from.
pub struct Simulators {
    pub program: PathBuf,
    pub folder: PathBuf,
}

impl Simulators {
    fn start(&self, flags: &[&str]) -> Result<(Process, String)> {
        let mut command = Command::new(&self.program);
        process::isolate(&mut command);
        command
            .args(["--quota", "off", "--project-id", wire::PROJECT])
            .args(flags);
        command.args(["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY]);
        // What it refuses is asked for here, and no news.
        Process::serve("hss-sim", command.env("RUST_LOG", "error"))
    }

    /// Takes any task, and has none of which it would know the hosts and clusters.
    fn without_tasks(&self) -> Result<(Process, String)> {
        let tasks = self.folder.join("no-tasks.json");
        write(&tasks, &json!({}))?;
        self.start(&["--any-task", "--tasks", &tasks.to_string_lossy()])
    }
}

pub fn write(path: &Path, value: &Value) -> Result<()> {
    std::fs::write(path, value.to_string()).with_context(|| format!("cannot write {}", path.display()))
}

/// Every case that is accepted, the forms first with the simulator's own tasks.
pub fn accepted(sdk: &mut Sdk, simulators: &Simulators, cases: &[Case], tally: &mut Tally) -> Result<()> {
    let (forms, others): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.is_form());
    for (cases, (_running, endpoint)) in [(forms, simulators.start(&[])?), (others, simulators.without_tasks()?)] {
        for case in cases {
            let result = sdk.call(&endpoint, SECRET_KEY, case, true)?;
            let mut problems = outcome(&result, 200, "", &[]);
            match arrived(&result).as_slice() {
                [request] => {
                    problems.extend(case.problems(request, SIGNED));
                    if request["operation"] != case.operation.as_str() {
                        problems.push(format!("the operation is {}", request["operation"]));
                    }
                }
                requests => problems.push(format!("{} requests arrived, not 1", requests.len())),
            }
            tally.case(&case.name, &problems);
        }
    }
    Ok(())
}

/// A wrong secret, a clock that is wrong, and a locked key, for every form that is named.
pub fn refused(sdk: &mut Sdk, simulators: &Simulators, cases: &[&Case], tally: &mut Tally) -> Result<()> {
    for case in cases {
        let name = &case.name;
        let (_running, endpoint) = simulators.start(&[])?;
        let result = sdk.call(&endpoint, WRONG_SECRET, case, true)?;
        tally.case(
            &format!("{name} with a wrong secret"),
            &refusal(&result, &["does not match", "canonicalRequest:PUT|"]),
        );

        for offset in [NEAR, -NEAR, FAR, -FAR] {
            let (_running, endpoint) = simulators.start(&["--clock-offset", &offset.to_string()])?;
            let result = sdk.call(&endpoint, SECRET_KEY, case, true)?;
            let problems = if offset.abs() == FAR {
                refusal(&result, &["more than 15 minutes", "server time"])
            } else {
                outcome(&result, 200, "", &[])
            };
            tally.case(
                &format!("{name} with the server's clock {offset} seconds ahead"),
                &problems,
            );
        }

        let (_running, endpoint) = simulators.start(&[])?;
        let right = sdk.call(&endpoint, SECRET_KEY, case, true)?;
        let mut problems = outcome(&right, 200, "", &[]);
        for number in 1..=6 {
            let wrong = sdk.call(&endpoint, WRONG_SECRET, case, true)?;
            let found = refusal(&wrong, &["does not match"]);
            problems.extend(found.iter().map(|problem| format!("wrong secret {number}: {problem}")));
        }
        let locked = sdk.call(&endpoint, SECRET_KEY, case, true)?;
        problems.extend(refusal(&locked, &["locked"]));
        tally.case(&format!("{name} with a locked key"), &problems);
    }
    Ok(())
}

/// Where a call was not refused, once, as the gateway refuses.
fn refusal(result: &Value, words: &[&str]) -> Vec<String> {
    let mut problems = outcome(result, 401, "APIGW.0301", words);
    let requests = arrived(result);
    if requests.len() != 1 {
        problems.push(format!("{} requests arrived, not 1", requests.len()));
    }
    problems
}

fn outcome(result: &Value, status: u16, code: &str, words: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let message = result["error_msg"].as_str().unwrap_or_default();
    if result["status"] != status || result["error_code"].as_str().unwrap_or_default() != code {
        problems.push(match result["failure"].as_str() {
            Some(failure) => failure.to_owned(),
            None => format!(
                "it ended with {} {} {message:?}, not {status} {code}",
                result["status"], result["error_code"]
            ),
        });
    }
    for word in words {
        if !message.contains(word) {
            problems.push(format!("the message {message:?} does not hold {word:?}"));
        }
    }
    problems
}

fn arrived(result: &Value) -> Vec<Value> {
    result["arrived"].as_array().cloned().unwrap_or_default()
}
