//! Facts of one schema that must agree: bounds, `required`, descriptions of values, and limits.

use serde_json::Value;

use crate::document::{components, text, texts, walk};
use crate::source::{Problem, escape};

/// A lower bound over the upper one, or an upper bound that allows no value.
pub fn bounds(document: &Value) -> Vec<Problem> {
    const PAIRS: [(&str, &str); 4] = [
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minimum", "maximum"),
        ("x-min-length", "x-max-length"),
    ];
    let kinds = ["schemas", "securitySchemes"];
    let named = kinds.into_iter().flat_map(|kind| {
        components(document, kind).map(move |(name, value)| (format!("/components/{kind}/{name}"), value))
    });
    let inline = components(document, "schemas").flat_map(|(name, schema)| {
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties.map(move |(key, value)| (format!("/components/schemas/{name}/properties/{}", escape(key)), value))
    });
    named
        .chain(inline)
        .flat_map(|(pointer, value)| {
            PAIRS.into_iter().filter_map(move |(low, high)| {
                let min = value.get(low).and_then(Value::as_i64);
                let max = value.get(high)?.as_i64()?;
                let at = format!("{pointer}/{high}");
                if max == 0 && high != "maximum" {
                    Some(Problem::new(at, "the upper bound is 0, so no value is allowed"))
                } else {
                    let min = min.filter(|min| *min > max)?;
                    let message = format!("{high} is {max}, which is less than {low}, {min}");
                    Some(Problem::new(at, message))
                }
            })
        })
        .collect()
}

/// Every entry of `required` is a property.
pub fn required(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, schema) in components(document, "schemas") {
        let known: Vec<&String> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key)
            .collect();
        for (index, entry) in texts(schema, "required").into_iter().enumerate() {
            if !known.iter().any(|known| *known == entry) {
                let at = format!("/components/schemas/{name}/required/{index}");
                found.push(Problem::new(at, format!("`{entry}` is not a property of {name}")));
            }
        }
    }
    found
}

/// Every value of an enum has a description, and none is described that does not exist.
pub fn enum_descriptions(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, schema) in components(document, "schemas") {
        let Some(described) = schema["x-enumDescriptions"].as_object() else {
            continue;
        };
        let key = if schema.get("enum").is_some() {
            "enum"
        } else {
            "x-known-values"
        };
        let values = texts(schema, key);
        let undescribed = values
            .iter()
            .enumerate()
            .filter(|(_, value)| !described.contains_key(**value));
        let before = found.len();
        found.extend(undescribed.map(|(index, value)| {
            let at = format!("/components/schemas/{name}/{key}/{index}");
            Problem::new(at, format!("`{value}` has no entry in x-enumDescriptions"))
        }));
        // A misspelt value has a description without a value too: one report is enough.
        if found.len() == before {
            let wrong = described.keys().filter(|key| !values.contains(&key.as_str()));
            found.extend(wrong.map(|value| {
                let at = format!("/components/schemas/{name}/x-enumDescriptions/{}", escape(value));
                Problem::new(at, format!("`{value}` is no value of `{key}`"))
            }));
        }
    }
    found
}

/// A limit in a description, such as "1 to 64 characters": a keyword states it, and the generated documents say it.
pub fn limits_in_words(document: &Value) -> Vec<Problem> {
    const KEYWORDS: [(&str, &str); 2] = [
        ("character", "`minLength` and `maxLength`"),
        ("item", "`minItems` and `maxItems`"),
    ];
    let mut found = Vec::new();
    walk(document, "", &mut |pointer, value| {
        if !(pointer.starts_with("/components/schemas/") || pointer.starts_with("/components/parameters/")) {
            return;
        }
        let words: Vec<&str> = text(value, "description").split_whitespace().collect();
        for pair in words.windows(2) {
            let is_number = pair[0].ends_with(|last: char| last.is_ascii_digit());
            let unit = pair[1]
                .trim_end_matches(|c: char| !c.is_alphabetic())
                .trim_end_matches('s');
            if let Some((_, keywords)) = KEYWORDS.iter().find(|(name, _)| is_number && *name == unit) {
                let message = format!(
                    "the limit \"{} {}\" is in words; write it with {keywords}",
                    pair[0], pair[1]
                );
                found.push(Problem::new(format!("{pointer}/description"), message));
            }
        }
    });
    found
}
