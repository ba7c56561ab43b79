//! Commands of a shell, as users run them, and those that stand in the README for them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// What the user's environment could bring in: credentials, and settings of the programs.
const FOREIGN: [&str; 6] = ["HUAWEICLOUD_", "HW_", "HSS_", "PYTHON", "NETRC", "RUST_LOG"];

/// A program that has to be there, asked by a command that does nothing.
pub struct Tool {
    pub probe: &'static str,
    pub needs: &'static str,
}

/// A folder in which commands run, and their variables.
pub struct Shell {
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// The lines of the README's block for a language: ```` ```sh python ````.
pub fn block(readme: &str, language: &str) -> Result<Vec<String>> {
    let opening = format!("```sh {language}");
    let mut lines = readme.lines().skip_while(|line| *line != opening);
    ensure!(lines.next().is_some(), "the README has no block {opening}");
    let block: Vec<String> = lines.take_while(|line| *line != "```").map(str::to_owned).collect();
    ensure!(!block.is_empty(), "the README's block {opening} is empty");
    Ok(block)
}

/// Names every tool that is not there.
pub fn require(tools: &[Tool]) -> Result<()> {
    let absent = |tool: &&Tool| {
        let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        !quiet(Command::new("sh").args(["-c", tool.probe])).is_ok_and(|status| status.success())
    };
    let missing: Vec<&str> = tools.iter().filter(absent).map(|tool| tool.needs).collect();
    ensure!(missing.is_empty(), "missing: {}", missing.join("; "));
    Ok(())
}

/// Takes the user's own settings out of the environment of a program, and keeps its calls to this machine from proxies.
pub fn isolate(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if FOREIGN.iter().any(|prefix| upper.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1")
}

impl Shell {
    pub fn new(folder: PathBuf) -> Self {
        let variables = Vec::new();
        Self { folder, variables }
    }

    /// Sets a variable, in place of its earlier value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a command to its end and returns its standard output.
    pub fn run(&self, line: &str) -> Result<String> {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        eprintln!("{name}: {line}");
        let mut command = Command::new("sh");
        isolate(&mut command)
            .args(["-e", "-c", line])
            .current_dir(&self.folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        let output = command.output().context("there is no sh")?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{line}\nended with {}:\n{said}{errors}", output.status);
        }
        Ok(said.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_block_and_names_what_is_missing() {
        let readme = "text\n```sh python\na\nb\n```\n```sh go\nc\n```\n";
        assert_eq!(block(readme, "python").unwrap(), ["a", "b"]);
        assert_eq!(block(readme, "go").unwrap(), ["c"]);
        assert!(block(readme, "java").is_err());

        let tool = |probe| Tool { probe, needs: "that" };
        assert!(require(&[tool("true")]).is_ok());
        let error = require(&[tool("no-such-program --version"), tool("true")]).unwrap_err();
        assert_eq!(error.to_string(), "missing: that");
    }
}
