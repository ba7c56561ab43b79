//! What each tool says of the changes in `xtask/tests/changes.yaml`, as a table in `xtask/tests/changes.md`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::data;
use super::tools::{Differs, Finding};
use crate::documents::documents;
use crate::source::Source;

const CHANGES: &str = "xtask/tests/changes.yaml";
pub const TABLE: &str = "xtask/tests/changes.md";

/// A change of the first document.
pub struct Trial {
    pub name: String,
    /// What the change means, as people say it.
    pub class: String,
    pub old: Value,
    pub new: Value,
}

/// Reads the trials.
pub fn read(root: &Path) -> Result<Vec<Trial>> {
    let first = documents(root)?.into_iter().next().context("there is no document")?;
    let old = first.read(root).map_err(anyhow::Error::msg)?.value;
    let list = Source::read(&root.join(CHANGES), CHANGES)
        .map_err(anyhow::Error::msg)?
        .value;
    let trial = |item: &Value| {
        let (mut new, text) = (old.clone(), |key: &str| {
            item[key].as_str().unwrap_or_default().to_owned()
        });
        let patch: json_patch::Patch = serde_json::from_value(item["patch"].clone())?;
        json_patch::patch(&mut new, &patch).with_context(|| text("change"))?;
        Ok(Trial {
            name: text("change"),
            class: text("class"),
            old: old.clone(),
            new,
        })
    };
    list.as_array().into_iter().flatten().map(trial).collect()
}

/// What the comparison as data says.
pub fn by_data(trial: &Trial) -> &'static str {
    if data::compare(&trial.old, &trial.new).is_empty() {
        ""
    } else {
        "differs"
    }
}

/// Writes the table if the verdicts are others than the committed ones, and then fails.
pub fn run(root: &Path) -> Result<Vec<String>> {
    let differs = Differs::installed(root)?;
    let mut table = "# What the tools say of each change\n\n\
        `cargo xtask diff --trials` writes this table. An empty cell means that the tool reports nothing; “data” is the comparison\n\
        of extensions, servers, tags and orders. A test holds that what all of them miss changes the generated code.\n\n\
        | change | is | oasdiff | redocly | data |\n|---|---|---|---|---|\n"
        .to_owned();
    let (mut breaking, mut missed) = (0, [0; 3]);
    for trial in read(root)? {
        let verdicts = differs
            .compare(&trial.old, &trial.new)?
            .map(|findings| worst(&findings));
        if trial.class == "breaking" {
            let seen = [
                verdicts[0] == "breaking",
                verdicts[1] == "breaking",
                !by_data(&trial).is_empty(),
            ];
            breaking += 1;
            missed[0] += usize::from(!seen[0]);
            missed[1] += usize::from(!seen[1]);
            missed[2] += usize::from(seen == [false; 3]);
        }
        let [oasdiff, redocly] = verdicts;
        table += &format!(
            "| {} | {} | {oasdiff} | {redocly} | {} |\n",
            trial.name,
            trial.class,
            by_data(&trial)
        );
    }
    let [by_oasdiff, by_redocly, by_all] = missed;
    table += &format!(
        "\n{breaking} changes are breaking. oasdiff misses {by_oasdiff}, `redocly diff` {by_redocly}, and all together {by_all}.\n"
    );
    if fs::read_to_string(root.join(TABLE)).is_ok_and(|committed| committed == table) {
        crate::println_lossy!("{TABLE}: the tools say the same");
        return Ok(Vec::new());
    }
    fs::write(root.join(TABLE), table)?;
    Ok(vec![format!(
        "{TABLE}: the tools say something else now; the file is written, review it"
    )])
}

fn worst(findings: &[Finding]) -> &'static str {
    findings
        .iter()
        .map(|(class, _)| *class)
        .max()
        .map_or("", |class| class.name())
}
