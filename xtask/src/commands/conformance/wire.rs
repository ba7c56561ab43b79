//! The wire cases, and what of them has to hold for a request that arrived.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

const CASES: &str = "openapi/wire";
/// Both operations in all their forms. These name what the simulator's own tasks hold.
const FORMS: [&str; 7] = [
    "rescan.all_failed_host",
    "rescan.all_granted_eps",
    "rescan.specific_host",
    "retry.all_failed_cluster",
    "retry.all_granted_eps",
    "retry.specific_cluster",
    "retry.without_cluster_scan_info",
];
/// Every case is of this project or about the project's id, which as a header cannot hold what it can hold in a path.
pub const PROJECT: &str = "0123456789abcdef0123456789abcdef";
/// A program cannot be given this.
const NO_ARGUMENT: char = '\0';

/// What a client is given, and what has to come of it.
pub struct Case {
    pub name: String,
    pub operation: String,
    pub inputs: Value,
    /// What has to arrive; null where nothing may.
    expected: Value,
    answer: Value,
    outcome: Value,
    if_sent_anyway: Value,
}

impl Case {
    pub fn is_form(&self) -> bool {
        FORMS.contains(&self.name.as_str())
    }

    /// Whether a client that knows the limits sends it.
    pub fn is_sent(&self) -> bool {
        !self.expected.is_null()
    }

    /// Why a client cannot know from the document that the inputs are wrong.
    pub fn beyond_the_document(&self) -> Option<&'static str> {
        let impossible = !self.is_sent() && self.if_sent_anyway.is_null();
        impossible.then_some("that no URL can carry an id of dots alone is no limit that the document states")
    }

    /// The token and the project of a simulator that the case is for.
    pub fn simulated(&self) -> [&str; 2] {
        // A simulator has a token and a project that are within the limits; what is outside is what comes.
        let of = |input: &str, most: usize, other| match self.inputs[input].as_str() {
            Some(text) if (1..=most).contains(&text.chars().count()) && !text.contains(NO_ARGUMENT) => text,
            _ => other,
        };
        [of("auth_token", 32_768, "right"), of("project_id", 256, PROJECT)]
    }

    /// The answer that a simulator has to be told, because it is not what it would answer.
    pub fn injected(&self) -> Option<&Value> {
        let foreign = self.name.starts_with("error.") || self.inputs["project_id"].as_str()?.contains(NO_ARGUMENT);
        foreign.then_some(&self.answer)
    }

    /// What a client has to say of the answer.
    pub fn answered(&self) -> Value {
        if !self.is_sent() {
            return self.if_sent_anyway.clone();
        }
        let mut said = json!({ "status": self.answer["status"] });
        if self.answer["status"] == 200 {
            // What comes with a success is not the service's.
            said["content"] = (!self.answer["body"].is_null()).into();
        } else if self.answer["body"]["error_code"].is_string() {
            said["error_code"] = self.answer["body"]["error_code"].clone();
            said["error_msg"] = self.answer["body"]["error_msg"].clone();
        }
        if self.injected().is_some() && self.answer["headers"]["x-request-id"].is_string() {
            said["request_id"] = self.answer["headers"]["x-request-id"].clone();
        }
        said
    }

    /// Where a request, as the simulator records it, is not what has to arrive by token.
    pub fn token_problems(&self, arrived: &Value) -> Vec<String> {
        let mut problems = self.common_problems(arrived);
        let headers = &arrived["headers"];
        let kind = headers["content-type"].as_str().unwrap_or_default();
        if !["application/json", "application/json; charset=utf-8"].contains(&&*kind.to_ascii_lowercase()) {
            problems.push(format!("content-type is {kind}"));
        }
        // The simulator shows no token; that it is right is seen by its being taken.
        if headers["x-auth-token"] != "***" || !headers["authorization"].is_null() {
            problems.push("x-auth-token is missing, or not alone".to_owned());
        }
        problems
    }

    /// Where a request, as the simulator records it, is not what has to arrive signed.
    pub fn signed_problems(&self, arrived: &Value, signed: &str) -> Vec<String> {
        let mut problems = self.common_problems(arrived);
        let mut hold = |what: &str, arrived: &Value, expected: &Value| {
            if arrived != expected {
                problems.push(format!("{what} is {arrived}, not {expected}"));
            }
        };
        let headers = &arrived["headers"];
        for (name, value) in self.expected["headers"].as_object().unwrap_or(&Map::new()) {
            // The signature stands in place of the token.
            let value = if name == "x-auth-token" { &Value::Null } else { value };
            hold(name, &headers[name], value);
        }
        hold("x-project-id", &headers["x-project-id"], &PROJECT.into());
        hold("signed headers", &signed_headers(headers), &signed.into());
        if !headers["x-sdk-date"].is_string() || !headers["host"].is_string() {
            problems.push("x-sdk-date or host is missing".to_owned());
        }
        problems
    }

    fn common_problems(&self, arrived: &Value) -> Vec<String> {
        let query = match &self.expected["query"] {
            Value::Object(query) => query
                .iter()
                .map(|(name, value)| Value::from(vec![name.clone().into(), value.clone()]))
                .collect(),
            other => other.clone(),
        };
        let parts = [
            ("method", &self.expected["method"]),
            ("body", &self.expected["body"]),
            ("query", &query),
        ];
        let mut problems: Vec<String> = parts
            .into_iter()
            .filter(|(part, expected)| arrived[part] != **expected)
            .map(|(part, expected)| format!("{part} is {}, not {expected}", arrived[part]))
            .collect();
        let segments = |path: &Value| -> Vec<Vec<u8>> {
            let path = path.as_str().unwrap_or_default();
            path.split('/')
                .map(|segment| percent_decode_str(segment).collect())
                .collect()
        };
        // Clients may leave characters as they are that need no encoding.
        if segments(&arrived["path"]) != segments(&self.expected["path"]) {
            problems.push(format!("path is {}, not {}", arrived["path"], self.expected["path"]));
        }
        problems
    }
}

