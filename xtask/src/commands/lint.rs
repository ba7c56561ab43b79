//! `cargo xtask lint`: the project's own rules, then those of two linters that others wrote.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::tools::Tools;
use crate::check;
use crate::documents::{Document, documents};

/// Prints every broken rule with file, line and column; with `own` this project's rules alone.
pub fn run(root: &Path, own: bool) -> ExitCode {
    let documents = match documents(root) {
        Ok(documents) => documents,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    let mut is_clean = true;
    for document in &documents {
        let problems = match document.read(root) {
            Ok(source) => source.show_all(&check::run(&source.value)),
            Err(message) => vec![message],
        };
        problems.iter().for_each(|problem| eprintln!("{problem}"));
        if problems.is_empty() {
            crate::println_lossy!("{}: no problems", document.yaml());
        } else {
            eprintln!("{} problem(s)", problems.len());
            is_clean = false;
        }
    }
    if !is_clean {
        return ExitCode::FAILURE;
    }
    if own {
        return ExitCode::SUCCESS;
    }
    match others(root, &documents) {
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
fn others(root: &Path, documents: &[Document]) -> Result<bool> {
    // What people read, and what other teams make their clients from.
    let files: Vec<String> = documents
        .iter()
        .flat_map(|document| [".yaml", ".json", ".sdk.json"].map(|extension| document.published(extension)))
        .collect();
    let tools = Tools::installed(root)?;
    let mut redocly = tools.program("redocly");
    redocly.args(["lint", "--config", "openapi/tools/redocly.yaml", "--format", "stylish"]);
    let mut spectral = tools.program("spectral");
    spectral.args(["lint", "--ruleset", "openapi/tools/spectral.yaml"]);
    // Without this its warnings would pass.
    spectral.args(["--fail-severity", "hint"]);
    let mut clean = true;
    for (name, command) in [("Redocly", &mut redocly), ("Spectral", &mut spectral)] {
        clean &= finds_nothing(name, &files, command.current_dir(root).args(&files))?;
    }
    Ok(clean)
}

fn finds_nothing(name: &str, files: &[String], command: &mut Command) -> Result<bool> {
    let output = command.output().with_context(|| format!("{name} does not start"))?;
    if output.status.success() {
        crate::println_lossy!("{}: {name} finds nothing", files.join(", "));
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
