//! `cargo xtask lint`: the document's rules alone.

use std::path::Path;
use std::process::ExitCode;

use crate::check;
use crate::generate::YAML;
use crate::source::Source;

/// Prints every broken rule with file, line and column.
pub fn run(root: &Path) -> ExitCode {
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
    if problems.is_empty() {
        crate::say!("{YAML}: no problems");
        ExitCode::SUCCESS
    } else {
        eprintln!("{} problem(s)", problems.len());
        ExitCode::FAILURE
    }
}
