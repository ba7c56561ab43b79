//! The client that the generator of another language makes of the document, case by case of `openapi/wire`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::build;
use super::client::Client;
use super::languages::Language;
use super::simulator::{Simulator, Simulators};
use super::steps::{self, Steps};
use super::tally::Tally;
use super::wire::{self, Case};

/// Generates, checks, makes the README's first call, and runs every case.
pub fn run(root: &Path, language: &Language) -> Result<Tally> {
    from(root, &root.join("openapi"), language.name, language)
}

/// The same with the document and the programs of another folder, and a folder of its own to run in.
pub fn from(root: &Path, openapi: &Path, own_folder: &str, language: &Language) -> Result<Tally> {
    let name = language.name;
    steps::require(language.needs).with_context(|| format!("{name} cannot be run"))?;
    let [program] = build::programs(root, ["hss-sim"])?;
    let simulators = Simulators {
        program,
        folder: build::folder(root, "simulator")?,
    };
    let openapi = fs::canonicalize(openapi).with_context(|| format!("cannot find {}", openapi.display()))?;
    let steps = Steps::in_empty(build::folder(root, own_folder)?, openapi)?;

    let mut own = simulators.start(&[])?;
    let commands = steps::block(&steps::readme(&steps.openapi)?, name)?;
    for command in &commands {
        eprintln!("{name}: {command}");
        steps.run(command, &own.endpoint)?;
    }
    for check in language.checks {
        eprintln!("{name}: {check}");
        steps.run(check, &own.endpoint)?;
    }
    let version = steps.run(language.version, &own.endpoint)?;
    let mut tally = Tally::new(
        format!("{name}: {}", language.generator),
        version.trim().trim_start_matches('v'),
    );
    tally.case("the README's commands", &first_problems(&own.arrived()?));

    let mut client = Client::start(name, &mut steps.command(language.program))?;
    cases(root, language, &simulators, &mut client, &mut tally)?;
    Ok(tally)
}

/// The commands end with a call that is taken and one that is refused.
fn first_problems(arrived: &[Value]) -> Vec<String> {
    let found: Vec<_> = arrived
        .iter()
        .map(|request| (&request["status"], &request["error_code"]))
        .collect();
    if found == [(&json!(200), &Value::Null), (&json!(400), &json!("HSS.0011"))] {
        return Vec::new();
    }
    vec![format!("the first calls were answered {found:?}")]
}

fn cases(
    root: &Path,
    language: &Language,
    simulators: &Simulators,
    client: &mut Client,
    tally: &mut Tally,
) -> Result<()> {
    // One for each pair of token and project that the cases name.
    let mut running: BTreeMap<[String; 2], Simulator> = BTreeMap::new();
    let mut used = vec![false; language.cannot.len()];
    for case in wire::all(root)? {
        if let Some(at) = language
            .cannot
            .iter()
            .position(|(start, _)| case.name.starts_with(start))
        {
            used[at] = true;
            tally.skip(&case.name, language.cannot[at].1);
            continue;
        }
        if let Some(why) = case.beyond_the_document() {
            tally.skip(&case.name, why);
            continue;
        }
        let [token, project] = case.simulated();
        let simulator = match running.entry([token.to_owned(), project.to_owned()]) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(simulators.without_tasks(&["--token", token, "--project-id", project])?)
            }
        };
        if let Some(answer) = case.injected() {
            simulator.answer_next(answer)?;
        }
        let called = client.call_simulator(simulator, &case, &Value::Null)?;
        if called.result["refused"].is_string() {
            tally.refused_here();
        }
        tally.case(&case.name, &problems(&case, &called.result, &called.arrived));
    }
    let idle = used.iter().position(|used| !used).map(|at| language.cannot[at].0);
    ensure!(
        idle.is_none(),
        "no case begins with {idle:?}, which {} cannot do",
        language.name
    );
    Ok(())
}

/// Where a call did not go as its case says.
fn problems(case: &Case, result: &Value, arrived: &[Value]) -> Vec<String> {
    if let Some(failure) = result["failure"].as_str() {
        return vec![failure.to_owned()];
    }
    let mut problems = Vec::new();
    let expected = case.answered();
    if let Some(why) = result["refused"].as_str() {
        if case.is_sent() {
            problems.push(format!("the client refuses it: {why}"));
        }
        if !arrived.is_empty() {
            problems.push("the client refuses it and sends it".to_owned());
        }
        return problems;
    }
    for (name, wanted) in expected.as_object().into_iter().flatten() {
        let found = &result[name];
        if found != wanted {
            problems.push(format!("{name} is {found}, not {wanted}"));
        }
    }
    // A proxy's answer has none.
    if !result["request_id"].is_string() && case.injected().is_none() {
        problems.push("there is no request id".to_owned());
    }
    match arrived {
        [request] if case.is_sent() => problems.extend(case.token_problems(request)),
        [_] => {}
        _ => problems.push(format!("{} requests arrived, not 1", arrived.len())),
    }
    problems
}
