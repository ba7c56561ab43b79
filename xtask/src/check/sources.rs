//! Where facts come from: `x-source` names entries of `x-sources`.

use std::collections::HashSet;

use serde_json::Value;

use crate::document::{components, operations, texts, walk};
use crate::source::{Problem, escape};

/// An operation has a source. A document that lists sources uses each, and names them for each of its facts; the
/// members of an object have its sources unless they name others.
pub fn find(document: &Value) -> Vec<Problem> {
    let listed = document["info"]["x-sources"].as_object();
    let mut owners: Vec<(String, &Value)> = Vec::new();
    if listed.is_some() {
        for kind in ["parameters", "schemas"] {
            let named = components(document, kind);
            owners.extend(named.map(|(name, value)| (format!("/components/{kind}/{name}"), value)));
        }
    }
    let operations = operations(document).into_iter();
    owners.extend(
        operations
            .filter(|operation| listed.is_some() || operation.value.get("x-vendor-page").is_none())
            .map(|operation| (operation.pointer, operation.value)),
    );
    let needed = if listed.is_some() { "x-source" } else { "x-vendor-page" };
    let mut found: Vec<Problem> = owners
        .into_iter()
        .filter(|(_, value)| value.get(needed).is_none())
        .map(|(at, _)| Problem::new(at, format!("`{needed}` is missing")))
        .collect();
    let mut used = HashSet::new();
    walk(document, "", &mut |pointer, value| {
        if pointer.ends_with("/properties") {
            // A property can be called `x-source`.
            return;
        }
        for (index, name) in texts(value, "x-source").into_iter().enumerate() {
            used.insert(name);
            if !listed.is_some_and(|listed| listed.contains_key(name)) {
                let at = format!("{pointer}/x-source/{index}");
                found.push(Problem::new(at, format!("`{name}` is no entry of x-sources")));
            }
        }
    });
    for name in listed.into_iter().flat_map(|listed| listed.keys()) {
        if !used.contains(name.as_str()) {
            let at = format!("/info/x-sources/{}", escape(name));
            found.push(Problem::new(at, "nothing has this source"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fact_has_a_listed_source_and_each_listed_source_a_fact() {
        let document = |operation: Value, schema: Value| {
            json!({
                "info": { "x-sources": { "page": "A page.", "sdk": "An SDK." } },
                "paths": { "/a": { "get": operation } },
                "components": { "schemas": { "Id": schema } },
            })
        };
        let found = |operation, schema| -> Vec<String> {
            let found = find(&document(operation, schema));
            found
                .into_iter()
                .map(|problem| format!("{}: {}", problem.pointer, problem.message))
                .collect()
        };
        assert_eq!(
            found(json!({ "x-source": ["page"] }), json!({ "x-source": ["sdk"] })),
            [""; 0]
        );
        assert_eq!(
            found(
                json!({ "x-vendor-page": "A page" }),
                json!({ "x-source": ["page", "sdks"] })
            ),
            [
                "/paths/~1a/get: `x-source` is missing",
                "/components/schemas/Id/x-source/1: `sdks` is no entry of x-sources",
                "/info/x-sources/sdk: nothing has this source",
            ]
        );
        assert_eq!(
            found(json!({ "x-source": ["page", "sdk"] }), json!({})),
            ["/components/schemas/Id: `x-source` is missing"]
        );
    }
}