/// The names of the signed headers, or null.
fn signed_headers(headers: &Value) -> Value {
    let of = |authorization: &str| {
        let rest = authorization.strip_prefix("SDK-HMAC-SHA256 Access=")?;
        let names = rest.split_once(", SignedHeaders=")?.1;
        Some(names.split_once(", Signature=")?.0.to_owned())
    };
    headers["authorization"].as_str().and_then(of).into()
}

/// Every case, sorted by name.
pub fn all(root: &Path) -> Result<Vec<Case>> {
    let folder = root.join(CASES);
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut case: Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        cases.push(Case {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            operation: case["operation"].as_str().unwrap_or_default().to_owned(),
            inputs: case["inputs"].take(),
            expected: case["request"].take(),
            answer: case["answer"].take(),
            outcome: case["outcome"].take(),
            if_sent_anyway: case["if_sent_anyway"].take(),
        });
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    for form in FORMS {
        ensure!(
            cases.iter().any(|case| case.name == form),
            "{} holds no case {form}",
            folder.display()
        );
    }
    Ok(cases)
}

/// The cases that are accepted: but those about project ids, and those about tokens.
pub fn accepted(root: &Path) -> Result<Vec<Case>> {
    let mut cases = all(root)?;
    cases.retain(|case| {
        case.outcome["result"] == "accepted" && case.inputs["project_id"] == PROJECT && !case.name.contains(".token_")
    });
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_a_problem() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let cases = accepted(&root).unwrap();
        let case = cases.iter().find(|case| case.name == "rescan.all_granted_eps").unwrap();
        let signature = "SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=***";
        let good = json!({
            "method": "PUT",
            "path": case.expected["path"],
            "query": [["enterprise_project_id", "all_granted_eps"]],
            "headers": {
                "authorization": signature,
                "content-type": "application/json",
                "host": "a",
                "x-project-id": PROJECT,
                "x-sdk-date": "20260403T080000Z",
            },
            "body": case.inputs["body"],
        });
        let signed = "host;x-sdk-date";
        assert_eq!(case.signed_problems(&good, signed), Vec::<String>::new());
        assert_eq!(case.signed_problems(&good, "host").len(), 1);
        for (pointer, other) in [
            ("/method", json!("POST")),
            ("/path", json!("/")),
            ("/query", json!([])),
            ("/query/0/1", json!("all")),
            ("/headers/authorization", Value::Null),
            ("/headers/content-type", json!("text/plain")),
            ("/headers/host", Value::Null),
            ("/headers/x-project-id", json!("1")),
            ("/headers/x-sdk-date", Value::Null),
            ("/body/host_ids", json!([])),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = other;
            assert_eq!(case.signed_problems(&bad, signed).len(), 1, "{pointer}");
        }
        let mut bad = good;
        bad["headers"]["x-auth-token"] = json!("***");
        assert_eq!(case.signed_problems(&bad, signed).len(), 1);
    }
}
