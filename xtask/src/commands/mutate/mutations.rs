//! Mutations: for each fact of the document, changes that must change the generated code.

use serde_json::{Map, Value};

use crate::document::{components, walk};

/// A document with one changed fact.
pub struct Mutant {
    /// Pointer to the fact.
    pub pointer: String,
    /// Description of the change.
    pub change: String,
    pub document: Value,
}

/// Kind of a node of the document.
enum Kind {
    /// Prose or structure, not a fact.
    Text,
    /// A numeric bound.
    Limit,
    /// A value that appears once.
    Value,
    /// A name or value that appears in several places and changes in all of them.
    Name,
    /// The key of this node is such a name.
    Key,
    /// Whether something is required.
    Obligation,
    /// The required properties of an object.
    Required,
    /// Location of a parameter.
    Place,
    /// A reference to a component.
    Reference,
    /// A path with its parameters.
    Path,
    /// A member of a list or map that could be missing.
    Member,
}

/// A reference is changed to this many others. All of them would be the square of the document's length.
const TARGETS: usize = 20;

/// All mutants, and the number of facts. Fails on a node of unknown kind, so that no fact is skipped.
pub fn mutants(document: &Value) -> Result<(usize, Vec<Mutant>), String> {
    let mut facts = 0;
    let mut mutants = Vec::new();
    let mut unknown = Vec::new();
    walk(document, "", &mut |pointer, value| {
        let parts: Vec<&str> = pointer.split('/').skip(1).collect();
        match kinds(&parts) {
            None => unknown.push(pointer.to_owned()),
            Some(kinds) => {
                for kind in kinds.iter().filter(|kind| !matches!(kind, Kind::Text)) {
                    facts += 1;
                    mutants.extend(change(document, pointer, value, kind));
                }
            }
        }
    });
    if unknown.is_empty() {
        return Ok((facts, mutants));
    }
    Err(format!("no rule matches these nodes: {}", unknown.join(", ")))
}

