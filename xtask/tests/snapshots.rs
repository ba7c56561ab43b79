//! The generator's output for small documents.
#![cfg(test)]

use std::path::Path;

use serde_json::Value;
use xtask::pipeline::{Code, Recipe, code, format};
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

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/fixtures"));
    settings.set_omit_expression(true);
    settings
}

/// One small document for each feature of the generator, with its complete output.
#[test]
fn fixtures_generate_the_expected_code() {
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
        // A fixture has what it tests; the base has the parts that every document needs.
        merge(&mut source.value, &base.value);
        let code = generate(&source);
        let text = format!("{}\n// constants\n{}", format(&code.client), format(&code.constants));
        settings().bind(|| insta::assert_snapshot!(name.trim_end_matches(".yaml"), text));
    }
}

/// The document of the drill, which has what reads have.
#[test]
fn second_document_generates_the_expected_code() {
    let code = generate(&read("xtask/tests/drill/second/document.yaml"));
    let text = format!("{}\n// constants\n{}", format(&code.client), format(&code.constants));
    settings().bind(|| insta::assert_snapshot!("second_document", text));
}

fn merge(value: &mut Value, base: &Value) {
    if let (Value::Object(value), Value::Object(base)) = (value, base) {
        for (key, item) in base {
            merge(value.entry(key.clone()).or_insert_with(|| item.clone()), item);
        }
    }
}
