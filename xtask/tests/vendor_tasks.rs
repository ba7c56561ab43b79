//! The YAML of the operations that read tasks has every fact of its sources, each with its source, and no other.
#![cfg(test)]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xtask::document::{Operation, components, operations, resolve, texts};
use xtask::source::Source;

const YAML: &str = "openapi/hss-v5-tasks.yaml";

/// Where a fact stands, its form, its sources, and whether it must be there.
///
/// A form is `string`, `string 1-256` (characters), `int32`, `int32 10-200 default 10`, `int64`, `one of: …` where a
/// request takes no other value, `known: …` where an answer may have another, `object`, and `list of …`.
struct Row(&'static str, &'static str, &'static str);

const PROJECT: &[Row] = &[
    Row("path project_id!", "string 1-256", "pages"),
    Row(
        "query enterprise_project_id",
        "string 1-256 default 0 known: all_granted_eps",
        "py",
    ),
];
const PAGE: &[Row] = &[
    Row("query limit", "int32 10-200 default 10", "py page"),
    Row("query offset", "int32 0-2000000 default 0", "py page"),
];
const SCAN: &str = "known: scanning success failed";
const VUL: &str = "known: linux_vul windows_vul web_cms app_vul urgent_vul";

const LIST_VUL_SCAN_TASK: &[Row] = &[
    Row("query limit", "int32", "py go"),
    Row("query offset", "int32", "py go"),
    Row("query scan_type", "one of: manual schedule", "py go"),
    Row("query task_id", "string", "py go"),
    Row("query min_start_time", "int64", "py go"),
    Row("query max_start_time", "int64", "py go"),
    Row("200 total_num", "int32", "py go"),
    Row("200 data_list", "list of object", "py go"),
    Row("200 data_list id", "string", "py go"),
    Row("200 data_list scan_type", "known: manual schedule", "py go"),
    Row("200 data_list start_time", "int64", "py go example"),
    Row("200 data_list end_time", "int64", "py go example"),
    Row(
        "200 data_list scan_vul_types",
        "list of known: linux_vul windows_vul web_cms app_vul urgent_vul",
        "py go",
    ),
    Row("200 data_list status", "known: running finished", "py go"),
    Row("200 data_list scanning_host_num", "int32", "py go"),
    Row("200 data_list success_host_num", "int32", "py go"),
    Row("200 data_list failed_host_num", "int32", "py go"),
    Row("200 data_list estimated_time", "int32", "py go"),
];

const LIST_VUL_SCAN_TASK_HOST: &[Row] = &[
    Row("path task_id!", "string 1-256", "py page"),
    Row("query scan_status", "one of: scanning success failed", "py page"),
    Row("200 total_num", "int32", "py page"),
    Row("200 data_list", "list of object", "py"),
    Row("200 data_list host_id", "string 1-128", "py"),
    Row("200 data_list host_name", "string 0-128", "py"),
    Row("200 data_list public_ip", "string 0-128", "py"),
    Row("200 data_list private_ip", "string 0-128", "py"),
    Row("200 data_list asset_value", "known: important common test", "py"),
    Row("200 data_list scan_status", SCAN, "py"),
    Row("200 data_list failed_reasons", "list of object", "py"),
    Row("200 data_list failed_reasons vul_type", VUL, "py"),
    Row("200 data_list failed_reasons failed_reason", "string 0-128", "py"),
    Row("200 data_list vul_scan_details", "list of object", "py"),
    Row("200 data_list vul_scan_details vul_type", VUL, "py"),
    Row("200 data_list vul_scan_details status", SCAN, "py"),
    Row("200 data_list vul_scan_details failed_reason", "string 0-1024", "py"),
    Row("200 data_list vul_scan_details scan_vul_list", "list of object", "py"),
    Row(
        "200 data_list vul_scan_details scan_vul_list vul_id",
        "string 0-256",
        "py",
    ),
    Row(
        "200 data_list vul_scan_details scan_vul_list vul_name",
        "string 0-1024",
        "py",
    ),
    Row("200 data_list vul_scan_details scan_vul_list status", SCAN, "py"),
    Row(
        "200 data_list vul_scan_details scan_vul_list failed_reason",
        "string 0-1024",
        "py",
    ),
];

const LIST_TASKS: &[Row] = &[
    Row("body task_type!", "one of: cluster_scan iac_scan", "py go tf"),
    Row("body task_id", "string", "py go"),
    Row("body task_name", "string", "py go"),
    Row("body start_create_time", "int64", "py go"),
    Row("body end_create_time", "int64", "py go"),
    Row("body trigger_type", "one of: manual schedule", "py go"),
    Row("body task_status", "one of: ready running finished", "py go"),
    Row("body sort_key", "one of: start_time", "py go"),
    Row("body sort_dir", "one of: asc desc", "py go"),
    Row("body cluster_scan_info", "object", "py"),
    Row(
        "body cluster_scan_info scan_type_list",
        "list of one of: cluster_vul risk_assessment benchmark",
        "py",
    ),
    Row("body iac_scan_info", "object", "py"),
    Row("body iac_scan_info file_type", "one of: dockerfile k8s_yaml", "py"),
    Row("200 total_num", "int32", "py go"),
    Row("200 data_list", "list of object", "py go"),
    Row("200 data_list task_id", "string", "py go"),
    Row("200 data_list task_type", "known: cluster_scan iac_scan", "py go"),
    Row("200 data_list task_name", "string", "py go"),
    Row("200 data_list trigger_type", "known: manual schedule", "py go"),
    Row("200 data_list task_status", "known: ready running finished", "py go"),
    Row("200 data_list start_time", "int64", "py go tf"),
    Row("200 data_list end_time", "int64", "py go tf"),
    Row("200 data_list estimated_time", "int32", "py tf"),
    Row("200 data_list cluster_scan_info", "object", "py"),
    Row(
        "200 data_list cluster_scan_info scan_type_list",
        "list of known: cluster_vul risk_assessment benchmark",
        "py",
    ),
    Row("200 data_list cluster_scan_info scanning_cluster_num", "int32", "py"),
    Row("200 data_list cluster_scan_info success_cluster_num", "int32", "py"),
    Row("200 data_list cluster_scan_info failed_cluster_num", "int32", "py"),
    Row("200 data_list iac_scan_info", "object", "py"),
    Row(
        "200 data_list iac_scan_info file_type",
        "known: dockerfile k8s_yaml",
        "py",
    ),
    Row("200 data_list iac_scan_info scan_file_num", "int32", "py"),
    Row("200 data_list iac_scan_info success_file_num", "int32", "py"),
    Row("200 data_list iac_scan_info failed_file_num", "int32", "py"),
];

const LIST_TASK_RESOURCES: &[Row] = &[
    Row("path task_id!", "string 1-64", "py reading"),
    Row("body task_type!", "one of: cluster_scan iac_scan", "py go tf"),
    Row("body cluster_scan_info", "object", "py"),
    Row(
        "body cluster_scan_info scan_status",
        "one of: scanning success failed",
        "py page",
    ),
    Row("body cluster_scan_info cluster_name", "string", "py"),
    Row("body cluster_scan_info cluster_id", "string", "py"),
    Row(
        "body cluster_scan_info cluster_type",
        "one of: cce ali tencent azure aws self_built_hw self_built_idc",
        "py",
    ),
    Row("body iac_scan_info", "object", "py"),
    Row(
        "body iac_scan_info scan_status",
        "one of: scanning success failed",
        "py page",
    ),
    Row("body iac_scan_info file_name", "string", "py"),
    Row("body iac_scan_info chart_name", "string", "py"),
    Row("200 total_num", "int32", "py"),
    Row("200 cluster_scan_data_list", "list of object", "py"),
    Row("200 cluster_scan_data_list cluster_name", "string", "py"),
    Row("200 cluster_scan_data_list cluster_id", "string", "py"),
    Row(
        "200 cluster_scan_data_list cluster_type",
        "known: cce ali tencent azure aws self_built_hw self_built_idc",
        "py",
    ),
    Row("200 cluster_scan_data_list cluster_version", "string", "py"),
    Row("200 cluster_scan_data_list scan_status", SCAN, "py"),
    Row("200 cluster_scan_data_list start_time", "int64", "py"),
    Row("200 cluster_scan_data_list end_time", "int64", "py"),
    Row("200 cluster_scan_data_list scan_detail_list", "list of object", "py"),
    // That RetryTask takes the same words is a reading.
    Row(
        "200 cluster_scan_data_list scan_detail_list scan_type",
        "known: cluster_vul risk_assessment benchmark",
        "py reading",
    ),
    Row("200 cluster_scan_data_list scan_detail_list status", SCAN, "py"),
    Row(
        "200 cluster_scan_data_list scan_detail_list failed_reason",
        "string",
        "py",
    ),
    Row("200 iac_scan_data_list", "list of object", "py"),
    Row("200 iac_scan_data_list file_name", "string", "py"),
    Row("200 iac_scan_data_list file_type", "known: dockerfile k8s_yaml", "py"),
    Row("200 iac_scan_data_list chart_name", "string", "py"),
    Row("200 iac_scan_data_list file_id", "string", "py"),
    Row("200 iac_scan_data_list file_size", "int64", "py"),
    Row("200 iac_scan_data_list scan_status", SCAN, "py"),
    Row("200 iac_scan_data_list failed_reason", "string", "py"),
    Row("200 iac_scan_data_list start_time", "int64", "py"),
    Row("200 iac_scan_data_list end_time", "int64", "py"),
];

/// The vendor's name, the method and path, the sources, whether the operation says that it only reads, and the rows.
type Described = (
    &'static str,
    &'static str,
    &'static str,
    bool,
    &'static [&'static [Row]],
);

