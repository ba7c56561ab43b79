//! Sanity check of the wire cases: a bound that is changed in the document only must make one case fail.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::tally::Tally;
use super::{build, language, languages};

/// The bound in the document, and its replacement.
const BOUND: (&str, &str) = ("\"maxItems\": 1000", "\"maxItems\": 999");
/// The case at the bound.
const AT_THE_EDGE: &str = "rescan.hosts_1000";

/// Runs the cases with the Python client, which checks bounds.
pub fn run(root: &Path) -> Result<Tally> {
    let openapi = build::folder(root, "sanity")?.join("openapi");
    let _ = fs::remove_dir_all(&openapi);
    for part in ["", "conformance", "conformance/python"] {
        copy_files(&root.join("openapi").join(part), &openapi.join(part))?;
    }
    let path = openapi.join("hss-v5.json");
    let document = fs::read_to_string(&path)?;
    ensure!(
        document.matches(BOUND.0).count() == 1,
        "the document has {} not exactly once",
        BOUND.0
    );
    fs::write(&path, document.replace(BOUND.0, BOUND.1))?;

    let found = language::from(root, &openapi, "python-sanity", &languages::PYTHON)?;
    let mut tally = Tally::new("python, a bound changed in the document alone", found.version());
    let failed = found.failed();
    let problem = (failed != [AT_THE_EDGE]).then(|| format!("expected {AT_THE_EDGE} to fail, but found {failed:?}"));
    tally.case("the changed bound is found", problem.as_slice());
    Ok(tally)
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
