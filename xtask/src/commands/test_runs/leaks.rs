//! `cargo xtask leaks`: runs the tests with full logging and searches the output for their secrets.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;

use anyhow::{Result, ensure};
use cargo_metadata::{Artifact, Message};

use crate::commands::in_parallel;

/// Makes the tests' support code log everything and print what `hss` prints.
const VERBOSE: &str = "HSS_TESTS_VERBOSE";

/// What shows that they did.
const VERBOSE_SIGNS: [&str; 2] = [" TRACE ", "hss said: "];

/// The crates whose tests hand secrets around.
const CRATES: [&str; 4] = [
    "huaweicloud-auth",
    "huaweicloud-hss",
    "huaweicloud-hss-sim",
    "huaweicloud-hss-cli",
];

/// The secret keys, security tokens, tokens and passwords that the tests hand around: no part of any other text, so that one
/// that is found has leaked.
const SECRETS: &[&str] = &[
    "hss-sim-token-5f0c2d7e",
    "hss-sim-dummy-secret-key-0000000000-0001",
    "hss-sim-password-91b3",
    "tok-3fA9%2F+secret/7c\"\\x",
    "sk-found-where-it-leaks",
    "pw-found-where-it-leaks",
    "MIIVerySecretToken",
    "the/secret+of=22/letters",
    "the/security+token=of/30+letters",
    "the/token+of=many/letters",
    "the/password+of=letters",
    "the-password-of-the-proxy",
    "from-the-netrc",
];

/// Runs the tests and fails where one does, where a secret is found, and where there was nothing to be found.
pub fn run(root: &Path) -> ExitCode {
    match look(root) {
        Ok(said) => {
            crate::println_lossy!(
                "{} secrets in five spellings: none in {} lines of the tests",
                SECRETS.len(),
                said.lines().count()
            );
            ExitCode::SUCCESS
        }
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
    }
}

fn look(root: &Path) -> std::result::Result<String, Vec<String>> {
    let unused: Vec<String> = unused(root)
        .map_err(|error| vec![format!("the sources cannot be read: {error}")])?
        .into_iter()
        .map(|secret| format!("no test has the secret {secret:?} any more: take it off the list"))
        .collect();
    if !unused.is_empty() {
        return Err(unused);
    }
    let path = crate::commands::target(root).join("leaks.txt");
    let (passed, said) = talk(root, &path).map_err(|error| vec![format!("the tests do not run: {error:#}")])?;
    let mut problems = found(&said);
    let silent = VERBOSE_SIGNS.iter().filter(|sign| !said.contains(**sign));
    problems.extend(silent.map(|sign| format!("the tests did not talk: no {sign:?} in what they said")));
    if !passed {
        let lines: Vec<&str> = said.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(40)..).unwrap_or_default();
        problems.push(format!("{}\nthe tests failed", tail.join("\n")));
    }
    if problems.is_empty() {
        return Ok(said);
    }
    problems.push(format!("all that was said: {}", path.display()));
    Err(problems)
}

/// A test program, and the folder of its package, in which cargo runs it too.
type Program = (PathBuf, PathBuf);

/// Runs the tests; gives whether they passed, and what they said.
fn talk(root: &Path, path: &Path) -> Result<(bool, String)> {
    let next = Mutex::new(programs(root)?.into_iter());
    let work = || {
        let take = || next.lock().ok()?.next();
        let run = |(program, folder): Program| -> Result<(bool, Vec<u8>)> {
            let mut said = tempfile::tempfile()?;
            let status = Command::new(program)
                .current_dir(folder)
                .env(VERBOSE, "1")
                .arg("--nocapture")
                .stdout(said.try_clone()?)
                .stderr(said.try_clone()?)
                .status()?;
            let mut bytes = Vec::new();
            said.rewind()?;
            said.read_to_end(&mut bytes)?;
            Ok((status.success(), bytes))
        };
        std::iter::from_fn(take).map(run).collect::<Vec<_>>()
    };
    let mut file = File::create(path)?;
    let mut passed = true;
    for result in in_parallel(work) {
        let (success, said) = result?;
        passed &= success;
        file.write_all(&said)?;
    }
    Ok((passed, String::from_utf8_lossy(&fs::read(path)?).into_owned()))
}

