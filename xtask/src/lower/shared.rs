//! Types of one document that are those of another.

use serde_json::{Value, json};

use crate::client::SHARED;
use crate::document::{components, schemas_mut};
use crate::source::Problem;

/// Marks each schema that the other lowered document has too, so that both have one Rust type. A schema of the same
/// name that differs, whatever its sources, is a problem: two types of one name would differ by their path alone.
pub fn mark_shared(lowered: &Value, other: &Value) -> Result<Value, Vec<Problem>> {
    let mut marked = lowered.clone();
    let mut found = Vec::new();
    for (name, schema) in schemas_mut(&mut marked).into_iter().flatten() {
        let Some((_, theirs)) = components(other, "schemas").find(|(their, _)| *their == name) else {
            continue;
        };
        if without_sources(schema) != without_sources(theirs) {
            let message = "another document, whose types this one shares, has a different schema of this name: make \
                           both the same, or rename one [shared-schemas]";
            found.push(Problem::new(format!("/components/schemas/{name}"), message));
        }
        schema[SHARED] = json!(true);
    }
    if found.is_empty() { Ok(marked) } else { Err(found) }
}

fn without_sources(schema: &Value) -> Value {
    let mut schema = schema.clone();
    drop_sources(&mut schema);
    schema
}

fn drop_sources(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("x-source");
        let properties = members.get_mut("properties").and_then(Value::as_object_mut);
        properties
            .into_iter()
            .flat_map(|all| all.values_mut())
            .for_each(drop_sources);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(schema: Value) -> Value {
        json!({ "components": { "schemas": { "Id": schema } } })
    }

    #[test]
    fn equal_schemas_are_shared_whatever_their_sources_and_others_are_refused() {
        let own = |description: &str, source: &str| {
            let member = json!({ "type": "string", "description": description, "x-source": [source] });
            with(json!({ "type": "object", "x-source": [source], "properties": { "x-source": member } }))
        };
        let marked = mark_shared(&own("An id.", "a"), &own("An id.", "b")).unwrap();
        assert_eq!(marked["components"]["schemas"]["Id"][SHARED], true);
        let problems = mark_shared(&own("An id.", "a"), &own("The id.", "a")).unwrap_err();
        assert_eq!(problems[0].pointer, "/components/schemas/Id");
        let other = json!({ "components": { "schemas": { "Name": { "type": "string" } } } });
        assert_eq!(mark_shared(&own("An id.", "a"), &other).unwrap(), own("An id.", "a"));
    }
}
