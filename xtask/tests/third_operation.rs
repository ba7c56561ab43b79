//! A third operation: the list in `CONTRIBUTING.md` under “Add an operation” is followed in a copy of the workspace, and the
//! operation is called through the generated code, the SDK's request, the command line and the simulator.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What a step adds to a file: the text goes in front of the mark, or makes up a new file.
struct Edit {
    file: &'static str,
    before: Option<&'static str>,
    text: &'static str,
}

const fn insert(file: &'static str, before: &'static str, text: &'static str) -> Edit {
    Edit {
        file,
        before: Some(before),
        text,
    }
}

const fn create(file: &'static str, text: &'static str) -> Edit {
    Edit {
        file,
        before: None,
        text,
    }
}

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

/// The steps that are not made here: facts of the vendor's page, wire cases, and the state that the simulator keeps.
const NOT_DRILLED: &[&str] = &[
    "xtask/tests/vendor.rs",
    "openapi/wire/",
    "crates/huaweicloud-hss-sim/src/service/state.rs",
    "crates/huaweicloud-hss/src/bulk/plan.rs",
];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn apply(edit: &Edit, folder: &Path) {
    let path = folder.join(edit.file);
    let text = match edit.before {
        None => edit.text.to_owned(),
        Some(mark) => {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(mark), "{}: no {mark:?}", edit.file);
            text.replacen(mark, &format!("{}{mark}", edit.text), 1)
        }
    };
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn third_operation_needs_only_the_steps_of_the_list() {
    let (root, folder) = (xtask::root(), tempfile::tempdir().unwrap());
    for file in ["Cargo.toml", "Cargo.lock"] {
        std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
    }
    for part in ["crates", "xtask", "openapi"] {
        copy(&root.join(part), &folder.path().join(part));
    }
    EDITS.iter().for_each(|edit| apply(edit, folder.path()));
    run(Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["generate", "--root"])
        .arg(folder.path()));

    // The workspace's own target folder has the dependencies ready.
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).unwrap();
    let cargo = |arguments: &str| {
        run(Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--locked"])
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .env("CARGO_TARGET_DIR", target))
    };
    let project = "0123456789abcdef0123456789abcdef";
    let line = format!("POST /v5/{project}/quarantine/a%2Fb/release 200 Some(\"releaseQuarantine\")\n");
    let refused = "reasons: 3 items found, 1 to 2 allowed\n9 characters found, 1 to 8 allowed\n";
    assert_eq!(
        cargo("--package huaweicloud-hss --example drill"),
        format!("{refused}{line}{line}{line}")
    );

    let dry_run = cargo(
        "--package huaweicloud-hss-cli --no-default-features -- release a/b --reason false_alarm --dry-run \
         --region cn-north-4 --project-id p",
    );
    assert!(
        dry_run.starts_with("POST /v5/p/quarantine/a%2Fb/release HTTP/1.1\n"),
        "{dry_run}"
    );
    assert!(
        dry_run.contains(r#"{"scope":"some_reasons","reasons":["false_alarm"]}"#),
        "{dry_run}"
    );
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
