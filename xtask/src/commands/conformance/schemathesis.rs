//! Schemathesis beside the simulator: requests that it makes up from the document are answered as the document says.

use anyhow::Result;
use serde_json::{Value, json};

use super::shell::Shell;
use super::simulator::Simulator;
use super::table::Row;

/// The token is the simulator's own. The seed is fixed, so that a failure comes again.
const RUN: &str = "SCHEMATHESIS_HOOKS=hooks PYTHONPATH=. venv/bin/st --config-file schemathesis.toml run \
    --url \"$HSS_SIM_URL\" -H 'X-Auth-Token: hss-sim-token-5f0c2d7e' --generation-database none --no-color --seed 1";
/// So many have to arrive, and so many of them with each of the two verdicts: else little was tested.
const MIN: usize = 1_000;
const MIN_OF_EACH: usize = 100;

/// What is tested.
struct Document {
    name: &'static str,
    /// For each operation; beside them come the examples and the limits of the document.
    examples: usize,
    /// In the paths of requests of which some have to be taken.
    some_of: &'static str,
    injected: &'static [Injected],
}

/// Known tasks of the simulator, whose ids the configuration names, make answers with rows.
const DOCUMENTS: [Document; 2] = [
    Document {
        name: "hss-v5.yaml",
        examples: 500,
        some_of: "/rescan",
        injected: &OF_ERRORS,
    },
    Document {
        name: "hss-v5-tasks.yaml",
        examples: 150,
        some_of: "/many-servers/hosts",
        injected: &OF_ROWS,
    },
];

/// An answer that the document does not allow, and what Schemathesis has to say of it.
struct Injected {
    what: &'static str,
    fault: fn() -> Value,
    found: &'static str,
}

const OF_ERRORS: [Injected; 3] = [
    Injected {
        what: "a status that is not listed",
        fault: || json!({ "status": 418, "body": { "error_code": "HSS.0001", "error_msg": "Odd." } }),
        found: "Undocumented status code",
    },
    Injected {
        what: "a property renamed",
        fault: || json!({ "status": 403, "body": { "errorCode": "HSS.0001", "error_msg": "Odd." } }),
        found: "Response violates schema",
    },
    Injected {
        what: "an error as HTML",
        fault: || json!({ "status": 403, "headers": { "content-type": "text/html" }, "body": "<html></html>" }),
        found: "Undocumented Content-Type",
    },
];

const OF_ROWS: [Injected; 1] = [Injected {
    what: "a number as a text",
    fault: || json!({ "status": 200, "body": { "total_num": "7" } }),
    found: "Response violates schema",
}];

/// A whole run of each document without a failure, and short runs in which an injected fault is found. The simulator knows no task
/// of the operations that start scans: known ones would refuse hosts that they do not have.
pub fn run(shell: &Shell, version: &str, simulator: &Simulator) -> Result<Vec<Row>> {
    let (mut rows, mut missed) = (Vec::new(), Vec::new());
    for document in &DOCUMENTS {
        simulator.reset()?;
        let command = format!("{RUN} \"$OPENAPI/{}\"", document.name);
        let failure = shell.run(&format!("{command} --max-examples {}", document.examples));
        let arrived = simulator.requests()?;
        let problems = verdict(failure.err(), &arrived, document.some_of);
        let problem = (!problems.is_empty()).then(|| problems.join("; "));
        let witness = format!("schemathesis, {}", document.name);
        rows.push(Row::new(&witness, version, [arrived.len(), 0, 0], problem));

        for injected in document.injected {
            let mut fault = (injected.fault)();
            fault["times"] = 1_000_000.into();
            simulator.inject(&fault)?;
            let said = match shell.run(&format!("{command} --phases examples")) {
                Ok(_) => "it found nothing".to_owned(),
                Err(error) if error.to_string().contains(injected.found) => continue,
                Err(error) => error.to_string(),
            };
            missed.push(format!("{}: {said}", injected.what));
        }
    }
    let problem = (!missed.is_empty()).then(|| missed.join("; "));
    let count = DOCUMENTS.iter().map(|document| document.injected.len()).sum();
    rows.push(Row::new(
        "schemathesis, injected faults",
        version,
        [count, 0, 0],
        problem,
    ));
    Ok(rows)
}

fn verdict(failure: Option<anyhow::Error>, arrived: &[Value], some_of: &str) -> Vec<String> {
    let mut problems: Vec<String> = failure.iter().map(ToString::to_string).collect();
    let with = |status: u16| arrived.iter().filter(move |request| request["status"] == status);
    let (taken, refused) = (with(200).count(), with(400).count());
    if arrived.len() < MIN || taken < MIN_OF_EACH || refused < MIN_OF_EACH {
        let all = arrived.len();
        problems.push(format!(
            "{all} requests arrived, of which {taken} were taken and {refused} refused"
        ));
    }
    let is_there = |request: &Value| request["path"].as_str().is_some_and(|path| path.contains(some_of));
    if !with(200).any(is_there) {
        problems.push(format!("no request of {some_of} was taken"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_tested_little_is_no_success() {
        let requests = |status: u16, count| vec![json!({ "status": status, "path": "/t/rescan" }); count];
        let enough = [requests(200, 500), requests(400, 500)].concat();
        let found = |failure, arrived: &[Value], some_of| verdict(failure, arrived, some_of).len();
        assert_eq!(found(None, &enough, "/rescan"), 0);
        assert_eq!(found(Some(anyhow::anyhow!("odd")), &enough, "/rescan"), 1);
        assert_eq!(found(None, &enough, "/retry"), 1);
        assert_eq!(found(None, &enough[..999], "/rescan"), 1);
        assert_eq!(found(None, &requests(401, 2_000), "/rescan"), 2);
    }
}
