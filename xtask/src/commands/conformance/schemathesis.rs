//! Schemathesis beside the simulator: requests that it makes up from the document are answered as the document says.

use anyhow::Result;
use serde_json::{Value, json};

use super::shell::Shell;
use super::simulator::Simulator;
use super::table::Row;

/// The token is the simulator's own. Each run makes up other requests; its report names the seed.
const RUN: &str = "SCHEMATHESIS_HOOKS=hooks PYTHONPATH=. venv/bin/st --config-file schemathesis.toml run \"$OPENAPI/hss-v5.yaml\" \
    --url \"$HSS_SIM_URL\" -H 'X-Auth-Token: hss-sim-token-5f0c2d7e' --generation-database none --no-color";
/// For each operation; beside them come the examples and the limits of the document.
const WHOLE: &str = "--max-examples 500";
/// So many have to arrive, and so many of them with each of the two verdicts: else little was tested.
const MIN: usize = 1_000;
const MIN_OF_EACH: usize = 100;

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

/// A whole run without a failure, and short runs in which an injected fault is found. The simulator has no tasks: known ones
/// would refuse hosts that they do not have.
pub fn run(shell: &Shell, version: &str, simulator: &Simulator) -> Result<Vec<Row>> {
    let failure = shell.run(&format!("{RUN} {WHOLE}")).err();
    let arrived = simulator.requests()?;
    let problems = verdict(failure, &arrived);
    let problem = (!problems.is_empty()).then(|| problems.join("; "));
    let whole = Row::new("schemathesis", version, [arrived.len(), 0, 0], problem);

    let mut missed = Vec::new();
    for injected in &INJECTED {
        let mut fault = (injected.fault)();
        fault["times"] = 1_000_000.into();
        simulator.inject(&fault)?;
        let said = match shell.run(&format!("{RUN} --phases examples")) {
            Ok(_) => "it found nothing".to_owned(),
            Err(error) if error.to_string().contains(injected.found) => continue,
            Err(error) => error.to_string(),
        };
        missed.push(format!("{}: {said}", injected.what));
    }
    let problem = (!missed.is_empty()).then(|| missed.join("; "));
    let sanity = Row::new(
        "schemathesis, injected faults",
        version,
        [INJECTED.len(), 0, 0],
        problem,
    );
    Ok(vec![whole, sanity])
}

fn verdict(failure: Option<anyhow::Error>, arrived: &[Value]) -> Vec<String> {
    let mut problems: Vec<String> = failure.iter().map(ToString::to_string).collect();
    let with = |status: u16| arrived.iter().filter(|request| request["status"] == status).count();
    if arrived.len() < MIN || with(200) < MIN_OF_EACH || with(400) < MIN_OF_EACH {
        problems.push(format!(
            "{} requests arrived, of which {} were taken and {} refused",
            arrived.len(),
            with(200),
            with(400)
        ));
    }
    problems
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
