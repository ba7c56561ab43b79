//! Conditions become sum types.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::document::{condition, reference_name, resolve, schemas_mut, text, texts, walk};

/// Turns an object with a tag and conditional members into a `oneOf` with one closed form for each value of the tag.
/// OpenAPI 3.0 has no keyword for "valid only when", and typify generates a tagged enum only for an inline `oneOf`.
///
/// The member is required in the form where its condition holds. The vendor marks it optional, because the other form
/// does not have it; that it is required is this project's reading.
///
/// A condition that holds for every value of the tag does not create a sum type.
///
/// Ref: <https://github.com/oxidecomputer/typify/issues/498> (a `oneOf` of references becomes an untagged enum)
pub fn split_conditions(document: &mut Value, _: &()) -> usize {
    let before = document.clone();
    let Some(schemas) = schemas_mut(document) else {
        return 0;
    };
    let mut count = 0;
    for schema in schemas.values_mut() {
        if let Some(split) = split(&before, schema) {
            *schema = split;
            count += 1;
        }
    }
    if count > 0 {
        for schema in schemas.values_mut().filter_map(Value::as_object_mut) {
            // From here on, the types express the condition.
            if schema.get("type") == Some(&json!("array")) {
                schema.shift_remove("x-valid-when");
            }
        }
    }
    count
}

fn split(document: &Value, schema: &Value) -> Option<Value> {
    let properties = schema.get("properties")?.as_object()?;
    let member = |name: &str| resolve(document, &properties[name]);
    let tag = properties.keys().find_map(|name| Some(condition(member(name))?.0))?;
    let values = texts(resolve(document, properties.get(tag)?), "enum");
    let required = texts(schema, "required");
    // A sum type needs a required tag with at least two values.
    if values.len() < 2 || !required.contains(&tag) {
        return None;
    }
    let described = &resolve(document, &properties[tag])["x-enumDescriptions"];
    let forms = values.iter().map(|value| {
        let mut members = Map::new();
        let mut needed = vec![tag];
        for (name, property) in properties {
            match condition(member(name)) {
                _ if name == tag => {
                    members.insert(name.clone(), json!({ "type": "string", "enum": [value] }));
                }
                Some((_, holds)) if holds == *value => {
                    members.insert(name.clone(), property.clone());
                    needed.push(name);
                }
                Some(_) => {}
                None => {
                    members.insert(name.clone(), property.clone());
                    needed.extend(required.contains(&name.as_str()).then_some(name.as_str()));
                }
            }
        }
        json!({
            "type": "object",
            "description": described[value],
            "required": needed,
            "properties": members,
            "additionalProperties": false,
        })
    });
    let about = format!(
        "{}\n\n`{tag}` ({}) selects the form.",
        text(schema, "description"),
        reference_name(&properties[tag]).unwrap_or_default(),
    );
    Some(json!({ "description": about, "oneOf": forms.collect::<Vec<_>>() }))
}

/// Removes schemas without a reference, which would become unused public types.
///
/// Ref: <https://github.com/oxidecomputer/progenitor/issues/177>
pub fn prune_unreferenced(document: &mut Value, _: &()) -> usize {
    let mut used = HashSet::new();
    walk(document, "", &mut |_, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            used.insert(reference.to_owned());
        }
    });
    let Some(schemas) = schemas_mut(document) else {
        return 0;
    };
    let before = schemas.len();
    schemas.retain(|name, _| used.contains(&format!("#/components/schemas/{name}")));
    before - schemas.len()
}
