//! Every example is what its schema says, conditions included, and has no member that the schema does not declare.

use serde_json::{Value, json};

use crate::document::{condition, resolve, walk};
use crate::source::{Problem, escape};

pub fn find(document: &Value) -> Vec<Problem> {
    let mut examples = Vec::new();
    walk(document, "", &mut |pointer, value| {
        if pointer.ends_with("/properties") {
            // A property can be called `example`.
            return;
        }
        if let Some(named) = value.get("examples").and_then(Value::as_object) {
            for (name, example) in named {
                let at = format!("{pointer}/examples/{}/value", escape(name));
                examples.push((at, &value["schema"], &example["value"]));
            }
        }
        if let Some(example) = value.get("example").filter(|_| value.get("type").is_some()) {
            examples.push((format!("{pointer}/example"), value, example));
        }
    });
    let mut found = validate(document, &examples);
    for (at, schema, example) in &examples {
        members(document, schema, example, at, &mut found);
    }
    found
}

/// Where an example stands, its schema, and the example.
type Example<'a> = (String, &'a Value, &'a Value);

/// All at once, as the items of a list: a validator that is made for each takes most of the time of the checks.
fn validate(document: &Value, examples: &[Example<'_>]) -> Vec<Problem> {
    let schemas: Vec<Value> = examples
        .iter()
        .map(|(_, schema, _)| json!({ "allOf": [schema] }))
        .collect();
    // The whole document rides along, so that its references resolve.
    let whole = json!({ "components": document["components"], "items": schemas });
    let validator = match jsonschema::draft4::new(&whole) {
        Ok(validator) => validator,
        Err(error) => return vec![Problem::new("", error.to_string())],
    };
    let values = examples.iter().map(|(_, _, example)| (*example).clone()).collect();
    let found = validator.iter_errors(&values).map(|error| {
        let path = error.instance_path().as_str();
        let (index, below) = path[1..]
            .split_once('/')
            .map_or((&path[1..], String::new()), |(index, below)| {
                (index, format!("/{below}"))
            });
        let at = index
            .parse()
            .ok()
            .and_then(|index: usize| examples.get(index))
            .map_or("", |(at, ..)| at);
        Problem::new(format!("{at}{below}"), error.to_string())
    });
    found.collect()
}

fn members(document: &Value, schema: &Value, example: &Value, at: &str, found: &mut Vec<Problem>) {
    let schema = resolve(document, schema);
    for (index, item) in example.as_array().into_iter().flatten().enumerate() {
        members(document, &schema["items"], item, &format!("{at}/{index}"), found);
    }
    let declared = schema["properties"].as_object();
    for (name, item) in example.as_object().into_iter().flatten() {
        let below = format!("{at}/{}", escape(name));
        if let Some(declared) = declared.filter(|declared| !declared.contains_key(name)) {
            let names: Vec<String> = declared.keys().map(|name| format!("`{name}`")).collect();
            let message = format!("`{name}` is no member here; declared are {}", names.join(", "));
            found.push(Problem::new(&below, message));
        }
        let property = resolve(document, &schema["properties"][name]);
        if let Some((sibling, value)) = condition(property)
            && example[sibling] != value
        {
            let message = format!("`{name}` is valid only where `{sibling}` is `{value}`");
            found.push(Problem::new(&below, message));
        }
        members(document, property, item, &below, found);
    }
}