/// The test programs of the crates; `cargo test --workspace` has built them.
fn programs(root: &Path) -> Result<Vec<Program>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        // The whole workspace: fewer packages would have other features and be built once more.
        .args(["test", "--workspace", "--tests", "--no-run", "--message-format", "json"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "cargo ended with {}", output.status);
    let mut programs = Vec::new();
    for message in Message::parse_stream(&*output.stdout) {
        if let Message::CompilerArtifact(Artifact {
            executable: Some(program),
            manifest_path,
            profile,
            ..
        }) = message?
            && profile.test
            && let Some(folder) = manifest_path.parent()
            && folder.file_name().is_some_and(|name| CRATES.contains(&name))
        {
            programs.push((program.into(), folder.into()));
        }
    }
    Ok(programs)
}

/// The lines that hold a secret, with their numbers.
fn found(said: &str) -> Vec<String> {
    let spelt: Vec<(&str, Vec<String>)> = SECRETS.iter().map(|secret| (*secret, spellings(secret))).collect();
    let mut found = Vec::new();
    for (index, line) in said.lines().enumerate() {
        for (secret, spellings) in &spelt {
            if spellings.iter().any(|spelling| line.contains(spelling.as_str())) {
                found.push(format!("line {}: {secret:?} leaks: {line}", index + 1));
            }
        }
    }
    found
}

/// As it is, in JSON or Rust's Debug, with percent escapes, its plain beginning, and in base64, which has three by where the
/// secret begins.
fn spellings(secret: &str) -> Vec<String> {
    let percent = |kept: fn(u8) -> bool| {
        let piece = |byte: u8| {
            if kept(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        };
        secret.bytes().map(piece).collect::<String>()
    };
    let mut all = vec![
        secret.to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
        percent(|byte| byte.is_ascii_alphanumeric()),
        percent(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
    ];
    // However what follows is escaped.
    let head = secret
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '-'))
        .next();
    all.extend(head.filter(|head| head.len() >= 8).map(str::to_owned));
    all.extend((0..3).map(|skip| base64(secret.as_bytes().get(skip..).unwrap_or_default())));
    all
}

/// Base64 of the whole groups of three: what follows the secret decides the rest.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |group: &[u8]| {
        let number = group
            .iter()
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[number >> shift & 63]))
    };
    bytes.chunks_exact(3).flat_map(digits).collect()
}

/// The secrets that no source file has.
fn unused(root: &Path) -> std::io::Result<Vec<&'static str>> {
    let mut sources = String::new();
    for name in CRATES {
        read(&root.join("crates").join(name), &mut sources)?;
    }
    let is_there = |secret: &str| sources.contains(secret) || sources.contains(format!("{secret:?}").trim_matches('"'));
    Ok(SECRETS.iter().copied().filter(|secret| !is_there(secret)).collect())
}

fn read(folder: &Path, sources: &mut String) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_found_however_it_is_spelt() {
        for secret in SECRETS {
            for spelling in spellings(secret) {
                let leaks = found(&format!("all is well\nauthorization: xx{spelling}yy\n"));
                assert!(leaks.iter().any(|leak| leak.starts_with("line 2: ")), "{spelling}");
            }
        }
        assert_eq!(found("nothing to be seen"), [] as [String; 0]);
    }

    #[test]
    fn base64_is_the_usual_one() {
        assert_eq!(base64(b"Man is distin"), "TWFuIGlzIGRpc3Rp");
    }

    #[test]
    fn each_secret_is_in_use() {
        assert_eq!(unused(&crate::root()).unwrap(), [] as [&str; 0]);
    }
}
