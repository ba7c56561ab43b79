//! Operations that generated clients can call, and answers that they can read.

use std::collections::HashMap;

use serde_json::Value;

use crate::document::{
    answer_schemas, components, operations, reference_name, request_schemas, resolve, schemas_from, text, walk,
};
use crate::source::{Problem, escape};

/// Methods that mean what they are used for, and one operation for each method and form of path.
pub fn find(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut forms: HashMap<String, &str> = HashMap::new();
    for (path, _) in document["paths"].as_object().into_iter().flatten() {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part });
        if let Some(first) = forms.insert(parts.collect::<Vec<_>>().join("/"), path) {
            let at = format!("/paths/{}", escape(path));
            found.push(Problem::new(at, format!("the path matches the same URLs as {first}")));
        }
    }
    for operation in operations(document) {
        let method = operation.pointer.rsplit('/').next().unwrap_or_default();
        if ["get", "delete"].contains(&method) && operation.value.get("requestBody").is_some() {
            let message = format!("a `{method}` has no body: many clients refuse to send it");
            found.push(Problem::new(&operation.pointer, message));
        }
        if method != "post" && operation.value.get("x-read-only").is_some() {
            let at = format!("{}/x-read-only", operation.pointer);
            found.push(Problem::new(
                at,
                "only a `post` says that it reads: a `get` always does, others never do",
            ));
        }
    }
    found
}

/// A parameter is a string, a number or a boolean; one in the query can be a list of them.
pub fn parameter_types(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, parameter) in components(document, "parameters") {
        let mut schema = resolve(document, &parameter["schema"]);
        if parameter["in"] == "query" && schema["type"] == "array" {
            schema = resolve(document, &schema["items"]);
        }
        if let kind @ ("array" | "object") = text(schema, "type") {
            let message = format!("no common form to send an {kind} in `in: {}`", text(parameter, "in"));
            found.push(Problem::new(
                format!("/components/parameters/{name}/schema/$ref"),
                message,
            ));
        }
    }
    found
}

/// A request is checked strictly and an answer is read leniently, so they share no schema with a limit, a list or a
/// condition.
pub fn answers(document: &Value) -> Vec<Problem> {
    const STRICT: [&str; 6] = ["enum", "items", "minLength", "maxLength", "minimum", "maximum"];
    let mut found = Vec::new();
    let (answers, requests) = (answer_schemas(document), request_schemas(document));
    for (name, schema) in components(document, "schemas").filter(|(name, _)| answers.contains(&***name)) {
        if schema.get("x-valid-when").is_some() {
            let at = format!("/components/schemas/{name}/x-valid-when");
            found.push(Problem::new(
                at,
                "an answer cannot have a condition: it is read as it comes",
            ));
        }
    }
    for (name, schema) in components(document, "schemas").filter(|(name, _)| requests.contains(&***name)) {
        for (property, value) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(key) = ["x-min-length", "x-max-length"]
                .iter()
                .find(|key| value.get(**key).is_some())
            {
                let at = format!("/components/schemas/{name}/properties/{}/{key}", escape(property));
                let message = "only an answer has this; declare a schema with `minLength` and `maxLength`";
                found.push(Problem::new(at, message));
            }
        }
    }
    walk(&document["components"], "/components", &mut |pointer, value| {
        let (kind, owner) = (pointer.split('/').nth(2), pointer.split('/').nth(3).unwrap_or_default());
        let is_answer = match kind {
            Some("responses") => true,
            Some("schemas") => answers.contains(owner) && !requests.contains(owner),
            _ => false,
        };
        let Some(used) = reference_name(value).filter(|used| is_answer && requests.contains(used)) else {
            return;
        };
        for name in schemas_from(document, [value].into_iter()) {
            let schema = &document["components"]["schemas"][name];
            if let Some(keyword) = STRICT.iter().find(|keyword| schema.get(**keyword).is_some()) {
                let message = format!(
                    "{used} is part of a request too, and {name} has `{keyword}`. A request is checked and an answer is \
                     read leniently: declare two schemas"
                );
                found.push(Problem::new(format!("{pointer}/$ref"), message));
            }
        }
    });
    found
}

/// A list of lists that never ends.
pub fn endless_lists(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (name, list) in components(document, "schemas") {
        let mut items = list;
        let mut seen = 0;
        while let Some(next) = items.get("items") {
            items = resolve(document, next);
            seen += 1;
            if std::ptr::eq(items, list) || seen > 100 {
                let at = format!("/components/schemas/{name}/items/$ref");
                found.push(Problem::new(at, format!("{name} is a list of itself")));
                break;
            }
        }
    }
    found
}

/// Every status but the success has the one error schema: progenitor panics on different ones.
pub fn one_error_schema(document: &Value) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    let mut first: Option<&str> = None;
    for operation in operations(document) {
        for (status, reference) in operation.value["responses"].as_object().into_iter().flatten() {
            let (response, name) = (
                resolve(document, reference),
                reference_name(reference).unwrap_or_default(),
            );
            let at = format!("/components/responses/{name}");
            let problem = match reference_name(&response["content"]["application/json"]["schema"]) {
                _ if status == "200" => continue,
                None => Problem::new(at, "an error has the error schema as its content"),
                Some(schema) => {
                    let known = *first.get_or_insert(schema);
                    if schema == known {
                        continue;
                    }
                    let at = format!("{at}/content/application~1json/schema/$ref");
                    Problem::new(at, format!("two error schemas: `{known}` and `{schema}`"))
                }
            };
            if !found.contains(&problem) {
                found.push(problem);
            }
        }
    }
    found
}
