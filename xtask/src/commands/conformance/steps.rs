//! Commands of a shell, as users run them, and those that stand in the README for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A program that has to be there, asked by a command that does nothing.
pub struct Tool {
    pub probe: &'static str,
    pub needs: &'static str,
}

/// An empty folder in which commands run, and what the README presumes.
pub struct Steps {
    pub folder: PathBuf,
    pub openapi: PathBuf,
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

impl Steps {
    pub fn in_empty(folder: PathBuf, openapi: PathBuf) -> Result<Self> {
        fs::remove_dir_all(&folder)
            .and_then(|()| fs::create_dir(&folder))
            .with_context(|| format!("cannot empty {}", folder.display()))?;
        Ok(Self { folder, openapi })
    }

    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-e", "-c", line]).current_dir(&self.folder);
        command.env("OPENAPI", &self.openapi);
        command
    }

    /// Runs a command to its end and returns what it said on its standard output.
    pub fn run(&self, line: &str, endpoint: &str) -> Result<String> {
        let mut command = self.command(line);
        command.stdin(Stdio::null()).env("HSS_ENDPOINT", endpoint);
        let output = command.output().context("there is no sh")?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{line}\nended with {}:\n{said}{errors}", output.status);
        }
        Ok(said.into_owned())
    }
}

/// The README beside the document.
pub fn readme(openapi: &Path) -> Result<String> {
    let path = openapi.join("README.md");
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_and_what_is_missing_is_named() {
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
