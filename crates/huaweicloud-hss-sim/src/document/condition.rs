//! `x-valid-when`: a property that is only valid while a sibling has a certain value.
//!
//! JSON Schema ignores the extension, so it is enforced here. The vendor says "valid only if". That the property is also
//! *required* where its condition holds and the sibling could have had another value is this project's interpretation:
//! a request for specific servers that names none means nothing.

use serde_json::Value;

use crate::document::{join, resolve};
use crate::service::refusal::Refusal;

/// Checks a value against the conditions in the schema at `pointer` and below; `place` is the value's own pointer.
pub(crate) fn check(source: &Value, pointer: &str, value: &Value, place: &str) -> Result<(), Refusal> {
    let Some((pointer, schema)) = resolve(source, pointer) else {
        return Ok(());
    };
    for index in 0..schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len) {
        check(
            source,
            &join(&join(&pointer, "allOf"), &index.to_string()),
            value,
            place,
        )?;
    }
    match value {
        Value::Object(_) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for name in properties.into_iter().flat_map(serde_json::Map::keys) {
                let property = join(&join(&pointer, "properties"), name);
                property_condition(source, &pointer, name, value, place)?;
                if let Some(inner) = value.get(name) {
                    check(source, &property, inner, &join(place, name))?;
                }
            }
        }
        Value::Array(items) if schema.get("items").is_some() => {
            let pointer = join(&pointer, "items");
            // Only objects have conditions; a list of a thousand ids is skipped.
            let may_have = |item: &&Value| item.is_object() || item.is_array();
            for (index, item) in items.iter().enumerate().filter(|(_, item)| may_have(item)) {
                check(source, &pointer, item, &join(place, &index.to_string()))?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn property_condition(source: &Value, owner: &str, name: &str, object: &Value, place: &str) -> Result<(), Refusal> {
    let properties = join(owner, "properties");
    let Some((_, schema)) = resolve(source, &join(&properties, name)) else {
        return Ok(());
    };
    let Some(conditions) = schema.get("x-valid-when").and_then(Value::as_object) else {
        return Ok(());
    };
    let unmet = conditions
        .iter()
        .find(|(sibling, wanted)| object.get(sibling.as_str()) != Some(wanted));
    let refuse = |reason: String| {
        let place = join(place, name);
        Err(Refusal::ParameterInvalid(format!("body {place} {reason}")))
    };
    match (object.get(name), unmet) {
        (Some(_), Some((sibling, wanted))) => refuse(format!("is valid only where `{sibling}` is {wanted}")),
        (None, None) if has_alternative(source, &properties, conditions) => {
            let names: Vec<String> = conditions
                .iter()
                .map(|(sibling, wanted)| format!("`{sibling}` is {wanted}"))
                .collect();
            refuse(format!("is missing, though {}", names.join(" and ")))
        }
        _ => Ok(()),
    }
}

/// Whether some sibling of the condition could have had another value, so that this one was a choice.
fn has_alternative(source: &Value, properties: &str, conditions: &serde_json::Map<String, Value>) -> bool {
    conditions.keys().any(|sibling| {
        let Some((_, schema)) = resolve(source, &join(properties, sibling)) else {
            return false;
        };
        schema
            .get("enum")
            .and_then(Value::as_array)
            .is_none_or(|values| values.len() > 1)
    })
}
