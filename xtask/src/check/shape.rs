//! Form: only the parts of OpenAPI that every generator reads right.

use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::source::{Problem, escape};

#[expect(
    clippy::expect_used,
    reason = "both are constants of this file; every test would fail"
)]
static SHAPE: LazyLock<(Value, Validator)> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("shape.json")).expect("shape.json is JSON");
    let validator = jsonschema::validator_for(&schema).expect("shape.json is a schema");
    (schema, validator)
});

/// The document against the closed subset of OpenAPI in `shape.json`.
pub fn find(document: &Value) -> Vec<Problem> {
    let (schema, validator) = &*SHAPE;
    let mut found = Vec::new();
    // A misspelt keyword is missing too, at another line: one report is enough.
    let mut misspelt = Vec::new();
    let mut missing = Vec::new();
    for error in validator.iter_errors(document) {
        let pointer = error.instance_path().as_str().to_owned();
        match error.kind() {
            Kind::Required { property } => {
                let key = property.as_str().unwrap_or_default().to_owned();
                missing.push((pointer, key, needing(schema, &error, property)));
            }
            Kind::AdditionalProperties { unexpected } => {
                let owner = parent(schema, &error);
                let known: Vec<&str> = owner["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| &**key)
                    .collect();
                for key in unexpected {
                    let message = match owner["title"].as_str() {
                        Some(title) => format!("`{}` is not {title}", key.escape_debug()),
                        None => unknown(key, &known, &pointer, &mut misspelt),
                    };
                    found.push(Problem::new(format!("{pointer}/{}", escape(key)), message));
                }
            }
            Kind::PropertyNames { error: name } => {
                let key = name.instance().as_str().unwrap_or_default();
                let message = match name.kind() {
                    Kind::Enum { options } => {
                        let known: Vec<&str> = options
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(Value::as_str)
                            .collect();
                        unknown(key, &known, &pointer, &mut misspelt)
                    }
                    _ => describe(schema, name),
                };
                found.push(Problem::new(format!("{pointer}/{}", escape(key)), message));
            }
            _ => found.push(Problem::new(pointer, describe(schema, &error))),
        }
    }
    for (pointer, key, needing) in missing {
        let entry = (pointer, key);
        if !misspelt.contains(&entry) {
            let (pointer, key) = entry;
            found.push(match needing {
                Some(other) => Problem::new(
                    format!("{pointer}/{}", escape(&other)),
                    format!("`{other}` needs `{key}`"),
                ),
                None => Problem::new(pointer, format!("`{key}` is missing")),
            });
        }
    }
    found
}

/// The keyword that needs the missing one, where two belong together.
fn needing(schema: &Value, error: &ValidationError<'_>, missing: &Value) -> Option<String> {
    let path = error.schema_path().as_str();
    let (owner, _) = path.split_once("/dependentRequired")?;
    let pairs = schema.pointer(owner)?["dependentRequired"].as_object()?;
    let mut needing = pairs.iter().filter(|(key, needs)| {
        let needs = needs.as_array().is_some_and(|needs| needs.contains(missing));
        needs && error.instance().get(&***key).is_some()
    });
    needing.next().map(|(key, _)| key.clone())
}

/// The part of `shape.json` that has the broken keyword.
fn parent<'a>(schema: &'a Value, error: &ValidationError<'_>) -> &'a Value {
    let path = error.schema_path().as_str();
    let owner = path.rsplit_once('/').map_or("", |(owner, _)| owner);
    schema.pointer(owner).unwrap_or(&Value::Null)
}

fn unknown(key: &str, known: &[&str], pointer: &str, misspelt: &mut Vec<(String, String)>) -> String {
    let similarity = |other: &str| strsim::jaro_winkler(&key.to_lowercase(), &other.to_lowercase());
    let nearest = known
        .iter()
        .copied()
        .max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    match nearest.filter(|nearest| similarity(nearest) > 0.8) {
        Some(nearest) => {
            misspelt.push((pointer.to_owned(), nearest.to_owned()));
            format!("unknown keyword `{key}`; did you mean `{nearest}`?")
        }
        None => format!("unknown keyword `{key}`; known here: {}", known.join(", ")),
    }
}

fn describe(schema: &Value, error: &ValidationError<'_>) -> String {
    let value = error.instance();
    match (error.kind(), parent(schema, error)["title"].as_str()) {
        (Kind::Pattern { .. }, Some(title)) => format!("{value} is not {title}"),
        (Kind::Type { .. }, _) if value.is_string() && error.to_string().contains("integer") => {
            format!("{value} is a text; write a number without quotes")
        }
        _ => shorten(&error.to_string()),
    }
}

/// The validator quotes the whole faulty value, which can be the whole document.
fn shorten(message: &str) -> String {
    const KEEP: usize = 160;
    let length = message.chars().count();
    if length <= KEEP {
        return message.to_owned();
    }
    let tail: String = message.chars().skip(length - KEEP).collect();
    format!("…{tail}")
}
