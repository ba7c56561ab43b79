//! References lead somewhere, and everything named is used.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::{components, target, walk};
use crate::source::Problem;

/// `$ref`s and names of security schemes and tags that lead nowhere.
pub fn find(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(document, "", &mut |pointer, value| {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return;
        };
        let at = format!("{pointer}/$ref");
        if target(document, reference).is_none() {
            found.push(Problem::new(at, format!("`{reference}` does not exist")));
        } else if !reference.starts_with(expected_kind(pointer)) {
            let kind = expected_kind(pointer);
            found.push(Problem::new(
                at,
                format!("`{reference}` stands where one of `{kind}` belongs"),
            ));
        }
    });
    for (index, requirement) in document["security"].as_array().into_iter().flatten().enumerate() {
        for name in requirement.as_object().into_iter().flatten().map(|(name, _)| name) {
            if document["components"]["securitySchemes"].get(name).is_none() {
                let at = format!("/security/{index}/{name}");
                found.push(Problem::new(at, format!("there is no security scheme `{name}`")));
            }
        }
    }
    found
}

/// Which components may be referred to from here; the place decides, as OpenAPI has it.
fn expected_kind(pointer: &str) -> &'static str {
    let mut parts = pointer.rsplit('/');
    let (last, parent) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match (parent, last) {
        ("parameters", _) => "#/components/parameters/",
        ("responses", _) => "#/components/responses/",
        ("headers", _) => "#/components/headers/",
        _ => "#/components/schemas/",
    }
}

/// Components that nothing refers to.
pub fn unused(document: &Value) -> Vec<Problem> {
    let mut used = HashSet::new();
    walk(document, "", &mut |_, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            used.insert(reference.to_owned());
        }
    });
    for requirement in document["security"].as_array().into_iter().flatten() {
        for (name, _) in requirement.as_object().into_iter().flatten() {
            used.insert(format!("#/components/securitySchemes/{name}"));
        }
    }
    ["securitySchemes", "parameters", "headers", "responses", "schemas"]
        .into_iter()
        .flat_map(|kind| components(document, kind).map(move |(name, _)| format!("/components/{kind}/{name}")))
        .filter(|pointer| !used.contains(&format!("#{pointer}")))
        .map(|pointer| Problem::new(pointer, "nothing refers to this component"))
        .collect()
}
