//! Form: only the parts of OpenAPI that every generator reads right, with bounds that can be met.

use serde_json::Value;

use crate::document::{components, texts};
use crate::source::Problem;

/// The document against the closed subset of OpenAPI in `shape.json`.
pub fn find(document: &Value) -> Vec<Problem> {
    #[expect(
        clippy::expect_used,
        reason = "both are constants of this file; every test would fail"
    )]
    let validator = {
        let schema: Value = serde_json::from_str(include_str!("shape.json")).expect("shape.json is JSON");
        jsonschema::validator_for(&schema).expect("shape.json is a schema")
    };
    validator
        .iter_errors(document)
        .map(|error| {
            let pointer = error.instance_path().as_str().to_owned();
            Problem::new(pointer, shorten(&error.to_string()))
        })
        .collect()
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

/// A lower bound over the upper one, or an upper bound of nothing.
pub fn bounds(document: &Value) -> Vec<Problem> {
    const PAIRS: [(&str, &str); 3] = [
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("x-min-length", "x-max-length"),
    ];
    let kinds = ["schemas", "securitySchemes"];
    let all = kinds.into_iter().flat_map(|kind| {
        components(document, kind).map(move |(name, value)| (format!("/components/{kind}/{name}"), value))
    });
    all.flat_map(|(pointer, value)| {
        PAIRS.into_iter().filter_map(move |(low, high)| {
            let min = value.get(low).and_then(Value::as_u64).unwrap_or(0);
            let max = value.get(high)?.as_u64()?;
            let at = format!("{pointer}/{high}");
            if max == 0 {
                Some(Problem::new(at, "the upper bound is 0, so no value is allowed"))
            } else if min > max {
                Some(Problem::new(
                    at,
                    format!("{high} is {max}, which is less than {low}, {min}"),
                ))
            } else {
                None
            }
        })
    })
    .collect()
}

/// Every value of an enum has a description, and none is described that does not exist.
pub fn enum_descriptions(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, schema) in components(document, "schemas") {
        let Some(described) = schema["x-enumDescriptions"].as_object() else {
            continue;
        };
        let values = texts(schema, "enum");
        for (index, value) in values.iter().enumerate() {
            if !described.contains_key(*value) {
                let at = format!("/components/schemas/{name}/enum/{index}");
                found.push(Problem::new(
                    at,
                    format!("`{value}` has no entry in x-enumDescriptions"),
                ));
            }
        }
        for value in described.keys().filter(|key| !values.contains(&key.as_str())) {
            let at = format!("/components/schemas/{name}/x-enumDescriptions/{value}");
            found.push(Problem::new(at, format!("`{value}` is no value of the enum")));
        }
    }
    found
}
