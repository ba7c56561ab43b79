//! Names that stay apart in every language, and parameters that fit their path.

use std::collections::HashMap;

use serde_json::Value;

use crate::document::{components, operations, reference_name, resolve, target, text, texts};
use crate::source::Problem;

/// Names that generators would confuse: operations, enum values, parameters and schemas.
pub fn find(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut seen: HashMap<&str, String> = HashMap::new();
    let mut once = |value, at: String, what: &str| {
        if let Some(first) = seen.insert(value, at.clone()) {
            found.push(Problem::new(at, format!("{what} `{value}` stands at {first} too")));
        }
    };
    for operation in operations(document) {
        once(
            operation.id(),
            format!("{}/operationId", operation.pointer),
            "the operationId",
        );
    }
    for (name, schema) in components(document, "schemas") {
        for (index, value) in texts(schema, "enum").into_iter().enumerate() {
            // Go's constants carry no prefix, so two enums may not share a value.
            once(
                value,
                format!("/components/schemas/{name}/enum/{index}"),
                "the enum value",
            );
        }
    }
    for (name, _) in components(document, "parameters") {
        if document["components"]["schemas"].get(name).is_some() {
            let at = format!("/components/parameters/{name}");
            found.push(Problem::new(at, "a schema has the same name"));
        }
    }
    let tags: Vec<&str> = document["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|tag| text(tag, "name"))
        .collect();
    for operation in operations(document) {
        for tag in texts(operation.value, "tags")
            .into_iter()
            .filter(|tag| !tags.contains(tag))
        {
            let at = format!("{}/tags", operation.pointer);
            found.push(Problem::new(at, format!("the tag `{tag}` is not declared")));
        }
    }
    found
}

/// The braces of a server's URL are its variables, no more and no less.
pub fn server_variables(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (index, server) in document["servers"].as_array().into_iter().flatten().enumerate() {
        let (url, at) = (text(server, "url"), format!("/servers/{index}"));
        let mut rest = url;
        for (name, _) in server["variables"].as_object().into_iter().flatten() {
            if !url.contains(&format!("{{{name}}}")) {
                found.push(Problem::new(
                    format!("{at}/variables/{name}"),
                    format!("`{name}` is no part of {url}"),
                ));
            }
        }
        while let Some((name, after)) = rest.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            if server["variables"].get(name).is_none() {
                found.push(Problem::new(
                    format!("{at}/url"),
                    format!("`{{{name}}}` is not among the variables"),
                ));
            }
            rest = after;
        }
    }
    found
}

/// The placeholders of a path are its path parameters, no more and no less.
pub fn path_parameters(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for operation in operations(document) {
        let placeholders: Vec<&str> = operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let mut declared = Vec::new();
        for (index, reference) in operation.value["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let parameter = resolve(document, reference);
            let (name, at) = (
                text(parameter, "name"),
                format!("{}/parameters/{index}", operation.pointer),
            );
            if declared.contains(&name) {
                found.push(Problem::new(&at, format!("`{name}` is declared twice")));
            }
            declared.push(name);
            if text(parameter, "in") == "path" && !placeholders.contains(&name) {
                found.push(Problem::new(
                    at,
                    format!("`{name}` is no part of the path {}", operation.path),
                ));
            } else if text(parameter, "in") != "path" && placeholders.contains(&name) {
                found.push(Problem::new(
                    at,
                    format!("`{name}` is part of the path, but not declared `in: path`"),
                ));
            }
        }
        for name in placeholders.iter().filter(|name| !declared.contains(name)) {
            found.push(Problem::new(
                &operation.pointer,
                format!("the path's `{{{name}}}` is not declared"),
            ));
        }
    }
    found
}

/// Every status but the successes has the one error schema: progenitor panics on mixed bodies.
pub fn one_error_schema(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut first: Option<&str> = None;
    for operation in operations(document) {
        for (status, reference) in operation.value["responses"].as_object().into_iter().flatten() {
            let at = format!("{}/responses/{status}", operation.pointer);
            let Some(response) = reference["$ref"].as_str().and_then(|name| target(document, name)) else {
                continue;
            };
            let schema = reference_name(&response["content"]["application/json"]["schema"]);
            match schema {
                _ if status.starts_with('2') => {}
                None => found.push(Problem::new(at, "an error has the error schema as its content")),
                Some(name) => {
                    let known = *first.get_or_insert(name);
                    if name != known {
                        found.push(Problem::new(at, format!("two error schemas: `{known}` and `{name}`")));
                    }
                }
            }
        }
    }
    found
}
