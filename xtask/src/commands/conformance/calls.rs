//! The official SDK beside the simulator: what it sends is taken, and is refused where the simulator has to refuse.

use anyhow::Result;
use serde_json::{Value, json};

use super::client::{Called, Client};
use super::simulator::Simulators;
use super::tally::Tally;
use super::wire::{self, Case};

/// The simulator's own dummies, which its README names.
pub const ACCESS_KEY: &str = "HSSSIMDUMMYKEY000001";
pub const SECRET_KEY: &str = "hss-sim-dummy-secret-key-0000000000-0001";
pub const WRONG_SECRET: &str = "hss-sim-dummy-secret-key-0000000000-0002";
/// A simulator that knows the key and the project.
const KEYS: [&str; 6] = [
    "--access-key",
    ACCESS_KEY,
    "--secret-key",
    SECRET_KEY,
    "--project-id",
    wire::PROJECT,
];
const REFUSED: [&str; 2] = ["rescan.specific_host", "retry.specific_cluster"];
/// Just within the quarter of an hour that clocks may differ, and just beyond.
const NEAR: i64 = 14 * 60;
const FAR: i64 = 16 * 60;

/// What is peculiar to an official SDK.
pub struct Traits {
    /// The headers that it signs.
    pub signed: &'static str,
    /// Ends of names of cases that it cannot take.
    pub cannot: &'static [&'static str],
}

pub const PYTHON: Traits = Traits {
    signed: "content-type;host;user-agent;x-project-id;x-sdk-date",
    cannot: &[],
};
pub const GO: Traits = Traits {
    signed: "user-agent;x-project-id;x-sdk-date",
    cannot: &[".task_id_slash"],
};
pub const JAVA: Traits = Traits {
    signed: "host;user-agent;x-project-id;x-sdk-date",
    cannot: &[
        ".task_id_backslash",
        ".task_id_crlf",
        ".task_id_encoded_dots",
        ".task_id_line_feed",
        ".task_id_reserved",
        ".task_id_slash",
    ],
};

/// What an official SDK needs beside the case.
pub fn signing(secret_key: &str) -> Value {
    json!({ "project_id": wire::PROJECT, "access_key": ACCESS_KEY, "secret_key": secret_key })
}

/// Every case that is accepted, the forms first with the simulator's own tasks.
pub fn accepted(
    sdk: &mut Client,
    simulators: &Simulators,
    cases: &[Case],
    traits: &Traits,
    tally: &mut Tally,
) -> Result<()> {
    let (forms, others): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.is_form());
    let right = signing(SECRET_KEY);
    for (cases, mut simulator) in [
        (forms, simulators.start(&KEYS)?),
        (others, simulators.without_tasks(&KEYS)?),
    ] {
        for case in cases {
            if traits.cannot.iter().any(|end| case.name.ends_with(end)) {
                tally.skip(
                    &case.name,
                    "the SDK puts ids into the URL as they are, and another path comes of it",
                );
                continue;
            }
            let called = sdk.call_simulator(&mut simulator, case, &right)?;
            let mut problems = taken(&called);
            if let [request] = called.arrived.as_slice() {
                problems.extend(case.signed_problems(request, traits.signed));
                if request["operation"] != case.operation.as_str() {
                    problems.push(format!("the operation is {}", request["operation"]));
                }
            }
            tally.case(&case.name, &problems);
        }
    }
    Ok(())
}

/// A wrong secret, a clock that is wrong, and a locked key, for a form of each operation.
pub fn refused(sdk: &mut Client, simulators: &Simulators, cases: &[Case], tally: &mut Tally) -> Result<()> {
    let (right, wrong) = (signing(SECRET_KEY), signing(WRONG_SECRET));
    for case in cases.iter().filter(|case| REFUSED.contains(&&*case.name)) {
        let name = &case.name;
        let mut simulator = simulators.start(&KEYS)?;
        let called = sdk.call_simulator(&mut simulator, case, &wrong)?;
        tally.case(
            &format!("{name} with a wrong secret"),
            &refusal(&called, &["does not match", "canonicalRequest:PUT|"]),
        );

        for offset in [NEAR, -NEAR, FAR, -FAR] {
            let clock = offset.to_string();
            let mut simulator = simulators.start(&[&KEYS[..], &["--clock-offset", &clock]].concat())?;
            let called = sdk.call_simulator(&mut simulator, case, &right)?;
            let problems = if offset.abs() == FAR {
                refusal(&called, &["more than 15 minutes", "server time"])
            } else {
                taken(&called)
            };
            tally.case(
                &format!("{name} with the server's clock {offset} seconds ahead"),
                &problems,
            );
        }

        let mut simulator = simulators.start(&KEYS)?;
        let mut problems = taken(&sdk.call_simulator(&mut simulator, case, &right)?);
        for number in 1..=6 {
            let found = refusal(&sdk.call_simulator(&mut simulator, case, &wrong)?, &["does not match"]);
            problems.extend(found.iter().map(|problem| format!("wrong secret {number}: {problem}")));
        }
        let locked = sdk.call_simulator(&mut simulator, case, &right)?;
        problems.extend(refusal(&locked, &["locked"]));
        tally.case(&format!("{name} with a locked key"), &problems);
    }
    Ok(())
}

/// Where a call was not taken, once.
fn taken(called: &Called) -> Vec<String> {
    outcome(called, 200, "", &[])
}

/// Where a call was not refused, once, as the gateway refuses.
fn refusal(called: &Called, words: &[&str]) -> Vec<String> {
    outcome(called, 401, "APIGW.0301", words)
}

fn outcome(Called { result, arrived }: &Called, status: u16, code: &str, words: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    if arrived.len() != 1 {
        problems.push(format!("{} requests arrived, not 1", arrived.len()));
    }
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