const OPERATIONS: &[Described] = &[
    (
        "ListVulScanTask",
        "get /v5/{project_id}/vulnerability/scan-tasks",
        "py go quota",
        false,
        &[PROJECT, LIST_VUL_SCAN_TASK],
    ),
    (
        "ListVulScanTaskHost",
        "get /v5/{project_id}/vulnerability/scan-task/{task_id}/hosts",
        "py page quota",
        false,
        &[PROJECT, PAGE, LIST_VUL_SCAN_TASK_HOST],
    ),
    (
        "ListTasks",
        "post /v5/{project_id}/common/tasks/batch-query",
        "py go tf quota",
        true,
        &[PROJECT, PAGE, LIST_TASKS],
    ),
    (
        "ListTaskResources",
        "post /v5/{project_id}/common/tasks/{task_id}/resources/batch-query",
        "py quota",
        true,
        &[PROJECT, PAGE, LIST_TASK_RESOURCES],
    ),
];

fn document(path: &str) -> Value {
    Source::read(&xtask::root().join(path), path).unwrap().value
}

/// The facts of an operation as rows: place, form and sources.
fn facts(document: &Value, operation: &Operation<'_>) -> BTreeSet<[String; 3]> {
    let mut found = BTreeSet::new();
    for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
        let parameter = resolve(document, parameter);
        let must = if parameter["required"] == true { "!" } else { "" };
        let place = format!(
            "{} {}{must}",
            parameter["in"].as_str().unwrap(),
            parameter["name"].as_str().unwrap()
        );
        let form = form(document, resolve(document, &parameter["schema"]));
        found.insert([place, form, texts(parameter, "x-source").join(" ")]);
    }
    let body = &operation.value["requestBody"]["content"]["application/json"]["schema"];
    members(document, resolve(document, body), "body", &mut found);
    let success = resolve(document, &operation.value["responses"]["200"]);
    let answer = &success["content"]["application/json"]["schema"];
    members(document, resolve(document, answer), "200", &mut found);
    found
}

