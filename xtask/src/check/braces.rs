//! The braces of URLs and paths are the declared variables and parameters.

use serde_json::Value;

use crate::document::{operations, resolve, text};
use crate::source::Problem;

/// The braces of a server's URL are its variables, no more and no less.
pub fn server_variables(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (index, server) in document["servers"].as_array().into_iter().flatten().enumerate() {
        let (url, at) = (text(server, "url"), format!("/servers/{index}"));
        let before = found.len();
        let mut rest = url;
        for (name, _) in server["variables"].as_object().into_iter().flatten() {
            if !url.contains(&format!("{{{name}}}")) {
                found.push(Problem::new(
                    format!("{at}/variables/{name}"),
                    format!("`{name}` does not appear in {url}"),
                ));
            }
        }
        while let Some((name, after)) = rest.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            if found.len() == before && server["variables"].get(name).is_none() {
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
        let list = operation.value["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<&Value> = list.map(|reference| resolve(document, reference)).collect();
        let declared: Vec<&str> = parameters.iter().map(|parameter| text(parameter, "name")).collect();
        let before = found.len();
        let path = operation.pointer.rsplit_once('/').map_or("", |(path, _)| path);
        for (index, name) in placeholders.iter().enumerate() {
            if placeholders[..index].contains(name) {
                found.push(Problem::new(path, format!("the path has `{{{name}}}` twice")));
            } else if !declared.contains(name) {
                let (id, known) = (operation.id(), declared.join(", "));
                let message = format!("`{{{name}}}` is not a parameter of {id}, which has {known}");
                found.push(Problem::new(path, message));
            }
        }
        for (index, (parameter, name)) in parameters.iter().zip(&declared).enumerate() {
            let at = format!("{}/parameters/{index}", operation.pointer);
            let (is_in_path, is_named) = (parameter["in"] == "path", placeholders.contains(name));
            // A wrong name in the path is reported already.
            if is_in_path && !is_named && found.len() == before {
                let message = format!("`{name}` does not appear in the path {}", operation.path);
                found.push(Problem::new(at, message));
            } else if !is_in_path && is_named {
                found.push(Problem::new(
                    at,
                    format!("`{name}` is part of the path, but not declared `in: path`"),
                ));
            }
        }
    }
    found
}
