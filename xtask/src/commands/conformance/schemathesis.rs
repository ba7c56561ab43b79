//! Schemathesis beside the simulator: requests that it makes up from the document are answered as the document says.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::build;
use super::languages::PYTHON_3;
use super::simulator::{Simulator, Simulators};
use super::steps::{self, Steps};
use super::tally::Tally;

const NAME: &str = "schemathesis";
const INSTALL: &str = "cp -r \"$OPENAPI/conformance/schemathesis/.\" . && python3 -m venv venv \
    && venv/bin/pip install --quiet --require-hashes --requirement requirements.txt";
/// The token is the simulator's own. Each run makes up other requests; its report names the seed.
const RUN: &str = "SCHEMATHESIS_HOOKS=hooks PYTHONPATH=. venv/bin/st --config-file schemathesis.toml run \"$OPENAPI/hss-v5.yaml\" \
    --url \"$HSS_ENDPOINT\" -H 'X-Auth-Token: hss-sim-token-5f0c2d7e' --generation-database none --no-color";
/// For each operation; beside them come the examples and the limits of the document.
const WHOLE: &str = "--max-examples 500";
/// So many have to arrive, and so many of them with each of the two verdicts: else little was tested.
const LEAST: usize = 1_000;
const LEAST_OF_EACH: usize = 100;

/// An answer that the document does not allow, and what Schemathesis has to say of it.
struct Injected {
    what: &'static str,
    fault: fn() -> Value,
    found: &'static str,
}

const INJECTED: [Injected; 3] = [
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

/// A whole run without a failure, and short runs in which an injected fault is found.
pub fn run(root: &Path) -> Result<Vec<Tally>> {
    steps::require(&[PYTHON_3])?;
    let [program] = build::programs(root, ["hss-sim"])?;
    let simulators = Simulators {
        program,
        folder: build::folder(root, "simulator")?,
    };
    let steps = Steps::in_empty(build::folder(root, NAME)?, fs::canonicalize(root.join("openapi"))?)?;
    eprintln!("{NAME}: {INSTALL}");
    steps.run(INSTALL, "")?;
    let version = steps.run("venv/bin/st --version", "")?;
    let version = version.trim().rsplit(' ').next().unwrap_or_default();

    // Known tasks would refuse hosts that they do not have.
    let mut simulator = simulators.without_tasks(&[])?;
    let run = format!("{RUN} {WHOLE}");
    eprintln!("{NAME}: {run}");
    let failure = steps.run(&run, &simulator.endpoint).err();
    let arrived = simulator.arrived()?;
    let mut whole = Tally::new(NAME, version);
    whole.cases(arrived.len(), "the whole run", &verdict(failure, &arrived));

    let mut sanity = Tally::new(format!("{NAME}, injected faults"), version);
    for fault in &INJECTED {
        sanity.case(fault.what, &missed(&steps, &simulators.without_tasks(&[])?, fault)?);
    }
    Ok(vec![whole, sanity])
}

fn verdict(failure: Option<anyhow::Error>, arrived: &[Value]) -> Vec<String> {
    let mut problems: Vec<String> = failure.iter().map(ToString::to_string).collect();
    let with = |status: u16| arrived.iter().filter(|request| request["status"] == status).count();
    if arrived.len() < LEAST || with(200) < LEAST_OF_EACH || with(400) < LEAST_OF_EACH {
        problems.push(format!(
            "{} requests arrived, of which {} were taken and {} refused",
            arrived.len(),
            with(200),
            with(400)
        ));
    }
    problems
}

/// Where a short run does not find a fault.
fn missed(steps: &Steps, simulator: &Simulator, injected: &Injected) -> Result<Vec<String>> {
    let mut fault = (injected.fault)();
    fault["times"] = 1_000_000.into();
    simulator.answer_next(&fault)?;
    let said = match steps.run(&format!("{RUN} --phases examples"), &simulator.endpoint) {
        Ok(_) => "it found nothing".to_owned(),
        Err(error) if error.to_string().contains(injected.found) => return Ok(Vec::new()),
        Err(error) => error.to_string(),
    };
    Ok(vec![said])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_tested_little_is_no_success() {
        let requests = |status: u16, count| vec![json!({ "status": status }); count];
        let enough = [requests(200, 500), requests(400, 500)].concat();
        assert!(verdict(None, &enough).is_empty());
        assert_eq!(verdict(Some(anyhow::anyhow!("odd")), &enough), ["odd"]);
        assert_eq!(verdict(None, &requests(401, 2_000)).len(), 1);
        assert_eq!(verdict(None, &enough[..999]).len(), 1);
    }
}