fn members(document: &Value, owner: &Value, place: &str, found: &mut BTreeSet<[String; 3]>) {
    for (name, member) in owner["properties"].as_object().into_iter().flatten() {
        let schema = resolve(document, member);
        let must = if texts(owner, "required").contains(&&**name) {
            "!"
        } else {
            ""
        };
        let sources = if schema.get("x-source").is_some() {
            schema
        } else {
            owner
        };
        let place = format!("{place} {name}");
        let row = [
            format!("{place}{must}"),
            form(document, schema),
            texts(sources, "x-source").join(" "),
        ];
        found.insert(row);
        let inner = schema.get("items").map_or(schema, |items| resolve(document, items));
        members(document, inner, &place, found);
    }
}

fn form(document: &Value, schema: &Value) -> String {
    let of = |key: &str| schema.get(key).map(|value| value.to_string().replace('"', ""));
    let range = |low: &str, high: &str| of(low).zip(of(high)).map(|(low, high)| format!("{low}-{high}"));
    if let Some(items) = schema.get("items") {
        assert!(range("minItems", "maxItems").is_none());
        return format!("list of {}", form(document, resolve(document, items)));
    }
    let kind = schema["type"].as_str().unwrap();
    let values = |key: &str| texts(schema, key).join(" ");
    if schema.get("enum").is_some() {
        return format!("one of: {}", values("enum"));
    }
    let mut words = vec![if kind == "integer" {
        of("format").unwrap()
    } else {
        kind.to_owned()
    }];
    for (low, high) in [
        ("minLength", "maxLength"),
        ("x-min-length", "x-max-length"),
        ("minimum", "maximum"),
    ] {
        words.extend(range(low, high));
    }
    words.extend(of("x-service-default").map(|default| format!("default {default}")));
    match (schema.get("x-known-values"), words.as_slice()) {
        (None, _) => {}
        (Some(_), [_]) => words = vec![format!("known: {}", values("x-known-values"))],
        (Some(_), _) => words.push(format!("known: {}", values("x-known-values"))),
    }
    words.join(" ")
}

