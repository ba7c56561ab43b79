//! The vendor's tables, row by row, against the YAML. The rows are copied by hand from the two pages, "Rescanning Servers
//! for Vulnerabilities" and "Restarting Tasks", both updated on 2026-04-03; they win over the YAML.
#![cfg(test)]

use serde_json::{Value, json};
use xtask::document::{Operation, operations, resolve, texts};
use xtask::source::Source;

const YAML: &str = "openapi/hss-v5.yaml";

/// Where a row stands: which of the page's tables.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Table {
    Path,
    Query,
    Header,
    /// Request body; the steps lead to the object that the table is about.
    Body(&'static [&'static str]),
}

struct Row {
    table: Table,
    parameter: &'static str,
    mandatory: bool,
    kind: &'static str,
    range: Range,
    default: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Range {
    None,
    Characters(u64, u64),
    Items(u64, u64),
    Values(&'static [&'static str]),
}

const fn row(table: Table, parameter: &'static str, mandatory: bool, kind: &'static str, range: Range) -> Row {
    Row {
        table,
        parameter,
        mandatory,
        kind,
        range,
        default: None,
    }
}

const ENTERPRISE_PROJECT: Row = Row {
    default: Some("0"),
    ..row(
        Table::Query,
        "enterprise_project_id",
        false,
        "String",
        Range::Characters(1, 256),
    )
};

const RESCAN: &[Row] = &[
    row(Table::Path, "project_id", true, "String", Range::Characters(1, 256)),
    row(Table::Path, "task_id", true, "String", Range::Characters(1, 256)),
    ENTERPRISE_PROJECT,
    row(
        Table::Header,
        "X-Auth-Token",
        true,
        "String",
        Range::Characters(1, 32768),
    ),
    row(
        Table::Body(&[]),
        "range_type",
        true,
        "String",
        Range::Values(&["all_failed_host", "specific_host"]),
    ),
    row(
        Table::Body(&[]),
        "host_ids",
        false,
        "Array of strings",
        Range::Items(1, 1000),
    ),
];

const INFO: &[&str] = &["cluster_scan_info"];
const LIST: &[&str] = &["cluster_scan_info", "cluster_info_list"];

const RETRY: &[Row] = &[
    row(Table::Path, "project_id", true, "String", Range::Characters(1, 256)),
    row(Table::Path, "task_id", true, "String", Range::Characters(1, 64)),
    ENTERPRISE_PROJECT,
    row(
        Table::Header,
        "X-Auth-Token",
        true,
        "String",
        Range::Characters(1, 32768),
    ),
    row(
        Table::Body(&[]),
        "task_type",
        true,
        "String",
        Range::Values(&["cluster_scan"]),
    ),
    row(Table::Body(&[]), "cluster_scan_info", false, "object", Range::None),
    row(
        Table::Body(INFO),
        "range_type",
        true,
        "String",
        Range::Values(&["all_failed_cluster", "specific_cluster"]),
    ),
    row(
        Table::Body(INFO),
        "cluster_info_list",
        false,
        "Array of objects",
        Range::Items(1, 200),
    ),
    row(
        Table::Body(LIST),
        "cluster_id",
        false,
        "String",
        Range::Characters(1, 64),
    ),
    row(
        Table::Body(LIST),
        "scan_type_list",
        false,
        "Array of strings",
        Range::Items(1, 3),
    ),
];

/// A page of the vendor.
struct Page {
    /// The vendor's name of the operation.
    operation: &'static str,
    title: &'static str,
    method: &'static str,
    path: &'static str,
    /// Whether a success has content.
    has_content: bool,
    rows: &'static [Row],
}

/// Every page that the document is made from.
const PAGES: &[Page] = &[
    Page {
        operation: "RecreateVulScanTask",
        title: "Rescanning Servers for Vulnerabilities",
        method: "put",
        path: "/v5/{project_id}/vulnerability/scan/task/{task_id}/rescan",
        has_content: false,
        rows: RESCAN,
    },
    Page {
        operation: "RetryTask",
        title: "Restarting Tasks",
        method: "put",
        path: "/v5/{project_id}/common/tasks/{task_id}/retry",
        has_content: false,
        rows: RETRY,
    },
];

