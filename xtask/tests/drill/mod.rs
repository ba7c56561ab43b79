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
        for file in ["Cargo.toml", "Cargo.lock"] {
            std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
        }
        for part in ["crates", "xtask", "openapi"] {
            copy(&root.join(part), &folder.path().join(part));
        }
        edits.iter().for_each(|edit| apply(edit, folder.path()));
        run(Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["generate", "--root"])
            .arg(folder.path()));
        Self(folder)
    }

    /// What a program of the copy prints. A warning is a failure.
    pub fn cargo(&self, arguments: &str) -> String {
        self.command("run", arguments)
    }

    /// Compiles a package of the copy without linking it. A warning is a failure.
    pub fn check(&self, arguments: &str) {
        self.command("check", arguments);
    }

    /// Puts the workspace's own program back into the target folder, which the copy shares.
    pub fn put_back(&self, arguments: &str) {
        cargo_in(&xtask::root(), "build", arguments);
    }

    fn command(&self, command: &str, arguments: &str) -> String {
        cargo_in(self.0.path(), command, arguments)
    }
}

fn cargo_in(folder: &Path, command: &str, arguments: &str) -> String {
    // The workspace's own target folder has the dependencies ready.
    let target = Path::new(env!("CARGO_BIN_EXE_xtask")).ancestors().nth(2).unwrap();
    run(Command::new(env!("CARGO"))
        .args([command, "--quiet", "--locked"])
        .args(arguments.split(' '))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target))
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
