//! `cargo xtask mutate`: are the guards any good? Changes each fact of the document and each choice of the generator, and
//! lists the changes that no snapshot notices.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use progenitor::{GenerationSettings, HooksMode, InterfaceStyle};
use serde_json::Value;

use crate::generate::{Recipe, YAML, code};
use crate::source::Source;
use crate::{client, facts, items, lower, postpass};

/// What became of a change.
enum Verdict {
    /// The checks or the generator refused it.
    Refused(String),
    /// These snapshots differ, the file's header and the lowered document left out.
    Noticed(Vec<String>),
}

/// Runs every mutant; `list` prints them all.
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
    let snapshots = read_snapshots(root)?;
    match judge(&document, &Recipe::default(), &snapshots) {
        Verdict::Noticed(names) if names.is_empty() => {}
        Verdict::Noticed(names) => return Err(format!("the snapshots are not current: {}", names.join(", "))),
        Verdict::Refused(reason) => return Err(reason),
    }
    // progenitor ends some documents with a panic; that is a refusal like any other, and need not be printed.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = score(&document, &snapshots, list);
    panic::set_hook(hook);
    result
}

fn score(document: &Value, snapshots: &BTreeMap<String, String>, list: bool) -> Result<usize, String> {
    let (facts, mutants) = facts::mutants(document)?;
    let mut tally = Tally::new(list);
    for mutant in &mutants {
        let verdict = judge(&mutant.document, &Recipe::default(), snapshots);
        tally.add(&format!("{}: {}", mutant.pointer, mutant.change), verdict);
    }
    tally.close(&format!("{YAML}: {facts} facts"));

    let mut choices = Tally::new(list);
    for (name, settings) in SETTINGS {
        let recipe = Recipe {
            settings,
            without: None,
        };
        choices.add(&format!("setting: {name}"), judge(document, &recipe, snapshots));
    }
    let steps = lower::STEPS
        .iter()
        .map(|step| step.name)
        .chain(postpass::STEPS.iter().map(|step| step.name));
    for name in steps {
        let recipe = Recipe {
            without: Some(name),
            ..Recipe::default()
        };
        choices.add(&format!("step left out: {name}"), judge(document, &recipe, snapshots));
    }
    choices.close("generator: settings and steps");
    Ok(tally.missed + choices.missed)
}

type Setting = (&'static str, &'static dyn Fn(&Value) -> GenerationSettings);

/// Settings that someone could get wrong.
const SETTINGS: &[Setting] = &[
    ("a list's bounds ignored", &|lowered| {
        with(lowered, |settings| {
            settings.with_replacement("HostIdList", "::std::vec::Vec<HostId>", std::iter::empty())
        })
    }),
    ("a length check dropped", &|lowered| {
        with(lowered, |settings| {
            settings.with_replacement("TaskId", "::std::string::String", std::iter::empty())
        })
    }),
    ("types may not grow", &|lowered| {
        with(lowered, |settings| {
            settings.with_patch("TaskType", &progenitor::TypePatch::default())
        })
    }),
    ("positional arguments", &|lowered| {
        with(lowered, |settings| settings.with_interface(InterfaceStyle::Positional))
    }),
    ("hooks may be missing", &|lowered| {
        with(lowered, |settings| settings.with_hooks(HooksMode::Optional))
    }),
    ("another inner type", &|lowered| {
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

fn judge(document: &Value, recipe: &Recipe<'_>, snapshots: &BTreeMap<String, String>) -> Verdict {
    let made = panic::catch_unwind(AssertUnwindSafe(|| code(document, recipe).map(|code| items::of(&code))));
    match made {
        Err(_) => Verdict::Refused("progenitor panics".to_owned()),
        Ok(Err(problems)) => Verdict::Refused(problems.first().map(|first| first.message.clone()).unwrap_or_default()),
        Ok(Ok(items)) => {
            let names = items.keys().chain(snapshots.keys());
            let mut differ: Vec<String> = names
                .filter(|name| !same(items.get(*name), snapshots.get(*name)))
                .cloned()
                .collect();
            differ.sort();
            differ.dedup();
            Verdict::Noticed(differ)
        }
    }
}

fn same(item: Option<&String>, snapshot: Option<&String>) -> bool {
    match (item, snapshot) {
        (Some(item), Some(snapshot)) => item.trim() == snapshot.trim(),
        _ => false,
    }
}

/// The committed snapshots of the generated items, without their front matter.
fn read_snapshots(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let folder = root.join("xtask/tests/snapshots/items");
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut snapshots = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        let text = std::fs::read_to_string(&path).map_err(fault)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
        snapshots.insert(name, body.to_owned());
    }
    Ok(snapshots)
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
                crate::say!("MISSED   {what}");
                return;
            }
            Verdict::Noticed(names) => {
                self.noticed += 1;
                format!("noticed  {what}: {}", names.join(", "))
            }
        };
        if self.list {
            crate::say!("{line}");
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
        crate::say!("{what}, {all} mutants: {noticed} noticed by snapshots, {refused} refused before, {missed} missed");
    }
}
