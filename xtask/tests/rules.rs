//! Documents with one fault each, and the message that names file, line and column.
#![cfg(test)]

use std::fmt::Write;

use similar::ChangeTag;
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
        "an example with a member that is not declared",
        "                        scan_type_list: [cluster_vul, risk_assessment]",
        "                        scan_type: cluster_vul",
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
        "an operation without a source",
        "      x-vendor-page: Restarting Tasks\n",
        "",
    ),
    (
        "a source that is not listed",
        "      x-vendor-page: Restarting Tasks\n",
        "      x-vendor-page: Restarting Tasks\n      x-source: [page]\n",
    ),
    (
        "a format on a text",
        "        error_code:\n          type: string\n",
        "        error_code:\n          type: string\n          format: int64\n",
    ),
    (
        "a number of characters on a number",
        "        error_code:\n          type: string\n",
        "        error_code:\n          type: integer\n          x-max-length: 9\n",
    ),
    (
        "a known value without a meaning",
        "      x-known-values: [cluster_vul, risk_assessment, benchmark]",
        "      x-known-values: [cluster_vul, benchmark]\n      x-enumDescriptions: {cluster_vul: One.}",
    ),
    (
        "a variable that no URL has",
        "      region:\n        default",
        "      zone:\n        default",
    ),
    (
        "a keyword of another version",
        "    HostId:\n      type: string\n",
        "    HostId:\n      type: string\n      nullable: true\n",
    ),
    (
        "a keyword misspelt by one character",
        "      maxItems: 1000",
        "      maxItem: 1000",
    ),
    (
        "a keyword of a property misspelt",
        "          description: Error message.\n",
        "          description: Error message.\n          exampl: x\n",
    ),
    (
        "a required property that does not exist",
        "      required: [error_code, error_msg]",
        "      required: [error_code, error_message]",
    ),
    (
        "a path with a line feed",
        "  /v5/{project_id}/common/tasks/{task_id}/retry:",
        "  \"/v5/{project_id}/common/tasks/{task_id}/retry\\n\":",
    ),
    (
        "a path with a quote",
        "  /v5/{project_id}/common/tasks/{task_id}/retry:",
        "  /v5/{project_id}/common/tasks/{task_id}/re\"try:",
    ),
    (
        "an operationId that is a keyword",
        "operationId: retryTask",
        "operationId: import",
    ),
    (
        "an operationId of the client's own",
        "operationId: retryTask",
        "operationId: newWithClient",
    ),
    (
        "an operationId that meets another",
        "operationId: retryTask",
        "operationId: recreateVULScanTask",
    ),
    (
        "a limit in words",
        "      description: Id of a project.",
        "      description: Id of a project, 1 to 256 characters.",
    ),
    (
        "a tab",
        "      description: Id of a project.",
        "      description: Id of\ta project.",
    ),
    (
        "spaces at the end",
        "      description: Id of a project.",
        "      description: Id of a project.  ",
    ),
    (
        "an octal number",
        "      maxLength: 64\n      description: Id of a common",
        "      maxLength: 0100\n      description: Id of a common",
    ),
    ("a boolean of YAML 1.1", "      required: false", "      required: no"),
    (
        "a text that is a boolean elsewhere",
        "enum: [cluster_scan]",
        "enum: [on]",
    ),
    (
        "a text that is a date elsewhere",
        "example: HSS.0001",
        "example: 2026-04-03",
    ),
    (
        "a merge key",
        "    TaskType:\n",
        "    TaskType:\n      <<: {type: string}\n",
    ),
    (
        "properties that differ in underscores",
        "        error_msg:\n",
        "        error__code: {type: string, description: Twice.}\n        error_msg:\n",
    ),
    (
        "values that differ in underscores",
        "enum: [all_failed_host, specific_host]\n      x-enumDescriptions:\n",
        "enum: [all_failed_host, specific_host, specific__host]\n      x-enumDescriptions:\n        specific__host: Twice.\n",
    ),
    (
        "a schema that Rust would rename",
        "    VulScanTaskId:\n",
        "    VULScanTaskId:\n",
    ),
    (
        "a schema with a name of Rust",
        "    HostIdList:\n",
        "    Some: {type: string, description: A word.}\n    HostIdList:\n",
    ),
    (
        "a second success",
        "        '200':\n          $ref: '#/components/responses/Accepted'\n        '400':\n          $ref: '#/components/responses/BadRequest'\n        '401':\n          $ref: '#/components/responses/Unauthorized'\n        '403':\n          $ref: '#/components/responses/Forbidden'\n        '404':\n          $ref: '#/components/responses/NotFound'\n        '405':\n          $ref: '#/components/responses/MethodNotAllowed'\n        '413':\n          $ref: '#/components/responses/BodyTooLarge'\n        '429':\n          $ref: '#/components/responses/Throttled'\n        '500':\n          $ref: '#/components/responses/ServerError'\ncomponents:",
        "        '200':\n          $ref: '#/components/responses/Accepted'\n        '201':\n          $ref: '#/components/responses/Accepted'\ncomponents:",
    ),
    (
        "an object as a query parameter",
        "      schema:\n        $ref: '#/components/schemas/EnterpriseProjectId'",
        "      schema:\n        $ref: '#/components/schemas/ErrorResponse'",
    ),
    (
        "a parameter that meets the body",
        "      name: enterprise_project_id",
        "      name: body",
    ),
    (
        "a body of a get",
        "  /v5/{project_id}/common/tasks/{task_id}/retry:\n    put:",
        "  /v5/{project_id}/common/tasks/{task_id}/retry:\n    get:",
    ),
    (
        "a put that only reads",
        "      x-vendor-page: Restarting Tasks\n",
        "      x-vendor-page: Restarting Tasks\n      x-read-only: true\n",
    ),
    (
        "two paths of one form",
        "  /v5/{project_id}/common/tasks/{task_id}/retry:",
        "  /v5/{task_id}/vulnerability/scan/task/{project_id}/rescan:",
    ),
    (
        "a list of itself",
        "      items:\n        $ref: '#/components/schemas/HostId'",
        "      items:\n        $ref: '#/components/schemas/HostIdList'",
    ),
    (
        "a schema with a limit in a request and an answer",
        "        error_msg:\n          type: string\n          description: Error message.\n          example: Invalid parameter.\n",
        "        error_msg:\n          $ref: '#/components/schemas/EnterpriseProjectId'\n",
    ),
    (
        "an undeclared security scheme",
        "  - AccessKeySignature: []",
        "  - AccessKey: []",
    ),
    (
        "an integer's bound without the other",
        "      type: string\n      description: Id of a server.",
        "      type: integer\n      minimum: 1\n      description: Id of a server.",
    ),
];