fn is_object(row: &[String; 3]) -> bool {
    row[1].ends_with("object")
}

#[test]
fn document_has_every_fact_of_its_sources_and_no_other() {
    let document = document(YAML);
    assert_eq!(operations(&document).len(), OPERATIONS.len());
    for (vendor, path, sources, says_it_reads, tables) in OPERATIONS {
        let mut all = operations(&document).into_iter();
        let operation = all
            .find(|operation| operation.id().eq_ignore_ascii_case(vendor))
            .unwrap();
        let method = operation.pointer.rsplit('/').next().unwrap();
        assert_eq!(format!("{method} {}", operation.path), *path);
        assert_eq!(texts(operation.value, "x-source").join(" "), *sources, "{vendor}");
        assert_eq!(operation.value["x-read-only"] == true, *says_it_reads, "{vendor}");
        let quota = json!({ "calls_per_minute": 600, "calls_per_minute_per_user": 5 });
        assert_eq!(operation.value["x-quota"], quota, "{vendor}");
        let expected: BTreeSet<[String; 3]> = tables
            .iter()
            .flat_map(|table| table.iter())
            .map(|Row(place, form, sources)| [*place, *form, *sources].map(str::to_owned))
            .collect();
        let found = facts(&document, &operation);
        let missing: Vec<_> = expected.difference(&found).collect();
        let invented: Vec<_> = found.difference(&expected).collect();
        assert!(
            missing.is_empty() && invented.is_empty(),
            "{vendor}: {missing:#?} but {invented:#?}"
        );
        assert!(found.iter().any(is_object), "{vendor}: the answer's rows were read");
    }
}

/// Answers are open: no member must be there, no value is the last one, and no number is out of bounds.
#[test]
fn answers_have_no_obligation_and_no_closed_value() {
    let document = document(YAML);
    let answers = xtask::document::answer_schemas(&document);
    assert!(answers.len() > 30, "{}", answers.len());
    for (name, schema) in components(&document, "schemas").filter(|(name, _)| answers.contains(&***name)) {
        for keyword in [
            "required",
            "enum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
        ] {
            let is_error = name == "ErrorResponse" && keyword == "required";
            assert!(is_error || schema.get(keyword).is_none(), "{name} {keyword}");
        }
    }
}

/// What both documents have is one fact.
#[test]
fn both_documents_have_the_same_servers_security_and_errors() {
    let (first, second) = (document("openapi/hss-v5.yaml"), document(YAML));
    for part in ["servers", "security"] {
        assert_eq!(first[part], second[part], "{part}");
    }
    assert_eq!(
        first["components"]["securitySchemes"],
        second["components"]["securitySchemes"]
    );
    assert_eq!(first["components"]["headers"], second["components"]["headers"]);
    let statuses = |document: &Value| -> Vec<Vec<String>> {
        let all = operations(document).into_iter();
        let keys = |operation: Operation<'_>| {
            operation.value["responses"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        all.map(keys).collect()
    };
    let (first, second) = (statuses(&first), statuses(&second));
    assert!(second.iter().all(|statuses| *statuses == first[0]));
}
