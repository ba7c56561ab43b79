//! What `cargo xtask diff` sees of each change. The tools' own verdicts are committed, so that no tool is needed here.
#![cfg(test)]

use xtask::commands::diff::{data, trials};
use xtask::pipeline::{Recipe, code, format};

/// Rows of the committed table: name, class, verdicts of oasdiff and Redocly, and data.
fn table() -> Vec<[String; 5]> {
    let text = std::fs::read_to_string(xtask::root().join(trials::TABLE)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().to_owned()).collect();
        cells[1..6].to_vec().try_into().unwrap()
    })
    .collect()
}

#[test]
fn trials_match_the_committed_table() {
    let trials = trials::read(&xtask::root()).unwrap();
    assert!(trials.len() >= 65);
    let expected: Vec<_> = trials
        .iter()
        .map(|trial| {
            [
                trial.name.clone(),
                trial.class.clone(),
                trials::by_data(trial).to_owned(),
            ]
        })
        .collect();
    let found: Vec<_> = table()
        .into_iter()
        .map(|[name, class, _, _, data]| [name, class, data])
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn changes_that_no_tool_sees_change_the_generated_code() {
    let generate =
        |document| code(document, &Recipe::default()).map(|code| format(&code.client) + &format(&code.constants));
    let mut missed = 0;
    for (trial, [name, class, oasdiff, redocly, data]) in trials::read(&xtask::root()).unwrap().iter().zip(table()) {
        let seen = [&oasdiff, &redocly].into_iter().any(|verdict| *verdict == class) || !data.is_empty();
        if !seen && class != "wording" {
            missed += 1;
            let Ok(old) = generate(&trial.old) else {
                panic!("the document is invalid")
            };
            assert!(
                generate(&trial.new).map_or(true, |new| new != old),
                "nothing sees: {name}"
            );
        }
    }
    assert!(missed > 0);
}

#[test]
fn data_of_equal_documents_is_equal_and_names_what_differs() {
    let trial = &trials::read(&xtask::root()).unwrap()[0];
    assert!(data::compare(&trial.old, &trial.old).is_empty());
    let mut changed = trial.old.clone();
    changed["servers"][0]["variables"]["region"]["default"] = "x".into();
    changed["security"].as_array_mut().unwrap().reverse();
    let places: Vec<String> = data::compare(&trial.old, &changed)
        .iter()
        .map(|line| line.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(places, ["/security", "/servers"]);
}
