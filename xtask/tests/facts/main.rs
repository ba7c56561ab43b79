//! Facts that neither types nor constants carry: what each status means, which server and which security come first.
#![cfg(test)]

mod sentences;

use serde_json::Value;
use xtask::document::{operations, resolve, walk};
use xtask::documents::documents;

/// Statuses of every operation, with the error codes of their examples.
const ANSWERS: &[(&str, &[&str])] = &[
    ("200", &[]),
    ("400", &["HSS.0001", "HSS.0011"]),
    ("401", &["APIGW.0301"]),
    ("403", &["APIGW.0302"]),
    ("404", &["APIGW.0101"]),
    ("405", &["APIGW.0501"]),
    ("413", &["APIGW.0201"]),
    ("429", &["APIGW.0308"]),
    ("500", &["APIGW.0605"]),
];

fn document() -> Value {
    let first = documents(&xtask::root()).unwrap().remove(0);
    first.read(&xtask::root()).unwrap().value
}

/// What differs from the tables here.
fn differences(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for operation in operations(document) {
        let answers = operation.value["responses"].as_object().unwrap();
        let answers = answers.iter().map(|(status, answer)| {
            let mut codes = Vec::new();
            walk(resolve(document, answer), "", &mut |_, value| {
                codes.extend(value["error_code"].as_str())
            });
            (status.as_str(), codes)
        });
        let expected = ANSWERS.iter().map(|(status, codes)| (*status, codes.to_vec()));
        if !answers.eq(expected) {
            found.push(format!("answers of {}", operation.id()));
        }
    }
    let regions: Vec<&Value> = document["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["variables"])
        .collect();
    if regions[0]["region"]["default"] != "cn-north-4" {
        found.push("default region".to_owned());
    }
    let security = document["security"].as_array().unwrap();
    let names: Vec<&String> = security
        .iter()
        .flat_map(|one| one.as_object().unwrap().keys())
        .collect();
    if names != ["AuthToken", "AccessKeySignature"] {
        found.push("order of security".to_owned());
    }
    found
}

#[test]
fn document_has_the_answers_servers_and_security_of_the_tables() {
    assert_eq!(differences(&document()), [""; 0]);
}

#[test]
fn swapped_or_changed_facts_are_noticed() {
    let responses = "/components/responses";
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = document();
        change(&mut document);
        differences(&document)
    };
    let right = document();
    let all = operations(&right);
    let all: Vec<String> = all
        .iter()
        .map(|operation| format!("answers of {}", operation.id()))
        .collect();
    let swapped = changed(&|document| {
        let map = document.pointer_mut(responses).unwrap();
        let (one, other) = (map["Unauthorized"].take(), map["Forbidden"].take());
        (map["Unauthorized"], map["Forbidden"]) = (other, one);
    });
    assert_eq!(swapped, all);
    let code = "/Throttled/content/application~1json/examples/quota_exceeded/value/error_code";
    let code = changed(&|document| *document.pointer_mut(&format!("{responses}{code}")).unwrap() = "APIGW.0309".into());
    assert_eq!(code, all);
    let region = changed(&|document| document["servers"][0]["variables"]["region"]["default"] = "cn-east-3".into());
    assert_eq!(region, ["default region"]);
    let security = changed(&|document| document["security"].as_array_mut().unwrap().reverse());
    assert_eq!(security, ["order of security"]);
}

/// The cases of a document, by their operation.
fn wire_cases(folder: &str) -> Vec<Value> {
    let files = std::fs::read_dir(xtask::root().join("openapi").join(folder)).unwrap();
    let files = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    files.map(|text| serde_json::from_str(&text).unwrap()).collect()
}

/// What no case has is never sent by a test of any language.
#[test]
fn each_parameter_of_each_operation_is_in_a_wire_case() {
    let root = xtask::root();
    let mut missing = Vec::new();
    let (documents, folders) = (documents(&root).unwrap(), ["wire", "wire-tasks"]);
    assert_eq!(documents.len(), folders.len());
    for (document, folder) in documents.iter().zip(folders) {
        let (document, cases) = (document.read(&root).unwrap().value, wire_cases(folder));
        for operation in operations(&document) {
            let id = operation.id();
            let requests = cases.iter().filter(|case| case["operation"] == id);
            let requests: Vec<&Value> = requests.map(|case| &case["request"]).collect();
            if requests.is_empty() {
                missing.push(format!("{id}: no case in openapi/{folder}"));
            }
            let mut look = |place: &str, name: &str| {
                if !requests.iter().any(|request| request[place].get(name).is_some()) {
                    missing.push(format!(
                        "{id}: no case in openapi/{folder} has the {place} parameter {name}"
                    ));
                }
            };
            for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
                let parameter = resolve(&document, parameter);
                if parameter["in"] == "query" {
                    look("query", parameter["name"].as_str().unwrap());
                }
            }
            let body = resolve(&document, &operation.value["requestBody"]);
            let schema = resolve(&document, &body["content"]["application/json"]["schema"]);
            for name in schema["properties"]
                .as_object()
                .into_iter()
                .flat_map(|names| names.keys())
            {
                look("body", name);
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}
