//! Every `x-valid-when` names a sibling property that is an enum, and a value of that enum.

use serde_json::Value;

use crate::document::{components, condition, resolve, texts};
use crate::source::Problem;

pub fn find(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (_, owner) in components(document, "schemas") {
        for (property, reference) in owner["properties"].as_object().into_iter().flatten() {
            let schema = resolve(document, reference);
            let Some((sibling, value)) = condition(schema) else {
                continue;
            };
            let name = reference["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
            let at = format!("{name}/x-valid-when/{sibling}");
            let Some(tag) = owner["properties"].get(sibling) else {
                found.push(Problem::new(at, format!("`{property}` has no sibling `{sibling}`")));
                continue;
            };
            let values = texts(resolve(document, tag), "enum");
            if values.is_empty() {
                found.push(Problem::new(at, format!("the sibling `{sibling}` is no enum")));
            } else if !values.contains(&value) {
                let known = values.join(", ");
                found.push(Problem::new(
                    at,
                    format!("`{value}` is no value of `{sibling}`, which has {known}"),
                ));
            }
        }
    }
    found
}
