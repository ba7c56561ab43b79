//! Every example is what its schema says, conditions included.

use serde_json::{Value, json};

use crate::document::{condition, resolve, walk};
use crate::source::{Problem, escape};

pub fn find(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(document, "", &mut |pointer, value| {
        if pointer.ends_with("/properties") {
            // A property can be called `example`.
            return;
        }
        if let Some(examples) = value.get("examples").and_then(Value::as_object) {
            for (name, example) in examples {
                let at = format!("{pointer}/examples/{}/value", escape(name));
                check(document, &value["schema"], &example["value"], &at, &mut found);
            }
        }
        if let Some(example) = value.get("example").filter(|_| value.get("type").is_some()) {
            check(document, value, example, &format!("{pointer}/example"), &mut found);
        }
    });
    found
}

fn check(document: &Value, schema: &Value, example: &Value, at: &str, found: &mut Vec<Problem>) {
    // The whole document rides along, so that its references resolve.
    let whole = json!({ "components": document["components"], "allOf": [schema] });
    match jsonschema::draft4::new(&whole) {
        Ok(validator) => found.extend(validator.iter_errors(example).map(|error| {
            let below = error.instance_path().as_str().to_owned();
            Problem::new(format!("{at}{below}"), error.to_string())
        })),
        Err(error) => found.push(Problem::new(at, error.to_string())),
    }
    conditions(document, schema, example, at, found);
}

fn conditions(document: &Value, schema: &Value, example: &Value, at: &str, found: &mut Vec<Problem>) {
    let schema = resolve(document, schema);
    for (index, item) in example.as_array().into_iter().flatten().enumerate() {
        conditions(document, &schema["items"], item, &format!("{at}/{index}"), found);
    }
    for (name, item) in example.as_object().into_iter().flatten() {
        let below = format!("{at}/{name}");
        let property = resolve(document, &schema["properties"][name]);
        if let Some((sibling, value)) = condition(property)
            && example[sibling] != value
        {
            let message = format!("`{name}` is valid only where `{sibling}` is `{value}`");
            found.push(Problem::new(&below, message));
        }
        conditions(document, property, item, &below, found);
    }
}
