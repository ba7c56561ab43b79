//! Adds facts that no generator reads to the descriptions.

use serde_json::Value;

use crate::document::{condition, operations, resolve, schemas_mut, text, texts};

/// Adds an `x-valid-when` to the description. Generators ignore the extension unless it creates a sum type.
///
/// Ref: none, the extension is ours.
pub fn state_conditions(document: &mut Value, _: &()) -> usize {
    let mut count = 0;
    for schema in schemas_mut(document)
        .into_iter()
        .flat_map(|schemas| schemas.values_mut())
    {
        let sentence = condition(schema).map(|(tag, value)| format!(" Valid only if `{tag}` is `{value}`."));
        if let (Some(sentence), Some(Value::String(description))) = (sentence, schema.get_mut("description")) {
            description.push_str(&sentence);
            count += 1;
        }
    }
    count
}

/// Adds a schema's bounds to its description, and those of a property that has them itself. typify copies descriptions
/// into the documentation, but not bounds.
///
/// Ref: no upstream issue found; to file for typify: document `minLength`, `maxLength`, `minItems` and `maxItems`.
pub fn state_limits(document: &mut Value, _: &()) -> usize {
    let mut count = 0;
    for schema in schemas_mut(document)
        .into_iter()
        .flat_map(|schemas| schemas.values_mut())
    {
        count += state_limits_of(schema);
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        let properties = properties.into_iter().flat_map(|properties| properties.values_mut());
        count += properties.map(state_limits_of).sum::<usize>();
    }
    count
}

fn state_limits_of(schema: &mut Value) -> usize {
    let sentences = [
        ("minLength", "maxLength", "character"),
        ("x-min-length", "x-max-length", "character"),
        ("minItems", "maxItems", "item"),
    ]
    .into_iter()
    .filter_map(|(low, high, unit)| sentence(schema.get(low), schema.get(high), unit));
    let range = schema.get("minimum").and_then(Value::as_i64);
    let range = range.zip(schema.get("maximum").and_then(Value::as_i64));
    let range = range.map(|(min, max)| format!("Limit: {} to {}.", thousands(min), thousands(max)));
    let sentences: Vec<String> = sentences.chain(range).collect();
    let mut count = 0;
    for sentence in sentences {
        if let Some(Value::String(description)) = schema.get_mut("description") {
            description.push_str("\n\n");
            description.push_str(&sentence);
            count += 1;
        }
    }
    count
}

/// Adds the known values of a text, with their meanings, to its description. The type is a string, so nothing else
/// documents them.
///
/// Ref: none, the extension is ours.
pub fn state_known_values(document: &mut Value, _: &()) -> usize {
    let mut count = 0;
    for schema in schemas_mut(document)
        .into_iter()
        .flat_map(|schemas| schemas.values_mut())
    {
        if schema.get("x-known-values").is_some() {
            count += list_values(schema, "Known values; there may be others:");
        }
    }
    count
}

/// Adds the meanings of a schema's values to its description, where it has any.
pub fn list_values(schema: &mut Value, title: &str) -> usize {
    let values = schema["x-enumDescriptions"].as_object().into_iter().flatten();
    let lines: String = values
        .map(|(value, meaning)| format!("\n- `{value}`: {}", meaning.as_str().unwrap_or_default()))
        .collect();
    match schema.get_mut("description") {
        Some(Value::String(description)) if !lines.is_empty() => {
            description.push_str(&format!("\n\n{title}{lines}"));
            1
        }
        _ => 0,
    }
}

/// Adds the sources of its facts to an operation's description: the vendor's page, or what `x-source` names.
///
/// Ref: none, the extensions are ours.
pub fn state_sources(document: &mut Value, _: &()) -> usize {
    let mut count = 0;
    let listed = document["info"]["x-sources"].clone();
    let items = document
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    for operation in items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten().map(|(_, value)| value)) {
        let page = text(operation, "x-vendor-page");
        let sentence = match texts(operation, "x-source") {
            none if none.is_empty() => format!("\n\nSource: the vendor's page \u{201c}{page}\u{201d}."),
            names => {
                let names = names.iter().map(|name| format!("\n- {}", text(&listed, name)));
                format!("\n\nSources:{}", names.collect::<String>())
            }
        };
        if let Some(Value::String(description)) = operation.get_mut("description") {
            description.push_str(&sentence);
            count += 1;
        }
    }
    count
}

/// Adds the answers to an operation's description. progenitor documents only the arguments.
///
/// Ref: no upstream issue found; to file for progenitor: document the responses of an operation.
pub fn state_answers(document: &mut Value, _: &()) -> usize {
    let before = document.clone();
    let mut count = 0;
    for operation in operations(&before) {
        let mut words = "\n\nAnswers:".to_owned();
        for (status, answer) in operation.value["responses"].as_object().into_iter().flatten() {
            let answer = resolve(&before, answer);
            words.push_str(&format!("\n- `{status}`: {}", one_line(answer)));
            for (name, header) in answer["headers"].as_object().into_iter().flatten() {
                words.push_str(&format!(
                    "\n  - header `{name}`: {}",
                    one_line(resolve(&before, header))
                ));
            }
        }
        if let Some(Value::String(description)) = document.pointer_mut(&format!("{}/description", operation.pointer)) {
            description.push_str(&words);
            count += 1;
        }
    }
    count
}

fn one_line(described: &Value) -> String {
    text(described, "description").replace('\n', " ")
}

/// `Limit: 1 to 1,000 items.`
fn sentence(low: Option<&Value>, high: Option<&Value>, unit: &str) -> Option<String> {
    let low = low.and_then(Value::as_u64);
    let high = high.and_then(Value::as_u64);
    Some(match (low, high) {
        (None, None) => return None,
        (low, Some(high)) => format!("Limit: {} to {} {unit}s.", thousands(low.unwrap_or(0)), thousands(high)),
        (Some(1), None) => format!("Limit: at least 1 {unit}."),
        (Some(low), None) => format!("Limit: at least {} {unit}s.", thousands(low)),
    })
}

/// A number with commas between its thousands.
fn thousands(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-" } else { "" }.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
