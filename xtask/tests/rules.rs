//! Documents with one fault each, and the message that names file, line and column.
#![cfg(test)]

use std::fmt::Write;

use xtask::check;
use xtask::source::Source;

const YAML: &str = "openapi/hss-v5.yaml";

/// Changes what stands in the YAML.
fn faulty(old: &str, new: &str) -> String {
    let text = std::fs::read_to_string(xtask::root().join(YAML)).unwrap();
    assert!(text.contains(old), "{old}");
    text.replace(old, new)
}

fn messages(text: &str) -> String {
    match Source::parse(text, YAML) {
        Err(message) => message,
        Ok(source) => {
            let problems = check::run(&source.value);
            problems
                .iter()
                .map(|problem| source.show(problem))
                .collect::<Vec<_>>()
                .join("\n")
        }
    }
}

/// What is wrong, the text that stands in the YAML, and what is put in its place.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        "an enum's value renamed alone",
        "enum: [all_failed_host, specific_host]",
        "enum: [all_failed_host, named_host]",
    ),
    (
        "a key twice",
        "      minItems: 1\n      maxItems: 1000\n",
        "      minItems: 1\n      minItems: 1\n      maxItems: 1000\n",
    ),
    (
        "a reference to nothing",
        "schema:\n        $ref: '#/components/schemas/CommonTaskId'",
        "schema:\n        $ref: '#/components/schemas/TaskIdentity'",
    ),
    (
        "a reference to another kind",
        "      items:\n        $ref: '#/components/schemas/HostId'",
        "      items:\n        $ref: '#/components/headers/Allow'",
    ),
    (
        "a bound that is a text",
        "      maxItems: 1000",
        "      maxItems: '1000'",
    ),
    ("a bound below the other", "      maxItems: 1000", "      maxItems: 0"),
    ("a keyword misspelt", "      maxItems: 1000", "      maximumItems: 1000"),
    (
        "an unquoted colon",
        "      description: Servers to rescan.\n    HostIdList",
        "      description: Servers: to: rescan.\n    HostIdList",
    ),
    (
        "a bracket left open",
        "required: [range_type]\n      properties:\n        range_type:\n          $ref: '#/components/schemas/HostRangeType'",
        "required: [range_type\n      properties:\n        range_type:\n          $ref: '#/components/schemas/HostRangeType'",
    ),
    (
        "an enum inline",
        "        range_type:\n          $ref: '#/components/schemas/HostRangeType'",
        "        range_type:\n          type: string\n          enum: [all_failed_host, specific_host]\n          description: Inline.",
    ),
    (
        "a list inline",
        "        host_ids:\n          $ref: '#/components/schemas/HostIdList'",
        "        host_ids:\n          type: array\n          description: Inline.",
    ),
    (
        "a default that clients would send",
        "      x-service-default: '0'",
        "      default: '0'",
    ),
    (
        "no description",
        "      description: Ids of the servers to rescan.\n",
        "",
    ),
    (
        "a second error schema",
        "            $ref: '#/components/schemas/ErrorResponse'\n          examples:\n            internal:",
        "            $ref: '#/components/schemas/ClusterInfo'\n          examples:\n            internal:",
    ),
    (
        "a status range",
        "        '400':\n          $ref: '#/components/responses/BadRequest'\n        '401':\n          $ref: '#/components/responses/Unauthorized'\n        '403':\n          $ref: '#/components/responses/Forbidden'\n        '404':\n          $ref: '#/components/responses/NotFound'\n        '405':\n          $ref: '#/components/responses/MethodNotAllowed'\n        '413':\n          $ref: '#/components/responses/BodyTooLarge'\n        '429':\n          $ref: '#/components/responses/Throttled'\n        '500':\n          $ref: '#/components/responses/ServerError'\ncomponents:",
        "        4XX:\n          $ref: '#/components/responses/BadRequest'\ncomponents:",
    ),
    (
        "an example out of its limits",
        "                        scan_type_list: [cluster_vul, risk_assessment]",
        "                        scan_type_list: [a, b, c, d]",
    ),
    (
        "an example that breaks a condition",
        "                value:\n                  range_type: all_failed_host\n",
        "                value:\n                  range_type: all_failed_host\n                  host_ids: [host-a]\n",
    ),
    (
        "values of two enums alike",
        "enum: [cluster_scan]\n      x-enumDescriptions:\n        cluster_scan:",
        "enum: [specific_host]\n      x-enumDescriptions:\n        specific_host:",
    ),
    (
        "a parameter named as a schema",
        "EnterpriseProjectIdInQuery",
        "EnterpriseProjectId",
    ),
    (
        "a condition on no sibling",
        "      x-valid-when:\n        range_type: specific_host",
        "      x-valid-when:\n        range: specific_host",
    ),
    (
        "a placeholder that is not declared",
        "/common/tasks/{task_id}/retry:",
        "/common/tasks/{tasks_id}/retry:",
    ),
    (
        "a component that no one uses",
        "    TaskType:\n",
        "    Unused: {type: string, description: Unused.}\n    TaskType:\n",
    ),
    (
        "a tag that is not declared",
        "      tags: [Scan tasks]\n      summary: Retry",
        "      tags: [Tasks]\n      summary: Retry",
    ),
    (
        "a variable that no URL has",
        "      region:\n        default",
        "      zone:\n        default",
    ),
];

#[test]
fn checks_name_each_fault_with_its_place() {
    let mut transcript = String::new();
    for (what, old, new) in FAULTS {
        let found = messages(&faulty(old, new));
        assert!(found.starts_with("openapi/hss-v5.yaml:"), "{what}: {found:?}");
        writeln!(transcript, "## {what}\n{found}\n").unwrap();
    }
    insta::assert_snapshot!(transcript);
}

#[test]
fn checks_accept_the_document() {
    let text = std::fs::read_to_string(xtask::root().join(YAML)).unwrap();
    assert_eq!(messages(&text), "");
}

#[test]
fn parser_names_the_place_of_invalid_utf8() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"openapi: 3.0.3\ninfo: \xff\n").unwrap();
    let error = Source::read(file.path(), YAML).err().unwrap();
    assert_eq!(error, "openapi/hss-v5.yaml:2:7: not UTF-8");
}
