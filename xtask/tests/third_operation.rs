//! A third operation: the list in `CONTRIBUTING.md` under “Add an operation” is followed in a copy of the workspace, and the
//! operation is called through the generated code, the SDK's request, the command line and the simulator.
#![cfg(test)]

mod drill;

use std::collections::BTreeSet;

use drill::{Copy, Edit, create, insert};

const YAML: &str = "openapi/hss-v5.yaml";
const REQUEST: &str = "crates/huaweicloud-hss/src/operations/request.rs";
const OPERATIONS: &str = "crates/huaweicloud-hss/src/operations/mod.rs";
const ARGS: &str = "crates/huaweicloud-hss-cli/src/args/mod.rs";

/// Every edit that the operation needs.
const EDITS: &[Edit] = &[
    insert(YAML, "components:\n", include_str!("drill/path.yaml")),
    insert(YAML, "    ProjectIdInPath:\n", include_str!("drill/parameter.yaml")),
    insert(YAML, "    ProjectId:\n", include_str!("drill/schemas.yaml")),
    create(
        "crates/huaweicloud-hss/src/operations/release_quarantine.rs",
        include_str!("drill/operation.rs"),
    ),
    insert(OPERATIONS, "mod request;\n", "mod release_quarantine;\n"),
    insert(
        OPERATIONS,
        "pub use request::",
        "pub use release_quarantine::{ReleaseQuarantine, ReleaseQuarantineBuilder};\n",
    ),
    insert(
        REQUEST,
        "    /// [`Client::recreate_vul_scan_task`].\n",
        "    /// Made up.\n    ReleaseQuarantine,\n",
    ),
    insert(
        REQUEST,
        "    RecreateVulScanTask => \"",
        "    ReleaseQuarantine => \"release_quarantine\",\n",
    ),
    insert(
        REQUEST,
        "            Self::RecreateVulScanTask => Some",
        "            Self::ReleaseQuarantine => None,\n",
    ),
    insert(
        REQUEST,
        "            Self::RecreateVulScanTask => constants",
        "            Self::ReleaseQuarantine => 5,\n",
    ),
    insert(
        ARGS,
        "    /// Show the credentials and endpoint in use\n",
        "    /// Release servers from quarantine\n    Release(ReleaseArguments),\n\n",
    ),
    insert(
        ARGS,
        "#[derive(Debug, Subcommand)]\npub(crate) enum AuthCommand",
        "#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    pub(crate) quarantine_id: String,
    #[arg(long)]
    pub(crate) reason: Vec<String>,
    #[command(flatten)]
    pub(crate) options: RequestOptions,
}

",
    ),
    create(
        "crates/huaweicloud-hss-cli/src/commands/release.rs",
        include_str!("drill/command.rs"),
    ),
    insert(
        "crates/huaweicloud-hss-cli/src/commands/mod.rs",
        "pub(crate) mod rescan;\n",
        "pub(crate) mod release;\n",
    ),
    insert(
        "crates/huaweicloud-hss-cli/src/main.rs",
        "        Command::Rescan(",
        "        Command::Release(arguments) => runtime.block_on(commands::release::run(arguments, messages))?,\n",
    ),
    insert(
        "crates/huaweicloud-hss-cli/src/output/words.rs",
        "        OperationId::RecreateVulScanTask =>",
        "        OperationId::ReleaseQuarantine => \"release\",\n",
    ),
    // A program that calls the operation; no step of the list.
    create(
        "crates/huaweicloud-hss/examples/drill.rs",
        include_str!("drill/program.rs"),
    ),
];

/// What the steps name and is not made here: the template, facts of the vendor's page, wire cases and what runs them, and the
/// state that the simulator keeps.
const NOT_DRILLED: &[&str] = &[
    "xtask/tests/drill/",
    "xtask/tests/vendor.rs",
    "openapi/wire/",
    "openapi/conformance/",
    "crates/huaweicloud-hss/tests/sdk/wire.rs",
    "crates/huaweicloud-hss-cli/tests/it/wire.rs",
    "crates/huaweicloud-hss-sim/src/service/state.rs",
    "crates/huaweicloud-hss/src/bulk/plan.rs",
];

#[test]
fn third_operation_needs_only_the_steps_of_the_list() {
    let copy = Copy::new(EDITS);
    copy.build("--example drill --bin hss");
    let project = "0123456789abcdef0123456789abcdef";
    let line = format!("POST /v5/{project}/quarantine/a%2Fb/release 200 Some(\"releaseQuarantine\")\n");
    let refused = "reasons: 3 items found, 1 to 2 allowed\n9 characters found, 1 to 8 allowed\n";
    assert_eq!(copy.said("examples/drill", ""), format!("{refused}{line}{line}{line}"));

    let dry_run = copy.said(
        "hss",
        "release a/b --reason false_alarm --dry-run --region cn-north-4 --project-id p",
    );
    assert!(
        dry_run.starts_with("POST /v5/p/quarantine/a%2Fb/release HTTP/1.1\n"),
        "{dry_run}"
    );
    assert!(
        dry_run.contains(r#"{"scope":"some_reasons","reasons":["false_alarm"]}"#),
        "{dry_run}"
    );
    copy.put_back("--example simulator_test --bin hss");
}

/// The paths in backticks in the section “Add an operation”. A name in capitals stands for the operation's own.
fn listed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(xtask::root().join("CONTRIBUTING.md")).unwrap();
    let (_, section) = text.split_once("## Add an operation\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let quoted = section.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| text.contains('/') && !text.contains(' '));
    paths
        .map(|path| {
            path.replace("operations/OPERATION.rs", "operations/release_quarantine.rs")
                .replace("commands/COMMAND.rs", "commands/release.rs")
        })
        .collect()
}

#[test]
fn list_names_every_place_and_no_other() {
    let edited = EDITS
        .iter()
        .map(|edit| edit.file)
        .filter(|file| !file.contains("/examples/"));
    let expected: BTreeSet<String> = edited.chain(NOT_DRILLED.iter().copied()).map(str::to_owned).collect();
    assert_eq!(listed(), expected);
    for path in NOT_DRILLED {
        assert!(xtask::root().join(path).exists(), "{path}");
    }
}
