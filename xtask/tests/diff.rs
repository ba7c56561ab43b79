//! What each kind of change means to those who use the document.
#![cfg(test)]

use serde_json::Value;
use xtask::commands::diff::classify::{Change, Class, between};
use xtask::commands::mutate::mutations::mutants;
use xtask::pipeline::YAML;
use xtask::source::Source;

fn document() -> Value {
    Source::read(&xtask::root().join(YAML), YAML).unwrap().value
}

fn worst(changes: &[Change]) -> Option<Class> {
    changes.iter().map(|change| change.class).max()
}

#[test]
fn diff_classifies_each_example() {
    let document = document();
    let trials = Source::parse(include_str!("diff.yaml"), "diff.yaml").unwrap().value;
    let trials = trials.as_array().unwrap();
    assert!(trials.len() >= 60);
    let mut wrong = Vec::new();
    for trial in trials {
        let mut changed = document.clone();
        let patch: json_patch::Patch = serde_json::from_value(trial["patch"].clone()).unwrap();
        json_patch::patch(&mut changed, &patch).unwrap_or_else(|error| panic!("{}: {error}", trial["change"]));
        let changes = between(&document, &changed).unwrap();
        let found = worst(&changes).map(Class::name);
        if found != trial["class"].as_str() {
            wrong.push(format!(
                "{}: {found:?}, not {}: {changes:#?}",
                trial["change"], trial["class"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn diff_reports_every_mutation_as_more_than_wording() {
    let document = document();
    let (facts, mutants) = mutants(&document).unwrap();
    assert!(facts > 250, "{facts}");
    for mutant in mutants {
        let name = format!("{}: {}", mutant.pointer, mutant.change);
        let changes = between(&document, &mutant.document).unwrap_or_else(|error| panic!("{name}: {error}"));
        // Shared answers differ in nothing but words; the document's own version is no change of what it says.
        let only_words = ["/x-vendor-", "/responses/", "/headers/"]
            .iter()
            .any(|part| mutant.pointer.contains(part));
        let least = match mutant.pointer.as_str() {
            "/info/version" => None,
            _ if only_words => Some(Class::Wording),
            _ => Some(Class::Additive),
        };
        assert!(worst(&changes) >= least, "{name}: {changes:?}");
    }
}

#[test]
fn diff_of_equal_documents_is_empty() {
    assert!(between(&document(), &document()).unwrap().is_empty());
}

#[test]
fn diff_fails_for_an_unknown_place() {
    let mut changed = document();
    changed["components"]["schemas"]["HostId"]["pattern"] = "^a$".into();
    let error = between(&document(), &changed).unwrap_err();
    assert_eq!(
        error,
        "no rule says what a change means here: components/schemas/HostId/pattern"
    );
}

#[test]
fn diff_names_places_and_values() {
    let mut changed = document();
    changed["components"]["schemas"]["HostIdList"]["maxItems"] = 999.into();
    changed["components"]["parameters"]["CommonTaskIdInPath"]["description"] = "A task.".into();
    let changes = between(&document(), &changed).unwrap();
    let lines: Vec<String> = changes
        .iter()
        .map(|one| format!("{} {}: {}", one.class, one.place, one.what))
        .collect();
    assert_eq!(
        lines,
        [
            "wording retryTask/parameters/task_id in path/description: changed",
            "breaking components/schemas/HostIdList/maxItems: 1000 becomes 999",
        ]
    );
}
