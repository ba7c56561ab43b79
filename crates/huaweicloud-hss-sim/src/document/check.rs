//! Checks a request against the document.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::condition;
use crate::document::{Location, Operation, Parameter, RequestBody, Schema, Shape};
use crate::service::refusal::Refusal;

/// The parts of a request, parsed but not checked.
pub(crate) struct Values<'r> {
    pub(crate) path: &'r HashMap<&'r str, Option<String>>,
    pub(crate) query: &'r [(String, Option<String>)],
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
}

/// Checks a request and gives its body, `null` where there is none.
pub(crate) fn request(operation: &Operation, values: &Values<'_>) -> Result<Value, Refusal> {
    for parameter in &operation.parameters {
        check_parameter(parameter, values)?;
    }
    match &operation.body {
        Some(body) => check_body(body, values),
        None => Ok(Value::Null),
    }
}

fn check_parameter(parameter: &Parameter, values: &Values<'_>) -> Result<(), Refusal> {
    let place = format!("{} parameter `{}`", parameter.location.name(), parameter.name);
    let violation = |reason: &str| Refusal::ParameterInvalid(format!("{place} {reason}"));
    let texts: Option<Vec<String>> = match parameter.location {
        Location::Path => values.path.get(parameter.name.as_str()).cloned().into_iter().collect(),
        Location::Query => values
            .query
            .iter()
            .filter(|(name, _)| *name == parameter.name)
            .map(|(_, value)| value.clone())
            .collect(),
        Location::Header => values
            .headers
            .get_all(parameter.name.as_str())
            .iter()
            .map(|value| std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned))
            .collect(),
    };
    let texts = texts.ok_or_else(|| violation("cannot be decoded to text"))?;
    let value = match (texts.as_slice(), parameter.shape) {
        ([], _) if parameter.required => return Err(violation("is missing")),
        ([], _) => return Ok(()),
        (_, Shape::List { literal }) => Value::Array(texts.into_iter().map(|text| to_value(text, literal)).collect()),
        ([text], shape) => to_value(text.clone(), shape == Shape::Literal),
        _ => return Err(violation("is given more than once")),
    };
    check_value(&parameter.schema, &value, &place)
}

fn to_value(text: String, literal: bool) -> Value {
    if literal && let Ok(value @ (Value::Number(_) | Value::Bool(_))) = serde_json::from_str(&text) {
        return value;
    }
    Value::String(text)
}

fn check_body(body: &RequestBody, values: &Values<'_>) -> Result<Value, Refusal> {
    if values.body.is_empty() && !body.required {
        return Ok(Value::Null);
    }
    let schema = media_type(values.headers)
        .and_then(|kind| body.media.get(&kind))
        .ok_or_else(|| {
            let known: Vec<&str> = body.media.keys().map(String::as_str).collect();
            Refusal::NotParsable(format!("the content type is not {}", known.join(" or ")))
        })?;
    let value: Value = serde_json::from_slice(values.body)
        .map_err(|error| Refusal::NotParsable(format!("the body is not JSON: {error}")))?;
    check_value(schema, &value, "body")?;
    Ok(value)
}

/// The media type of the request, without its parameters; `None` where it is missing or came twice.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut found = headers.get_all(header::CONTENT_TYPE).iter();
    let value = found.next()?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    found.next().is_none().then_some(essence)
}

fn check_value(schema: &Schema, value: &Value, place: &str) -> Result<(), Refusal> {
    if let Err(error) = schema.validator.validate(value) {
        let pointer = error.instance_path().to_string();
        let space = if pointer.is_empty() { "" } else { " " };
        // Masked: the message must not repeat a list of a thousand ids.
        let what = format!("{place}{space}{pointer} is refused: {}", error.masked());
        return Err(Refusal::ParameterInvalid(what));
    }
    condition::check(&schema.source, &schema.pointer, value, "")
}