fn document() -> Value {
    Source::read(&xtask::root().join(YAML), YAML).unwrap().value
}

fn operation<'a>(document: &'a Value, vendor: &str) -> Operation<'a> {
    let mut all = operations(document).into_iter();
    all.find(|operation| operation.id().eq_ignore_ascii_case(vendor))
        .unwrap_or_else(|| panic!("{vendor}"))
}

fn body<'a>(document: &'a Value, operation: &Operation<'a>, steps: &[&str]) -> &'a Value {
    let content = &operation.value["requestBody"]["content"]["application/json"];
    steps
        .iter()
        .fold(resolve(document, &content["schema"]), |schema, step| {
            let property = resolve(document, &schema["properties"][step]);
            property.get("items").map_or(property, |items| resolve(document, items))
        })
}

fn check(document: &Value, operation: &Operation<'_>, row: &Row) {
    let what = format!("{} {:?} {}", operation.id(), row.table, row.parameter);
    let (mandatory, schema) = match row.table {
        Table::Path | Table::Query => {
            let place = if row.table == Table::Path { "path" } else { "query" };
            let parameters = operation.value["parameters"].as_array().unwrap();
            let mut found = parameters.iter().map(|parameter| resolve(document, parameter));
            let found = found.find(|found| found["name"] == row.parameter && found["in"] == place);
            let found = found.unwrap_or_else(|| panic!("{what}"));
            (found["required"] == true, resolve(document, &found["schema"]).clone())
        }
        Table::Header => {
            let schemes = document["components"]["securitySchemes"].as_object().unwrap();
            let (name, scheme) = schemes
                .iter()
                .find(|(_, scheme)| scheme["name"] == row.parameter)
                .unwrap();
            assert_eq!(scheme["in"], "header", "{what}");
            let named = document["security"]
                .as_array()
                .unwrap()
                .iter()
                .any(|known| known.get(name).is_some());
            let lengths = json!({
                "type": "string", "minLength": scheme["x-min-length"], "maxLength": scheme["x-max-length"],
            });
            (named, lengths)
        }
        Table::Body(steps) => {
            let owner = body(document, operation, steps);
            let property = owner["properties"]
                .get(row.parameter)
                .unwrap_or_else(|| panic!("{what}"));
            let required = texts(owner, "required").contains(&row.parameter);
            (required, resolve(document, property).clone())
        }
    };
    assert_eq!(mandatory, row.mandatory, "{what}: mandatory");
    let items = resolve(document, &schema["items"])["type"].as_str().unwrap_or_default();
    let kind = match (schema["type"].as_str().unwrap(), items) {
        ("string", _) => "String",
        ("object", _) => "object",
        ("integer", _) => "Integer",
        ("boolean", _) => "Boolean",
        ("array", "string") => "Array of strings",
        ("array", "object") => "Array of objects",
        other => panic!("{what}: {other:?}"),
    };
    assert_eq!(kind, row.kind, "{what}: type");
    let limits = ["minLength", "maxLength", "minItems", "maxItems"].map(|key| schema[key].as_u64());
    let expected = match row.range {
        Range::Characters(min, max) => [Some(min), Some(max), None, None],
        Range::Items(min, max) => [None, None, Some(min), Some(max)],
        Range::None | Range::Values(_) => [None; 4],
    };
    assert_eq!(limits, expected, "{what}: range");
    let values: &[&str] = if let Range::Values(values) = row.range {
        values
    } else {
        &[]
    };
    assert_eq!(texts(&schema, "enum"), values, "{what}: values");
    assert_eq!(schema["x-service-default"].as_str(), row.default, "{what}: default");
    assert_eq!(schema.get("default"), None, "{what}: a default makes clients send it");
}

#[test]
fn document_has_every_row_of_the_vendor() {
    let document = document();
    for page in PAGES {
        for row in page.rows {
            check(&document, &operation(&document, page.operation), row);
        }
    }
}