/// The kinds of a node, or `None` if no rule matches.
fn kinds(place: &[&str]) -> Option<&'static [Kind]> {
    use Kind::*;
    Some(match place {
        [] | ["info" | "servers" | "security" | "tags" | "paths" | "components"] => &[Text],
        [.., "description" | "summary" | "example" | "x-enumDescriptions"] => &[Text],
        [.., "x-enumDescriptions", _] => &[Text],
        _ if place.contains(&"examples") => &[Text],
        ["openapi"] | ["info", "version"] => &[Value],
        ["info", ..] | ["tags", ..] | ["paths", _, _, "tags", ..] => &[Text],
        ["servers", _, "url"] => &[Value, Member],
        ["servers", _] | ["servers", _, "variables"] | ["servers", _, "variables", _, "default"] => &[Text],
        ["servers", _, "variables", _] => &[Key],
        ["security", _] => &[Member],
        ["security", _, _] => &[Text],
        ["paths", _] => &[Path],
        ["paths", _, _] => &[Key],
        ["paths", _, _, "operationId"] => &[Name],
        ["paths", _, _, "x-vendor-page"] => &[Value],
        ["paths", _, _, "x-source", _] => &[Member],
        // A test compares them with a table; no generated code has them.
        [.., "x-source"] | [.., "x-source", _] => &[Text],
        ["paths", _, _, "x-quota", _] => &[Limit],
        ["paths", _, _, "requestBody" | "x-quota" | "x-read-only"] => &[Member],
        ["paths", _, _, "parameters", _] => &[Member],
        ["paths", _, _, "requestBody", "required"] => &[Obligation],
        ["paths", _, _, "responses", _] => &[Key, Member],
        ["paths", _, _, "parameters" | "responses"] => &[Text],
        [.., "requestBody", "content"] | ["components", "responses", _, "content"] => &[Text],
        [.., "content", _] => &[Key],
        [.., "content", _, "schema"] => &[Text],
        [.., "$ref"] => &[Reference],
        ["components", _] => &[Text],
        ["components", "schemas" | "securitySchemes", _] => &[Key],
        ["components", "parameters" | "headers" | "responses", _] => &[Text],
        ["components", "securitySchemes", _, "type" | "in" | "name"] => &[Value],
        ["components", "securitySchemes", _, "x-min-length" | "x-max-length"] => &[Limit],
        ["components", "parameters", _, "name"] => &[Name],
        ["components", "parameters", _, "in"] => &[Place],
        ["components", "parameters", _, "required"] => &[Obligation],
        ["components", "parameters" | "headers", _, "schema"] => &[Text],
        ["components", "headers", _, "schema", "type"] => &[Value],
        ["components", "responses", _, "headers"] => &[Text],
        ["components", "responses", _, "headers", _] => &[Key, Member],
        ["components", "schemas", _, "type" | "format"] => &[Value],
        [
            "components",
            "schemas",
            _,
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minimum" | "maximum",
        ] => &[Limit],
        [
            "components",
            "schemas",
            _,
            "enum" | "x-known-values" | "properties" | "items",
        ] => &[Text],
        ["components", "schemas", _, "enum" | "x-known-values", _] => &[Name, Member],
        ["components", "schemas", _, "x-service-default"] => &[Value],
        ["components", "schemas", _, "x-valid-when"] => &[Member],
        ["components", "schemas", _, "x-valid-when", _] => &[Value],
        ["components", "schemas", _, "required"] => &[Required],
        ["components", "schemas", _, "required", _] => &[Member],
        ["components", "schemas", _, "properties", _] => &[Key, Member],
        ["components", "schemas", _, "properties", _, "type" | "format"] => &[Value],
        [
            "components",
            "schemas",
            _,
            "properties",
            _,
            "x-min-length" | "x-max-length",
        ] => &[Limit],
        _ => return None,
    })
}

fn change(document: &Value, pointer: &str, value: &Value, kind: &Kind) -> Vec<Mutant> {
    let mutant = |change: String, document: Value| Mutant {
        pointer: pointer.to_owned(),
        change,
        document,
    };
    let with = |new: Value| {
        let mut changed = document.clone();
        let text = format!("{value} becomes {new}");
        if let Some(place) = changed.pointer_mut(pointer) {
            *place = new;
        }
        mutant(text, changed)
    };
    let gone = || {
        let mut changed = document.clone();
        remove(&mut changed, pointer);
        mutant("removed".to_owned(), changed)
    };
    let last = || unescape(pointer.rsplit('/').next().unwrap_or_default());
    match (kind, value) {
        (Kind::Text, _) => Vec::new(),
        (Kind::Limit, _) => {
            let number = value.as_i64().unwrap_or_default();
            vec![with((number + 1).into()), gone(), with((number - 1).into())]
        }
        (Kind::Value, Value::String(text)) => vec![with(altered(text).into())],
        (Kind::Value, _) => vec![gone()],
        (Kind::Name, Value::String(text)) => {
            vec![mutant(
                format!("`{text}` renamed everywhere"),
                rename(document, text, &renamed(text)),
            )]
        }
        (Kind::Name, _) => Vec::new(),
        (Kind::Key, _) => {
            let (old, new) = (last(), renamed(&last()));
            let text = format!("`{old}` becomes `{new}`");
            // Names are repeated where they are used; methods, statuses, media types and headers are not.
            let is_name = ["/servers/", "/components/schemas/", "/components/securitySchemes/"];
            let changed = if is_name.iter().any(|start| pointer.starts_with(start)) {
                rename(document, &old, &new)
            } else {
                rename_key(document, pointer, &new)
            };
            vec![mutant(text, changed)]
        }
        (Kind::Obligation, _) => vec![with((value != &Value::Bool(true)).into()), gone()],
        (Kind::Required, _) => {
            let owner = pointer.trim_end_matches("/required");
            let properties = document
                .pointer(&format!("{owner}/properties"))
                .and_then(Value::as_object);
            let names = properties.into_iter().flatten().map(|(name, _)| name);
            let required: Vec<&Value> = value.as_array().into_iter().flatten().collect();
            let optional = names.filter(|name| !required.iter().any(|known| known == name));
            optional
                .map(|name| with(required.iter().copied().cloned().chain([name.clone().into()]).collect()))
                .collect()
        }
        (Kind::Place, _) => {
            let other = if value == "path" { "query" } else { "path" };
            vec![with(other.into())]
        }
        (Kind::Reference, _) => {
            let own = value.as_str().unwrap_or_default();
            let kind = own.split('/').nth(2).unwrap_or_default();
            let all = components(document, kind).map(|(name, _)| format!("#/components/{kind}/{name}"));
            let all: Vec<String> = all.collect();
            let at = all.iter().position(|other| other == own).unwrap_or_default();
            let others = all.iter().cycle().skip(at + 1).take(all.len().saturating_sub(1));
            others.take(TARGETS).map(|other| with(other.clone().into())).collect()
        }
        (Kind::Path, _) => {
            let path = last();
            let literal = path
                .split('/')
                .enumerate()
                .filter(|(_, part)| !part.is_empty() && !part.starts_with('{'));
            literal
                .map(|(index, part)| {
                    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
                    parts[index] = renamed(part);
                    mutant(
                        format!("`{part}` in the path"),
                        rename_key(document, pointer, &parts.join("/")),
                    )
                })
                .collect()
        }
        (Kind::Member, _) => vec![gone()],
    }
}

