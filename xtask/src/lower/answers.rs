//! Answers are read leniently.

use serde_json::Value;

use crate::document::{answer_schemas, schemas_mut};

/// Takes limits from what answers are made of, and turns closed enums into strings with known values: a value that is
/// new or out of its limits must not cost the answer. The checks see to it that requests do not use the same schemas.
pub fn open_answers(document: &Value) -> Value {
    const LIMITS: [&str; 6] = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"];
    let mut opened = document.clone();
    let answers = answer_schemas(document);
    for (_, schema) in schemas_mut(&mut opened)
        .into_iter()
        .flatten()
        .filter(|(name, _)| answers.contains(&***name))
    {
        if let Some(schema) = schema.as_object_mut() {
            schema.retain(|key, _| !LIMITS.contains(&&**key));
            if let Some(values) = schema.shift_remove("enum") {
                schema.insert("x-known-values".to_owned(), values);
            }
        }
    }
    opened
}