/// What the YAML has beyond the pages' rows would be invented.
#[test]
fn document_has_only_the_rows_of_the_vendor() {
    let document = document();
    for page in PAGES {
        let operation = operation(&document, page.operation);
        let count = |is: fn(&Table) -> bool| page.rows.iter().filter(|row| is(&row.table)).count();
        assert_eq!(
            operation.value["parameters"].as_array().unwrap().len(),
            count(|table| matches!(table, Table::Path | Table::Query)),
            "{}",
            page.operation
        );
        let mut found = Vec::new();
        let content = &operation.value["requestBody"]["content"]["application/json"];
        members(&document, &content["schema"], &mut Vec::new(), &mut found);
        let of_body = page.rows.iter().filter_map(|row| match row.table {
            Table::Body(steps) => Some([steps, &[row.parameter]].concat().join(" ")),
            _ => None,
        });
        let mut expected: Vec<String> = of_body.collect();
        // A page has a table for each object, the outer ones first.
        let depth = |path: &String| path.split(' ').count();
        found.sort_by_key(depth);
        expected.sort_by_key(depth);
        assert_eq!(found, expected, "{}", page.operation);
    }
}

/// Every member below a schema, by the names that lead to it.
fn members<'a>(document: &'a Value, schema: &'a Value, steps: &mut Vec<&'a str>, found: &mut Vec<String>) {
    let schema = resolve(document, schema);
    if let Some(items) = schema.get("items") {
        members(document, items, steps, found);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        steps.push(name);
        found.push(steps.join(" "));
        members(document, property, steps, found);
        steps.pop();
    }
}

#[test]
fn document_has_the_paths_pages_and_statuses_of_the_vendor() {
    let document = document();
    let all = operations(&document);
    let ids: Vec<String> = all.iter().map(|operation| operation.id().to_lowercase()).collect();
    let named: Vec<String> = PAGES.iter().map(|page| page.operation.to_lowercase()).collect();
    assert_eq!(
        ids, named,
        "an operation has a page in PAGES, in the order of the document"
    );
    for page in PAGES {
        let found = operation(&document, page.operation);
        assert_eq!(found.path, page.path);
        assert_eq!(found.value["x-vendor-page"], page.title);
        let method = found.pointer.rsplit('/').next();
        assert_eq!(method, Some(page.method), "{}", page.path);
        let success = resolve(&document, &found.value["responses"]["200"]);
        assert_eq!(success.get("content").is_some(), page.has_content, "{}", page.operation);
    }
}

/// Conditions of the pages: "valid only if range_type is set to specific_host", and the like.
#[test]
fn document_has_the_conditions_of_the_vendor() {
    let document = document();
    let rescan = operation(&document, "RecreateVulScanTask");
    let retry = operation(&document, "RetryTask");
    let conditions = [
        (&rescan, &["host_ids"][..], json!({ "range_type": "specific_host" })),
        (&retry, INFO, json!({ "task_type": "cluster_scan" })),
        (&retry, LIST, json!({ "range_type": "specific_cluster" })),
    ];
    for (operation, steps, expected) in conditions {
        let (last, before) = steps.split_last().unwrap();
        let owner = body(&document, operation, before);
        assert_eq!(
            resolve(&document, &owner["properties"][last])["x-valid-when"],
            expected,
            "{steps:?}"
        );
    }
    let special = &document["components"]["schemas"]["EnterpriseProjectId"]["x-known-values"];
    assert_eq!(special, &json!(["all_granted_eps"]));
}

/// The page of RetryTask has one example.
#[test]
fn document_has_the_example_of_the_vendor() {
    let document = document();
    let examples = &operation(&document, "RetryTask").value["requestBody"]["content"]["application/json"]["examples"];
    assert_eq!(
        examples["all_failed_cluster"]["value"],
        json!({ "task_type": "cluster_scan", "cluster_scan_info": { "range_type": "all_failed_cluster" } })
    );
}
