//! A third operation in the YAML is callable, checked and simulated without a line written by hand.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use xtask::pipeline::YAML;

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

#[test]
fn a_third_operation_needs_no_line_by_hand() {
    let (root, folder) = (xtask::root(), tempfile::tempdir().unwrap());
    for file in ["Cargo.toml", "Cargo.lock"] {
        std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
    }
    for part in ["crates", "xtask", "openapi"] {
        copy(&root.join(part), &folder.path().join(part));
    }
    let drill = |name: &str| std::fs::read_to_string(root.join("xtask/tests/drill").join(name)).unwrap();
    let yaml = std::fs::read_to_string(root.join(YAML)).unwrap();
    let yaml = yaml
        .replacen("\ncomponents:\n", &format!("\n{}components:\n", drill("path.yaml")), 1)
        .replacen(
            "\n  parameters:\n",
            &format!("\n  parameters:\n{}", drill("parameter.yaml")),
            1,
        );
    std::fs::write(folder.path().join(YAML), yaml + &drill("schemas.yaml")).unwrap();

    let xtask = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["generate", "--root"])
        .arg(folder.path())
        .output();
    let xtask = xtask.unwrap();
    assert!(xtask.status.success(), "{}", String::from_utf8_lossy(&xtask.stderr));

    let examples = folder.path().join("crates/huaweicloud-hss/examples");
    std::fs::create_dir_all(&examples).unwrap();
    std::fs::copy(root.join("xtask/tests/drill/program.rs"), examples.join("drill.rs")).unwrap();
    // The workspace's own target folder has the dependencies ready.
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--locked",
            "--package",
            "huaweicloud-hss",
            "--example",
            "drill",
        ])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{err}");
    let project = "0123456789abcdef0123456789abcdef";
    let line = format!("POST /v5/{project}/quarantine/a%2Fb/release 200 Some(\"releaseQuarantine\")\n");
    assert_eq!(out, format!("9 characters found, 1 to 8 allowed\n{line}{line}"));
}
