//! The simulator as a program for any Linux: static, and the same bytes from whatever folder it is built in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Builds the program and answers with its bytes.
pub fn build(root: &Path) -> Result<Vec<u8>> {
    let root = root.canonicalize()?;
    let target = super::target(&root)
        .canonicalize()
        .unwrap_or_else(|_| super::target(&root));
    let home = cargo_home()?;
    let places = [(&*root, "."), (&*home, "cargo"), (&*target, "target")];
    let rust: Vec<String> = places
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()))
        .collect();
    let c: Vec<String> = places
        .iter()
        .map(|(path, name)| format!("-ffile-prefix-map={}={name}", path.display()))
        .collect();
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&root)
        .args(["build", "--quiet", "--locked", "--profile", "dist", "--target", TARGET])
        .args(["--package", "huaweicloud-hss-sim", "--bin", "hss-sim"])
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"))
        .env(format!("CFLAGS_{}", TARGET.replace('-', "_")), c.join(" "))
        .env("CARGO_INCREMENTAL", "0")
        .status()?;
    ensure!(
        status.success(),
        "hss-sim could not be built for {TARGET}. That needs `rustup target add {TARGET}` and musl-gcc (on Debian: the \
         package musl-tools)"
    );
    let program = target.join(TARGET).join("dist/hss-sim");
    let bytes = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    ensure!(
        is_static(&bytes),
        "{} needs libraries of the system that it runs on",
        program.display()
    );
    Ok(bytes)
}

fn cargo_home() -> Result<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    home.context("neither CARGO_HOME nor HOME is set")
}

/// Whether an ELF file for 64 bits names no interpreter, which is what loads shared libraries.
fn is_static(file: &[u8]) -> bool {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, length: usize| -> Option<u64> {
        let bytes = file.get(at..at.checked_add(length)?)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    };
    let headers = || {
        let (start, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
        (0..count)
            .map(|index| Some(number(usize::try_from(start + index * size).ok()?, 4)? as u32))
            .collect::<Option<Vec<_>>>()
    };
    file.starts_with(b"\x7fELF\x02\x01") && headers().is_some_and(|kinds| !kinds.contains(&INTERPRETER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_that_loads_libraries_is_not_static() {
        let own = fs::read(env::current_exe().unwrap()).unwrap();
        assert!(!is_static(&own));
        assert!(!is_static(b"#!/bin/sh\n"));
    }
}
