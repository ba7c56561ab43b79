//! What the tools do not compare, as data: extensions, servers, tags, and orders that decide what a client does.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{operations, resolve, text, walk};

/// Facts by place.
pub fn facts(document: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    walk(document, "", &mut |pointer, value| {
        let last = pointer.rsplit('/').next().unwrap_or_default();
        let is_data = last.starts_with("x-") && !["x-enumDescriptions", "x-vendor-page"].contains(&last);
        if is_data || ["/servers", "/security"].contains(&pointer) {
            facts.insert(pointer.to_owned(), without_descriptions(value).to_string());
        }
    });
    for operation in operations(document) {
        let parameters = operation.value["parameters"].as_array().into_iter().flatten();
        let names: Vec<&str> = parameters
            .map(|parameter| text(resolve(document, parameter), "name"))
            .collect();
        facts.insert(format!("{}/parameters", operation.pointer), names.join(", "));
        // Generators name classes after tags.
        facts.insert(
            format!("{}/tags", operation.pointer),
            operation.value["tags"].to_string(),
        );
    }
    facts
}

/// Each place whose fact differs, with both sides.
pub fn compare(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (facts(old), facts(new));
    let places: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = places.into_iter().filter(|place| old.get(*place) != new.get(*place));
    changed
        .map(|place| {
            let side = |facts: &BTreeMap<String, String>| facts.get(place).map_or("nothing", |fact| fact).to_owned();
            format!("{place}: {} becomes {}", side(&old), side(&new))
        })
        .collect()
}

fn without_descriptions(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(key, _)| *key != "description");
            Value::Object(
                kept.map(|(key, item)| (key.clone(), without_descriptions(item)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(without_descriptions).collect(),
        other => other.clone(),
    }
}