/// Another text of the same form.
fn altered(text: &str) -> String {
    match text {
        "string" => "boolean".to_owned(),
        "object" | "array" => "string".to_owned(),
        _ if text.starts_with("https://") => text.replacen("https://", "https://x", 1),
        _ if text.ends_with(|last: char| last.is_ascii_digit()) => format!("{text}1"),
        _ => renamed(text),
    }
}

/// Another name of the same form; a method or status stays one.
fn renamed(name: &str) -> String {
    match name {
        "put" => "post".to_owned(),
        "post" | "get" | "delete" | "patch" => "put".to_owned(),
        _ if name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit()) => {
            let number: u32 = name.parse().unwrap_or_default();
            (number + 2).to_string()
        }
        _ => format!("{name}x"),
    }
}

/// Replaces a name wherever it stands as a whole: keys, values, ends of references, braces in paths and hosts.
fn rename(document: &Value, old: &str, new: &str) -> Value {
    let swap = |text: &str| {
        if text == old {
            return new.to_owned();
        }
        match text.rsplit_once('/') {
            Some((before, last)) if text.starts_with("#/") && last == old => format!("{before}/{new}"),
            _ => text.replace(&format!("{{{old}}}"), &format!("{{{new}}}")),
        }
    };
    match document {
        Value::String(text) => swap(text).into(),
        Value::Array(items) => items.iter().map(|item| rename(item, old, new)).collect(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, item)| (swap(key), rename(item, old, new)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

fn rename_key(document: &Value, pointer: &str, new: &str) -> Value {
    let mut changed = document.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
    let old = unescape(last);
    if let Some(Value::Object(entries)) = changed.pointer_mut(parent) {
        let renamed: Map<String, Value> = std::mem::take(entries)
            .into_iter()
            .map(|(key, item)| (if key == old { new.to_owned() } else { key }, item))
            .collect();
        *entries = renamed;
    }
    changed
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
    match document.pointer_mut(parent) {
        Some(Value::Object(entries)) => {
            entries.shift_remove(&unescape(last));
        }
        Some(Value::Array(items)) => {
            items.remove(last.parse().unwrap_or_default());
        }
        _ => {}
    }
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}