/// A fault that the YAML reader notices only in the next line.
const NOTICED_LATER: &str = "a bracket left open";

/// The lines that a change wrote, or for a removal the line of the key above with less indentation.
fn changed_lines(old: &str, new: &str) -> Vec<usize> {
    let diff = similar::TextDiff::from_lines(old, new);
    let inserted = diff
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Insert);
    let lines: Vec<usize> = inserted.filter_map(|change| Some(change.new_index()? + 1)).collect();
    if !lines.is_empty() {
        return lines;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut deleted = diff
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Delete);
    let gone = deleted.next().unwrap();
    let above: Vec<&str> = old.lines().take(gone.old_index().unwrap()).collect();
    vec![
        above
            .iter()
            .rposition(|line| !line.is_empty() && indent(line) < indent(gone.value()))
            .unwrap()
            + 1,
    ]
}

#[test]
fn checks_report_each_fault_at_its_line() {
    let mut transcript = String::new();
    for (what, old, new) in FAULTS {
        let text = faulty(old, new);
        let found = messages(&text);
        let lines = changed_lines(&faulty(old, old), &text);
        let is_at_fault = |message: &str| {
            let line = message.split(':').nth(1).and_then(|line| line.parse().ok());
            line.is_some_and(|line| lines.contains(&line))
        };
        let is_right = !found.is_empty() && found.lines().all(is_at_fault);
        assert!(is_right || *what == NOTICED_LATER, "{what}, at {lines:?}: {found}");
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
