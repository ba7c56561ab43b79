//! `cargo xtask mutate`: changes each fact of the document and each option of the generator, and lists the changes that
//! leave the generated code unchanged.

mod items;
pub mod mutations;

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use progenitor::{GenerationSettings, HooksMode, InterfaceStyle};
use serde_json::Value;

use crate::pipeline::{CLIENT, CONSTANTS, Recipe, YAML, code};
use crate::source::Source;
use crate::{client, lower, postpass};

/// Effect of a change.
enum Verdict {
    /// The checks or the generator refuse it.
    Refused(String),
    /// These items differ from the committed code; comments, such as the header with its hash, do not count.
    Noticed(Vec<String>),
}

/// Runs every mutant. `list` prints all of them.
pub fn run(root: &Path, list: bool) -> ExitCode {
    match try_run(root, list) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(root: &Path, list: bool) -> Result<usize, String> {
    let document = Source::read(&root.join(YAML), YAML)?.value;
    let committed = read_committed(root)?;
    match judge(&document, &Recipe::default(), &committed) {
        Verdict::Noticed(names) if names.is_empty() => {}
        Verdict::Noticed(names) => return Err(format!("the generated code is stale: {}", names.join(", "))),
        Verdict::Refused(reason) => return Err(reason),
    }
    // progenitor panics on some documents. That counts as a refusal and is not printed.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = score(&document, &committed, list);
    panic::set_hook(hook);
    result
}

fn score(document: &Value, committed: &BTreeMap<String, String>, list: bool) -> Result<usize, String> {
    let (facts, mutants) = mutations::mutants(document)?;
    let mut tally = Tally::new(list);
    for mutant in &mutants {
        let verdict = judge(&mutant.document, &Recipe::default(), committed);
        tally.add(&format!("{}: {}", mutant.pointer, mutant.change), verdict);
    }
    tally.close(&format!("{YAML}: {facts} facts"));

    let mut choices = Tally::new(list);
    for (name, settings) in SETTINGS {
        let recipe = Recipe {
            settings,
            without: None,
        };
        choices.add(&format!("setting: {name}"), judge(document, &recipe, committed));
    }
    let passes = lower::PASSES
        .iter()
        .map(|pass| pass.name)
        .chain(postpass::PASSES.iter().map(|pass| pass.name));
    for name in passes {
        let recipe = Recipe {
            without: Some(name),
            ..Recipe::default()
        };
        choices.add(&format!("pass left out: {name}"), judge(document, &recipe, committed));
    }
    choices.close("generator: settings and passes");
    Ok(tally.missed + choices.missed)
}

type Setting = (&'static str, &'static dyn Fn(&Value) -> GenerationSettings);

/// Mistakes in the settings.
const SETTINGS: &[Setting] = &[
    ("bounds of a list ignored", &|lowered| {
        with(lowered, |settings| {
            settings.with_replacement("HostIdList", "::std::vec::Vec<HostId>", std::iter::empty())
        })
    }),
    ("length check missing", &|lowered| {
        with(lowered, |settings| {
            settings.with_replacement("CommonTaskId", "::std::string::String", std::iter::empty())
        })
    }),
    ("types are exhaustive", &|lowered| {
        with(lowered, |settings| {
            settings.with_patch("TaskType", &progenitor::TypePatch::default())
        })
    }),
    ("builders instead of functions", &|lowered| {
        with(lowered, |settings| settings.with_interface(InterfaceStyle::Builder))
    }),
    ("hooks are optional", &|lowered| {
        with(lowered, |settings| settings.with_hooks(HooksMode::Optional))
    }),
    ("other inner type", &|lowered| {
        with(lowered, |settings| settings.with_inner_type(quote::quote!(())))
    }),
    ("progenitor's defaults", &|_| GenerationSettings::new()),
];

fn with(
    lowered: &Value,
    change: impl FnOnce(&mut GenerationSettings) -> &mut GenerationSettings,
) -> GenerationSettings {
    let mut settings = client::settings(lowered);
    change(&mut settings);
    settings
}

fn judge(document: &Value, recipe: &Recipe<'_>, committed: &BTreeMap<String, String>) -> Verdict {
    let made = panic::catch_unwind(AssertUnwindSafe(|| {
        code(document, recipe).map(|code| items::of(&code.client, &code.constants))
    }));
    match made {
        Err(_) => Verdict::Refused("progenitor panics".to_owned()),
        Ok(Err(problems)) => Verdict::Refused(problems.first().map(|first| first.message.clone()).unwrap_or_default()),
        Ok(Ok(items)) => {
            let names = items.keys().chain(committed.keys());
            let mut differ: Vec<String> = names
                .filter(|name| items.get(*name) != committed.get(*name))
                .cloned()
                .collect();
            differ.sort();
            differ.dedup();
            Verdict::Noticed(differ)
        }
    }
}

/// The committed code, item by item.
fn read_committed(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let read = |path: &str| {
        let text = std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        syn::parse_file(&text).map_err(|error| format!("{path}: {error}"))
    };
    Ok(items::of(&read(CLIENT)?, &read(CONSTANTS)?))
}

struct Tally {
    list: bool,
    refused: usize,
    noticed: usize,
    missed: usize,
}

impl Tally {
    fn new(list: bool) -> Self {
        Self {
            list,
            refused: 0,
            noticed: 0,
            missed: 0,
        }
    }

    fn add(&mut self, what: &str, verdict: Verdict) {
        let line = match verdict {
            Verdict::Refused(reason) => {
                self.refused += 1;
                format!("refused  {what}: {reason}")
            }
            Verdict::Noticed(names) if names.is_empty() => {
                self.missed += 1;
                crate::println_lossy!("MISSED   {what}");
                return;
            }
            Verdict::Noticed(names) => {
                self.noticed += 1;
                format!("noticed  {what}: {}", names.join(", "))
            }
        };
        if self.list {
            crate::println_lossy!("{line}");
        }
    }

    fn close(&self, what: &str) {
        let Self {
            refused,
            noticed,
            missed,
            ..
        } = self;
        let all = refused + noticed + missed;
        crate::println_lossy!(
            "{what}, {all} mutants: {noticed} noticed in generated code, {refused} refused before, {missed} missed"
        );
    }
}
