//! The wire cases through the command: the simulator receives the request of the case.

use std::path::Path;

use huaweicloud_hss_sim::{Quota, Simulator, Tasks};
use serde_json::Value;

use crate::support::{Cloud, ran, ran_with};

/// The cases in which a request is sent and accepted.
fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/wire");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let cases = paths.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (
            name,
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(),
        )
    });
    // An argument of a process cannot contain a NUL.
    let selected = cases.filter(|(name, case): &(String, Value)| {
        !name.starts_with("error.") && !name.ends_with("_nul") && !case["request"].is_null()
    });
    selected.collect()
}

/// The body of a case; `None` where its operation has none.
fn body(inputs: &Value) -> Option<String> {
    let body = inputs.get("body").filter(|body| !body.is_null());
    body.map(Value::to_string)
}

/// The options that give the same body; `None` if there are none.
fn flags(body: &Value) -> Option<Vec<String>> {
    if body.is_null() {
        return Some(Vec::new());
    }
    let both = |flag: &str, values: Vec<String>| -> Vec<String> {
        values.into_iter().flat_map(|value| [flag.to_owned(), value]).collect()
    };
    if let Some(range) = body["range_type"].as_str() {
        let ids = texts(&body["host_ids"]);
        let distinct: std::collections::HashSet<&String> = ids.iter().collect();
        return match range {
            "all_failed_host" => Some(vec!["--all-failed".to_owned()]),
            // The command drops duplicates, and the SDK refuses an empty id.
            _ if distinct.len() < ids.len() || ids.iter().any(String::is_empty) => None,
            _ => Some(both("--host", ids)),
        };
    }
    let info = body.get("cluster_scan_info")?;
    let Some(list) = info["cluster_info_list"].as_array() else {
        return Some(vec!["--all-failed".to_owned()]);
    };
    let clusters = list.iter().map(|cluster| {
        let id = cluster["cluster_id"].as_str()?;
        Some(match cluster.get("scan_type_list") {
            Some(types) => format!("{id}={}", texts(types).join(",")),
            None => id.to_owned(),
        })
    });
    Some(both("--cluster", clusters.collect::<Option<_>>()?))
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.map(|item| item.as_str().unwrap().to_owned()).collect()
}

#[test]
fn wire_cases_arrive_by_options_and_by_body() {
    let (mut by_flags, mut by_body, mut refused) = (0, 0, 0);
    for (name, case) in cases() {
        let (inputs, expected) = (&case["inputs"], &case["request"]);
        let simulator = Simulator::builder()
            .quota(Quota::off())
            .tasks(Tasks::new())
            .any_task(true);
        let cloud = Cloud::with(simulator.project_id(inputs["project_id"].as_str().unwrap()));
        let verb = match case["operation"].as_str() {
            Some("recreateVulScanTask") => "rescan",
            Some("retryTask") => "retry",
            other => panic!("{name}: {other:?} has no command here"),
        };
        let task = inputs["task_id"].as_str().unwrap();
        let mut common = vec![verb.to_owned(), task.to_owned()];
        if let Some(id) = inputs["enterprise_project_id"].as_str() {
            common.extend(["--enterprise-project-id".to_owned(), id.to_owned()]);
        }

        if let Some(rule) = case.get("refused_by_id_rule") {
            let body = body(inputs).map(|body| ran_with(cloud.command(&common).args(["--body", "-"]), &body));
            let flags = flags(&inputs["body"]).map(|flags| ran(cloud.command(&common).args(flags)));
            for done in [body, flags].into_iter().flatten() {
                assert_eq!(done.code, 2, "{name}: {done:?}");
                // The project is a variable of the environment, of which the command looks first whether it can be seen.
                let reason = rule["reason"].as_str().unwrap();
                let of_variable = "HUAWEICLOUD_SDK_PROJECT_ID: the value has U+";
                assert!(
                    done.stderr.contains(reason) || done.stderr.contains(of_variable),
                    "{name}: {done:?}"
                );
            }
            assert_eq!(cloud.simulator.requests(), [], "{name}");
            refused += 1;
            continue;
        }

        if let Some(body) = body(inputs) {
            let done = ran_with(cloud.command(&common).args(["--body", "-"]), &body);
            assert_eq!(done.code, 0, "{name}: {done:?}");
            by_body += 1;
        }
        if let Some(flags) = flags(&inputs["body"]) {
            let done = ran(&mut cloud.command(common.iter().chain(&flags)));
            assert_eq!(done.code, 0, "{name}: {done:?}");
            by_flags += 1;
        }

        for request in cloud.simulator.requests() {
            assert_eq!(request.method, expected["method"], "{name}");
            assert_eq!(request.path, expected["path"], "{name}");
            let query: serde_json::Map<String, Value> = request
                .query
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            assert_eq!(Value::Object(query), expected["query"], "{name}");
            assert_eq!(
                request.header("content-type"),
                expected["headers"]["content-type"].as_str(),
                "{name}"
            );
            let body = request.body.as_deref().map(|body| serde_json::from_str(body).unwrap());
            assert_eq!(body.unwrap_or(Value::Null), expected["body"], "{name}");
        }
    }
    assert!(
        by_body >= 45 && by_flags >= 35 && refused >= 14,
        "{by_body} by body, {by_flags} by flags, {refused} refused"
    );
}
