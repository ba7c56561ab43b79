//! The programs for any Linux: static, and the same bytes from whatever folder they are built in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

pub const TARGET: &str = "x86_64-unknown-linux-musl";
pub const PACKAGES: [&str; 2] = ["huaweicloud-hss-cli", "huaweicloud-hss-sim"];
/// The program of each package.
const PROGRAMS: [&str; 2] = ["hss", "hss-sim"];

/// The programs' bytes.
pub struct Programs {
    pub hss: Vec<u8>,
    pub simulator: Vec<u8>,
}

/// What the programs are built with.
#[derive(Clone, Copy)]
pub enum Settings {
    /// All that makes them small and fast.
    Upload,
    /// What takes the shortest time to build.
    Trial,
}

impl Settings {
    fn profile(self) -> &'static str {
        match self {
            Self::Upload => "dist",
            // Its build scripts and macros are there already.
            Self::Trial => "dev",
        }
    }

    /// Cargo's folder for the profile.
    fn folder(self) -> &'static str {
        match self {
            Self::Upload => "dist",
            Self::Trial => "debug",
        }
    }
}

/// Builds the programs.
pub fn build(root: &Path, settings: Settings) -> Result<Programs> {
    let root = root.canonicalize()?;
    let target = crate::commands::target(&root)
        .canonicalize()
        .unwrap_or_else(|_| crate::commands::target(&root));
    let home = cargo_home()?;
    let places = [(&*root, "."), (&*home, "cargo"), (&*target, "target")];
    let mut rust: Vec<String> = places
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()))
        .collect();
    if matches!(settings, Settings::Trial) {
        // `dist` does that itself.
        rust.push("-Cstrip=symbols".to_owned());
    }
    let c: Vec<String> = places
        .iter()
        .map(|(path, name)| format!("-ffile-prefix-map={}={name}", path.display()))
        .collect();
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&root)
        .args(["build", "--quiet", "--locked", "--target", TARGET])
        .args(["--profile", settings.profile()])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .args(PROGRAMS.iter().flat_map(|program| ["--bin", program]))
        .env_remove("RUSTFLAGS")
        // It is the archives' time. C code that is compiled has none, and would be compiled anew for each.
        .env_remove("SOURCE_DATE_EPOCH")
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"))
        .env(format!("CFLAGS_{}", TARGET.replace('-', "_")), c.join(" "))
        .env("CARGO_INCREMENTAL", "0")
        .status()?;
    ensure!(
        status.success(),
        "the programs could not be built for {TARGET}. That needs `rustup target add {TARGET}` and musl-gcc (on Debian: the \
         package musl-tools)"
    );
    let [hss, simulator] = PROGRAMS.map(|name| static_program(&built(&root, settings, name)));
    Ok(Programs {
        hss: hss?,
        simulator: simulator?,
    })
}

/// What a built program says on its standard output.
pub fn said(root: &Path, settings: Settings, program: &str, arguments: &[&str]) -> Result<Vec<u8>> {
    let program = built(root, settings, program);
    let output = Command::new(&program).args(arguments).env_clear().output();
    let output = output.with_context(|| format!("{} does not run", program.display()))?;
    ensure!(
        output.status.success(),
        "{} {} ended with {}",
        program.display(),
        arguments.join(" "),
        output.status
    );
    Ok(output.stdout)
}

fn built(root: &Path, settings: Settings, program: &str) -> PathBuf {
    let folder = crate::commands::target(root).join(TARGET).join(settings.folder());
    folder.join(program)
}

fn static_program(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        is_static(&bytes),
        "{} needs libraries of the system that it runs on",
        path.display()
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
