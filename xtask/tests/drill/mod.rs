//! A copy of the workspace with edits, in which a maintainer's steps are tried.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What a step adds to a file: the text goes in front of the mark, or makes up a new file.
pub struct Edit {
    pub file: &'static str,
    before: Option<&'static str>,
    text: &'static str,
}

pub const fn insert(file: &'static str, before: &'static str, text: &'static str) -> Edit {
    Edit {
        file,
        before: Some(before),
        text,
    }
}

pub const fn create(file: &'static str, text: &'static str) -> Edit {
    Edit {
        file,
        before: None,
        text,
    }
}

/// The copy, with everything generated.
pub struct Copy(TempDir);

impl Copy {
    pub fn new(edits: &[Edit]) -> Self {
        let (root, folder) = (xtask::root(), tempfile::tempdir().unwrap());
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
        // Cargo names what it builds by a package's place in its workspace: at another place the copy overwrites nothing.
        let manifest = manifest
            .replace("\"crates/", "\"copy/crates/")
            .replace("\"xtask\"", "\"copy/xtask\"");
        std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        std::fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        let inner = folder.path().join("copy");
        for part in ["crates", "xtask", "openapi"] {
            copy(&root.join(part), &inner.join(part));
        }
        edits.iter().for_each(|edit| apply(edit, &inner));
        run(Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["generate", "--root"])
            .arg(&inner));
        Self(folder)
    }

    /// Builds programs of the copy; an example among them, so that the dependencies have the features that `cargo test` built
    /// them with. No package is named for the same reason. A warning is a failure.
    pub fn build(&self, arguments: &str) {
        cargo_in(self.0.path(), "build", arguments);
    }

    /// Compiles parts of the copy without linking them. A warning is a failure.
    pub fn check(&self, arguments: &str) {
        cargo_in(self.0.path(), "check", arguments);
    }

    /// What a program that was built prints.
    pub fn said(&self, program: &str, arguments: &str) -> String {
        let program = target().join("debug").join(program);
        run(Command::new(program).args(arguments.split_terminator(' ')))
    }

    /// Puts the workspace's own programs back into the target folder, which the copy shares.
    pub fn put_back(&self, arguments: &str) {
        cargo_in(&xtask::root(), "build", arguments);
    }
}

/// The workspace's own target folder, which has the dependencies ready.
fn target() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).unwrap()
}

fn cargo_in(folder: &Path, command: &str, arguments: &str) {
    run(Command::new(env!("CARGO"))
        .args([command, "--quiet", "--locked"])
        .args(arguments.split(' '))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target()));
}

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
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("warning: "), "{said}");
    String::from_utf8(output.stdout).unwrap()
}
