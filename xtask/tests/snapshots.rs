//! The generator's output, item by item, and whole for small documents.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use xtask::generate::{Code, Recipe, YAML, code, format, json};
use xtask::items;
use xtask::source::Source;

fn read(path: &str) -> Source {
    Source::read(&xtask::root().join(path), path).unwrap()
}

fn generate(source: &Source) -> Code {
    code(&source.value, &Recipe::default()).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| source.show(problem)).collect();
        panic!("{}", lines.join("\n"))
    })
}

fn settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/snapshots")
            .join(folder),
    );
    settings.set_omit_expression(true);
    settings
}

#[test]
fn every_generated_item() {
    let items = items::of(&generate(&read(YAML)));
    settings("items").bind(|| {
        for (name, item) in &items {
            insta::assert_snapshot!(name.as_str(), item);
        }
    });
    // A snapshot without an item is one that a removed item left behind.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/items");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: BTreeSet<String> = files
        .filter_map(|name| Some(name.strip_suffix(".snap")?.to_owned()))
        .collect();
    let made: BTreeSet<String> = items.into_keys().collect();
    assert_eq!(kept, made);
}

#[test]
fn the_lowered_document() {
    let lowered = generate(&read(YAML)).lowered;
    settings("documents").bind(|| insta::assert_snapshot!("lowered", json(&lowered)));
}

/// One small document for each thing that the generator must get right, to the whole formatted output.
#[test]
fn fixtures() {
    let folder = xtask::root().join("xtask/tests/fixtures");
    let base = read("xtask/tests/fixtures/base.yaml");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "base.yaml")
        .collect();
    names.sort();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let path = format!("xtask/tests/fixtures/{name}");
        let mut source = read(&path);
        // A fixture holds what it is about; the base holds what every document needs.
        merge(&mut source.value, &base.value);
        let code = generate(&source);
        let text = format!("{}\n// constants\n{}", format(&code.client), format(&code.constants));
        settings("fixtures").bind(|| insta::assert_snapshot!(name.trim_end_matches(".yaml"), text));
    }
}

fn merge(value: &mut Value, base: &Value) {
    if let (Value::Object(value), Value::Object(base)) = (value, base) {
        for (key, item) in base {
            merge(value.entry(key.clone()).or_insert_with(|| item.clone()), item);
        }
    }
}
