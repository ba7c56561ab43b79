//! The wire cases, and what of them has to hold for a signed request.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

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

/// A request that is accepted.
pub struct Case {
    pub name: String,
    pub operation: String,
    pub inputs: Value,
    /// What has to arrive.
    expected: Value,
}

impl Case {
    pub fn is_form(&self) -> bool {
        FORMS.contains(&self.name.as_str())
    }

    /// Where a request, as the simulator records it, is not what has to arrive.
    pub fn problems(&self, arrived: &Value, signed: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let mut hold = |what: &str, arrived: &Value, expected: &Value| {
            if arrived != expected {
                problems.push(format!("{what} is {arrived}, not {expected}"));
            }
        };
        for part in ["method", "path", "body"] {
            hold(part, &arrived[part], &self.expected[part]);
        }
        let query = match &self.expected["query"] {
            Value::Object(query) => query
                .iter()
                .map(|(name, value)| Value::from(vec![name.clone().into(), value.clone()]))
                .collect(),
            other => other.clone(),
        };
        hold("query", &arrived["query"], &query);
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

/// The cases that are accepted, sorted by name: but those about project ids, and those about tokens.
pub fn cases(root: &Path) -> Result<Vec<Case>> {
    let folder = root.join(CASES);
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut case: Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        if name.starts_with("error.")
            || name.contains(".token_")
            || case["outcome"]["result"] != "accepted"
            || case["inputs"]["project_id"] != PROJECT
        {
            continue;
        }
        cases.push(Case {
            name,
            operation: case["operation"].as_str().unwrap_or_default().to_owned(),
            inputs: case["inputs"].take(),
            expected: case["request"].take(),
        });
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    for form in FORMS {
        ensure!(
            cases.iter().any(|case| case.name == form),
            "{} holds no accepted case {form}",
            folder.display()
        );
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_difference_is_a_problem() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let cases = cases(&root).unwrap();
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
        assert_eq!(case.problems(&good, signed), Vec::<String>::new());
        assert_eq!(case.problems(&good, "host").len(), 1);
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
            assert_eq!(case.problems(&bad, signed).len(), 1, "{pointer}");
        }
        let mut bad = good;
        bad["headers"]["x-auth-token"] = json!("***");
        assert_eq!(case.problems(&bad, signed).len(), 1);
    }
}
