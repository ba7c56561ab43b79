//! Reading an OpenAPI document as JSON: references, operations, schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::source::escape;

/// The target of a `$ref`, or the value itself where it is none.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => target(document, reference).unwrap_or(value),
        None => value,
    }
}

/// What `#/components/…` points at.
pub fn target<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

/// The last part of `#/components/schemas/Name`.
pub fn reference_name(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.rsplit('/').next()
}

/// One operation and where it stands.
pub struct Operation<'a> {
    pub pointer: String,
    pub path: &'a str,
    pub value: &'a Value,
}

impl<'a> Operation<'a> {
    pub fn id(&self) -> &'a str {
        text(self.value, "operationId")
    }
}

/// Every operation, in the order of the document.
pub fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, value)| Operation {
                pointer: format!("/paths/{}/{method}", escape(path)),
                path,
                value,
            })
        })
        .collect()
}

/// The named components of one kind, such as `schemas`.
pub fn components<'a>(document: &'a Value, kind: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document["components"][kind].as_object().into_iter().flatten()
}

/// The schemas, for change.
pub fn schemas_mut(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.pointer_mut("/components/schemas")?.as_object_mut()
}

/// A text member; empty where there is none, which the checks refuse before anyone asks.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The members of a list of texts.
pub fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let items = value.get(key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

/// The one condition of an `x-valid-when`: the sibling property, and the value that it must have.
pub fn condition(schema: &Value) -> Option<(&str, &str)> {
    let (property, value) = schema.get("x-valid-when")?.as_object()?.iter().next()?;
    Some((property, value.as_str()?))
}

/// Calls `visit` with every node and its pointer, parents first.
pub fn walk<'a>(value: &'a Value, pointer: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    walk_from(value, &mut pointer.to_owned(), visit);
}

fn walk_from<'a>(value: &'a Value, pointer: &mut String, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(pointer, value);
    let length = pointer.len();
    let mut step = |key: &str, item| {
        pointer.push('/');
        pointer.push_str(key);
        walk_from(item, pointer, visit);
        pointer.truncate(length);
    };
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, item)| step(&escape(key), item)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| step(&index.to_string(), item)),
        _ => {}
    }
}

/// Names of the schemas that answers are made of.
pub fn answer_schemas(document: &Value) -> BTreeSet<&str> {
    let operations = operations(document);
    schemas_from(
        document,
        operations.iter().map(|operation| &operation.value["responses"]),
    )
}

/// Names of the schemas that requests are made of.
pub fn request_schemas(document: &Value) -> BTreeSet<&str> {
    let operations = operations(document);
    let parts = operations
        .iter()
        .flat_map(|operation| ["parameters", "requestBody"].map(|part| &operation.value[part]));
    schemas_from(document, parts)
}

/// Names of the schemas that these parts refer to, directly and through others.
pub fn schemas_from<'a>(document: &'a Value, parts: impl Iterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    let mut open: Vec<&Value> = parts.collect();
    let mut seen = BTreeSet::new();
    while let Some(part) = open.pop() {
        walk(part, "", &mut |_, value| {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str)
                && seen.insert(reference)
            {
                open.extend(target(document, reference));
            }
        });
    }
    seen.into_iter()
        .filter_map(|reference| reference.strip_prefix("#/components/schemas/"))
        .collect()
}
