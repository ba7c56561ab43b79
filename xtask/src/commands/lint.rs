//! `cargo xtask lint`: the document's own rules, then those of two linters that others wrote.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::npm::Tools;
use crate::check;
use crate::pipeline::YAML;
use crate::source::Source;

/// What other teams make their clients from.
const DOCUMENTS: [&str; 2] = [YAML, "openapi/hss-v5.sdk.json"];

/// Prints every broken rule with file, line and column; with `own` this project's rules alone.
pub fn run(root: &Path, own: bool) -> ExitCode {
    let source = match Source::read(&root.join(YAML), YAML) {
        Ok(source) => source,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let problems = check::run(&source.value);
    for problem in &problems {
        eprintln!("{}", source.show(problem));
    }
    if !problems.is_empty() {
        eprintln!("{} problem(s)", problems.len());
        return ExitCode::FAILURE;
    }
    crate::println_lossy!("{YAML}: no problems");
    if own {
        return ExitCode::SUCCESS;
    }
    match others(root) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!(
                "Redocly and Spectral did not run: {error:#}\nThis project's own rules alone: cargo xtask lint --own"
            );
            ExitCode::FAILURE
        }
    }
}

/// Both linters, whatever the first one says.
fn others(root: &Path) -> Result<bool> {
    let tools = Tools::installed(root)?;
    let mut redocly = tools.program("redocly");
    redocly.args(["lint", "--config", "openapi/tools/redocly.yaml", "--format", "stylish"]);
    let mut spectral = tools.program("spectral");
    spectral.args(["lint", "--ruleset", "openapi/tools/spectral.yaml"]);
    // Without this its warnings would pass.
    spectral.args(["--fail-severity", "hint"]);
    let mut clean = true;
    for (name, command) in [("Redocly", &mut redocly), ("Spectral", &mut spectral)] {
        clean &= finds_nothing(name, command.current_dir(root).args(DOCUMENTS))?;
    }
    Ok(clean)
}

fn finds_nothing(name: &str, command: &mut Command) -> Result<bool> {
    let output = command.output().with_context(|| format!("{name} does not start"))?;
    if output.status.success() {
        crate::println_lossy!("{}: {name} finds nothing", DOCUMENTS.join(", "));
        return Ok(true);
    }
    let said = [output.stdout, output.stderr].concat();
    eprintln!(
        "{}\n{name} ended with {}",
        String::from_utf8_lossy(&said).trim(),
        output.status
    );
    Ok(false)
}
