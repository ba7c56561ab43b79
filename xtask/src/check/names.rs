//! Names that stay apart in every language.

use std::collections::HashMap;

use serde_json::Value;

use crate::document::{components, operations, reference_name, resolve, text, texts};
use crate::source::{Problem, escape};

/// Words that are reserved in Rust, Python, TypeScript, Go or Java, or are the name of another function of the
/// generated clients. A generator would rename an operation of this name.
const RESERVED: &str = "abstract and api_version as assert async await base become boolean box break byte case catch chan \
    char class client clone const continue crate debugger def default defer del delete do double dyn elif else enum \
    except exec export extends extern fallthrough false final finally float fn for from func function gen global go goto \
    if impl implements import in inner instanceof int interface is lambda let long loop macro map match mod module move \
    mut native new newwithclient none nonlocal not null or override package pass post pre print priv private protected \
    pub public raise range ref return select self short static struct super switch synchronized this throw throws trait \
    transient true try type typeof undefined union unsafe unsized use var virtual void volatile where while with yield";

/// Schemas of these names would hide what the generated code gets from Rust's prelude.
const PRELUDE: &str = "AsMut AsRef Clone Copy Default DoubleEndedIterator Drop Eq Err ExactSizeIterator Extend Fn FnMut FnOnce \
    From FromIterator Into IntoIterator Iterator None Ok Ord PartialEq PartialOrd Self Send Some String Sync ToOwned ToString \
    TryFrom TryInto Unpin";

/// A name without case and underscores, which languages write differently.
fn fold(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// Names of one scope; `what` says of what.
struct Scope<'a> {
    what: &'a str,
    seen: HashMap<String, String>,
    found: &'a mut Vec<Problem>,
}

impl<'a> Scope<'a> {
    fn new(what: &'a str, found: &'a mut Vec<Problem>) -> Self {
        let seen = HashMap::new();
        Self { what, seen, found }
    }

    fn add(&mut self, name: &str, at: String) {
        match self.seen.insert(fold(name), name.to_owned()) {
            None => {}
            Some(first) if first == name => {
                self.found
                    .push(Problem::new(at, format!("the {} `{name}` appears twice", self.what)));
            }
            Some(first) => {
                let message = format!(
                    "the {} `{name}` differs from `{first}` only in case and underscores",
                    self.what
                );
                self.found.push(Problem::new(at, message));
            }
        }
    }
}

/// Names that a language cannot have, or that become one name where a language changes case and underscores.
pub fn find(document: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let reserved = |words: &str, name: &str| words.split_whitespace().any(|word| word == name);
    let operations = operations(document);
    let mut ids = Scope::new("operationId", &mut found);
    for operation in &operations {
        ids.add(operation.id(), format!("{}/operationId", operation.pointer));
    }
    for operation in &operations {
        let id = operation.id();
        if RESERVED.split_whitespace().any(|word| fold(word) == fold(id)) {
            let at = format!("{}/operationId", operation.pointer);
            found.push(Problem::new(
                at,
                format!("`{id}` is a reserved word of a language or of a generated client"),
            ));
        }
        parameters(document, &operation.pointer, operation.value, &mut found);
    }
    let mut types = Scope::new("name of a schema or parameter", &mut found);
    for kind in ["schemas", "parameters"] {
        for (name, _) in components(document, kind) {
            types.add(name, format!("/components/{kind}/{name}"));
        }
    }
    for (name, schema) in components(document, "schemas") {
        let at = format!("/components/schemas/{name}");
        if reserved(PRELUDE, name) {
            found.push(Problem::new(&at, format!("`{name}` has a meaning in Rust")));
        }
        let mut properties = Scope::new("property", &mut found);
        for (property, _) in schema["properties"].as_object().into_iter().flatten() {
            properties.add(property, format!("{at}/properties/{}", escape(property)));
        }
        for key in ["enum", "x-known-values"] {
            let mut values = Scope::new("value", &mut found);
            for (index, value) in texts(schema, key).into_iter().enumerate() {
                values.add(value, format!("{at}/{key}/{index}"));
            }
        }
    }
    tags(document, &mut found);
    found
}

/// Parameters become arguments, beside the body and what generated code calls its own.
fn parameters(document: &Value, pointer: &str, operation: &Value, found: &mut Vec<Problem>) {
    let body = operation.get("requestBody");
    let body_schema = body.and_then(|body| reference_name(&body["content"]["application/json"]["schema"]));
    let taken: Vec<String> = ["header_map"]
        .into_iter()
        .chain(body.map(|_| "body"))
        .chain(body_schema)
        .map(fold)
        .collect();
    let mut names = Scope::new("parameter", found);
    let list = operation["parameters"].as_array().into_iter().flatten();
    for (index, reference) in list.enumerate() {
        let name = text(resolve(document, reference), "name");
        if taken.contains(&fold(name)) {
            let component = reference["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
            let message = format!("generated code gives the name `{name}` to something else");
            let problem = Problem::new(format!("{component}/name"), message);
            if !names.found.contains(&problem) {
                names.found.push(problem);
            }
        }
        names.add(name, format!("{pointer}/parameters/{index}"));
    }
}

fn tags(document: &Value, found: &mut Vec<Problem>) {
    let tags = document["tags"].as_array().into_iter().flatten();
    let declared: Vec<&str> = tags.map(|tag| text(tag, "name")).collect();
    for operation in operations(document) {
        for (index, tag) in texts(operation.value, "tags").into_iter().enumerate() {
            if !declared.contains(&tag) {
                let at = format!("{}/tags/{index}", operation.pointer);
                found.push(Problem::new(at, format!("the tag `{tag}` is not declared")));
            }
        }
    }
}
