//! The tools that compare two documents: oasdiff, a Go program, and Redocly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::commands::tools::{Tools, go_program};
use crate::document::text;
use crate::pipeline::json;

const OASDIFF: &str = "github.com/oasdiff/oasdiff@v1.37.0";

/// What a change means to a client made from the earlier document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// No tool reports it: texts and examples.
    Wording,
    Additive,
    Breaking,
}

impl Class {
    pub fn name(self) -> &'static str {
        ["wording", "additive", "breaking"][self as usize]
    }
}

/// A finding of a tool: its class, and its words.
pub type Finding = (Class, String);

/// Both tools, installed.
pub struct Differs {
    oasdiff: PathBuf,
    redocly: Tools,
}

impl Differs {
    pub fn installed(root: &Path) -> Result<Self> {
        let oasdiff = go_program(root, OASDIFF)?;
        let redocly = Tools::installed(root)?;
        Ok(Self { oasdiff, redocly })
    }

    /// What oasdiff and what Redocly find.
    pub fn compare(&self, old: &Value, new: &Value) -> Result<[Vec<Finding>; 2]> {
        let folder = tempfile::tempdir()?;
        let files = ["old.json", "new.json"].map(|name| folder.path().join(name));
        for (file, document) in files.iter().zip([old, new]) {
            fs::write(file, json(document))?;
        }
        let report = report(
            Command::new(&self.oasdiff)
                .args(["changelog", "--format", "json"])
                .args(&files),
        )?;
        let oasdiff = report.as_array().into_iter().flatten();
        // That a breaking change needs another version is checked against the last release.
        let oasdiff = oasdiff
            .filter(|found| found["id"] != "api-version-not-bumped")
            .map(|found| {
                let class = if found["level"] == 1 {
                    Class::Additive
                } else {
                    Class::Breaking
                };
                (
                    class,
                    format!("oasdiff: {} {}", text(found, "operationId"), text(found, "text")),
                )
            });
        let report = report_of_redocly(&self.redocly, folder.path(), &files)?;
        let redocly = report["changes"].as_array().context("Redocly lists no changes")?;
        let redocly = redocly.iter().filter_map(|found| {
            let class = match text(found, "impact") {
                "major" => Class::Breaking,
                "minor" => Class::Additive,
                _ => return None,
            };
            let message = text(&found["verdicts"][0], "message");
            Some((class, format!("redocly: {} {message}", text(found, "path"))))
        });
        Ok([oasdiff.collect(), redocly.collect()])
    }
}

fn report_of_redocly(tools: &Tools, folder: &Path, files: &[PathBuf]) -> Result<Value> {
    let mut command = tools.program("redocly");
    command
        .arg("diff")
        .args(files)
        .args(["--format", "json", "--fail-on", "none"]);
    report(command.current_dir(folder))
}

fn report(command: &mut Command) -> Result<Value> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} does not start"))?;
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
