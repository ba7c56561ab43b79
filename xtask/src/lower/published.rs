//! The documents that others generate clients from. Extensions say nothing to their tools, and few show limits.

use serde_json::{Map, Value, json};

use super::words;
use crate::document::{resolve, schemas_mut, text, texts};

/// The document with its conditions, limits and values in the descriptions.
pub fn flat(document: &Value) -> Value {
    let mut document = document.clone();
    words::state_conditions(&mut document, &());
    words::state_limits(&mut document, &());
    words::state_known_values(&mut document, &());
    state_values(&mut document);
    describe_properties(&mut document);
    document
}

/// The lowered document: the same, and its sum types have titles.
pub fn sum_types(mut lowered: Value) -> Value {
    state_values(&mut lowered);
    let schemas = schemas_mut(&mut lowered).into_iter().flatten();
    schemas.for_each(|(_, schema)| title_forms(schema));
    describe_properties(&mut lowered);
    lowered
}

/// Adds the meaning of each value to the description of an enum. The Rust code documents each value instead.
fn state_values(document: &mut Value) {
    for (_, schema) in schemas_mut(document).into_iter().flatten() {
        if schema.get("enum").is_some() {
            words::list_values(schema, "Values:");
        }
    }
}

/// Gives each form of a sum type a title, which generators take as the name of its type: `AllFailedHost` for the value
/// `all_failed_host`. typify would put it into the documentation, so progenitor never gets it.
fn title_forms(schema: &mut Value) {
    let forms = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for form in forms.into_iter().flatten().filter_map(Value::as_object_mut) {
        let about = form.get("description").cloned();
        let members = form.get_mut("properties").and_then(Value::as_object_mut);
        let tag = members.into_iter().flatten().find_map(|(_, member)| {
            let value = texts(member, "enum").first().map(|value| pascal(value))?;
            Some((value, member.as_object_mut()?))
        });
        if let (Some((title, member)), Some(about)) = (tag, about) {
            member.insert("description".to_owned(), about);
            form.shift_insert(0, "title".to_owned(), title.into());
        }
    }
}

fn pascal(value: &str) -> String {
    let words = value.split('_').filter_map(|word| word.split_at_checked(1));
    words.map(|(first, rest)| first.to_uppercase() + rest).collect()
}

/// Gives each property the description of the schema that it refers to, which an editor shows where the property is
/// written. Beside a `$ref` a description is ignored, so the reference goes into an `allOf` of one, which generators read
/// as the reference itself.
fn describe_properties(document: &mut Value) {
    let before = document.clone();
    for (_, schema) in schemas_mut(document).into_iter().flatten() {
        describe(&before, schema.get_mut("properties"));
        let forms = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        for form in forms.into_iter().flatten() {
            describe(&before, form.get_mut("properties"));
        }
    }
}

fn describe(document: &Value, properties: Option<&mut Value>) {
    let properties: Option<&mut Map<String, Value>> = properties.and_then(Value::as_object_mut);
    for (_, property) in properties.into_iter().flatten() {
        if property.get("$ref").is_some() {
            let description = text(resolve(document, property), "description").to_owned();
            *property = json!({ "description": description, "allOf": [property.take()] });
        }
    }
}
