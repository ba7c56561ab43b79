//! What a difference means, by where it stands.

use std::fmt;

use serde_json::Value;

/// What a difference is to a client that was made from the earlier version, and to the program that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing but the text differs.
    Wording,
    /// Everything goes on as before, and more is allowed, answered or told.
    Additive,
    /// Something is refused or read wrongly that was right before, or a name is gone that programs use.
    Breaking,
}

impl Class {
    pub const ALL: [Self; 3] = [Self::Breaking, Self::Additive, Self::Wording];

    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Additive => "additive",
            Self::Wording => "wording",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Who sends what a schema describes.
#[derive(Clone, Copy)]
pub struct Sides {
    pub asked: bool,
    pub answered: bool,
}

/// What stands at a place.
pub enum Kind {
    /// The document's own version, which is no change of what it says.
    Version,
    Words,
    /// A thing to choose from or to use; more of them hurt no one.
    Offer,
    /// What clients were built on.
    Fixed,
    /// A parameter or body, which can be required.
    Input,
    /// Whether an input is required.
    Obligation,
    /// A property that must be there.
    Required,
    /// One value of a closed set.
    Value,
    /// A minimum.
    Min,
    /// A maximum.
    Max,
    /// The order of a list whose first members are taken by default, or whose members become arguments.
    Order,
}

/// What stands at a place; `None` where no rule speaks of it.
pub fn kind(place: &[&str]) -> Option<Kind> {
    use Kind::*;
    Some(match place {
        ["info", "version"] => Version,
        ["info" | "tags", ..] => Words,
        ["openapi"] => Fixed,
        ["components", "schemas", _, "properties", _] => Offer,
        ["components", "schemas", _, "properties", _, rest @ ..] | ["components", "schemas", _, rest @ ..]
            if !rest.is_empty() =>
        {
            return schema(rest);
        }
        ["components", _, _] => Offer,
        [.., "description" | "summary" | "examples" | "x-vendor-page"] => Words,
        ["components", "securitySchemes", _, "type" | "in" | "name"] => Fixed,
        ["components", "securitySchemes", _, "x-min-length"] => Min,
        ["components", "securitySchemes", _, "x-max-length"] => Max,
        ["servers" | "security", _] => Offer,
        ["servers", _, "variables", ..] => Fixed,
        ["paths", _] | ["paths", _, _] => Offer,
        ["paths", _, _, "operationId"] => Fixed,
        ["paths", _, _, "tags", _] => Offer,
        ["paths", _, _, "x-quota"] | ["paths", _, _, "x-quota", _] => Max,
        ["paths", _, _, "requestBody"] | ["paths", _, _, "parameters", _] => Input,
        ["paths", _, _, "requestBody", "required"] | ["paths", _, _, "parameters", _, "required"] => Obligation,
        ["paths", _, _, "parameters" | "responses"] => Offer,
        ["paths", _, _, "responses", _] => Offer,
        ["paths", _, _, "responses", _, "content" | "headers"] => Offer,
        ["paths", _, _, "responses", _, "headers", _] => Offer,
        [.., "content", _] => Offer,
        [.., "schema"] | [.., "schema", "$ref" | "type"] => Fixed,
        _ => return None,
    })
}

/// What stands in a schema.
fn schema(place: &[&str]) -> Option<Kind> {
    use Kind::*;
    Some(match place {
        ["description" | "example"] | ["x-enumDescriptions", ..] => Words,
        // The same key's name in 0.1.0.
        ["x-enum-descriptions", ..] => Words,
        ["minLength" | "minItems"] => Min,
        ["maxLength" | "maxItems"] => Max,
        ["type" | "$ref" | "items" | "enum"] | ["items", "type" | "$ref"] => Fixed,
        ["x-valid-when" | "x-service-default", ..] => Fixed,
        ["enum", _] => Value,
        ["required", _] => Required,
        ["properties" | "x-known-values"] | ["x-known-values", _] => Offer,
        _ => return None,
    })
}

/// What the difference means; `None` where it means nothing.
pub fn class(kind: &Kind, sides: Sides, old: Option<&Value>, new: Option<&Value>) -> Option<Class> {
    let breaks = match kind {
        Kind::Version => return None,
        Kind::Words => return Some(Class::Wording),
        Kind::Offer => old.is_some(),
        Kind::Fixed | Kind::Order => true,
        Kind::Input => old.is_some() || new.is_some_and(|new| new["required"] == true),
        Kind::Obligation => new == Some(&Value::Bool(true)),
        Kind::Required => narrowed(sides, new.is_some()),
        Kind::Value => old.is_some() || sides.answered,
        Kind::Min => narrowed(sides, number(new, 0) > number(old, 0)),
        Kind::Max => narrowed(sides, number(new, u64::MAX) < number(old, u64::MAX)),
    };
    Some(if breaks { Class::Breaking } else { Class::Additive })
}

/// Less may be sent than before, or more: the one breaks who asks, the other who reads the answer.
fn narrowed(sides: Sides, less: bool) -> bool {
    if less { sides.asked } else { sides.answered }
}

fn number(value: Option<&Value>, without: u64) -> u64 {
    match value {
        // All quotas at once: any is less than none.
        Some(Value::Object(_)) => 0,
        Some(value) => value.as_u64().unwrap_or(without),
        None => without,
    }
}
