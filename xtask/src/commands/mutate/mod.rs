//! `cargo xtask mutate`: changes each fact of the documents and each option of the generator, and lists the changes that
//! leave the generated code unchanged.

mod items;
pub mod mutations;

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use progenitor::{GenerationSettings, HooksMode, InterfaceStyle};
use serde_json::Value;

use crate::commands::in_parallel;
use crate::document::{components, reference_name};
use crate::documents::{Document, documents};
use crate::pipeline::{Recipe, code, shared};
use crate::{client, lower, postpass};
use mutations::Mutant;

/// Effect of a change.
enum Verdict {
    /// The checks or the generator refuse it.
    Refused(String),
    /// These items differ from the committed code; comments, such as the header with its hash, do not count.
    Noticed(Vec<String>),
}

/// Runs every mutant. `list` prints all of them.
pub fn run(root: &Path, list: bool) -> anyhow::Result<()> {
    let missed = try_run(root, list).map_err(anyhow::Error::msg)?;
    anyhow::ensure!(missed == 0, "{missed} changes without effect");
    Ok(())
}

/// A document, and its generated code as it is committed.
struct Subject {
    name: String,
    document: Value,
    committed: BTreeMap<String, String>,
    /// The lowered document whose types it shares.
    shared: Option<Value>,
}

fn try_run(root: &Path, list: bool) -> Result<usize, String> {
    let mut subjects = Vec::new();
    let all = documents(root).map_err(|error| format!("{error:#}"))?;
    for document in &all {
        let subject = Subject {
            name: document.yaml().to_owned(),
            document: document.read(root)?.value,
            committed: read_committed(root, document, &all)?,
            shared: shared(root, document, &all)?,
        };
        match subject.judge(&subject.document, &Recipe::default()) {
            Verdict::Noticed(names) if names.is_empty() => subjects.push(subject),
            Verdict::Noticed(names) => return Err(format!("the generated code is stale: {}", names.join(", "))),
            Verdict::Refused(reason) => return Err(reason),
        }
    }
    // progenitor panics on some documents. That counts as a refusal and is not printed.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = score(&subjects, list);
    panic::set_hook(hook);
    result
}

fn score(subjects: &[Subject], list: bool) -> Result<usize, String> {
    let mut missed = 0;
    for subject in subjects {
        let (facts, mutants) = mutations::mutants(&subject.document)?;
        let mut tally = Tally::new(list);
        for (mutant, verdict) in mutants.iter().zip(subject.judge_all(&mutants)) {
            tally.add(&format!("{}: {}", mutant.pointer, mutant.change), verdict);
        }
        missed += tally.close(&format!("{}: {facts} facts", subject.name));
    }

    let mut choices = Tally::new(list);
    // An option need not matter to each document.
    let mut add = |what: String, recipe: &Recipe<'_>| {
        let mut verdicts = subjects.iter().map(|subject| subject.judge(&subject.document, recipe));
        let noticed = verdicts.find(|verdict| !matches!(verdict, Verdict::Noticed(names) if names.is_empty()));
        choices.add(&what, noticed.unwrap_or(Verdict::Noticed(Vec::new())));
    };
    for (name, settings) in SETTINGS {
        let recipe = Recipe {
            settings,
            ..Recipe::default()
        };
        add(format!("setting: {name}"), &recipe);
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
        add(format!("pass left out: {name}"), &recipe);
    }
    Ok(missed + choices.close("generator: settings and passes"))
}

type Setting = (&'static str, &'static dyn Fn(&Value) -> GenerationSettings);

/// Mistakes in the settings.
const SETTINGS: &[Setting] = &[
    ("bounds of a list ignored", &|lowered| {
        let (name, list) = first(lowered, |schema| schema.get("maxItems").is_some());
        let item = reference_name(&list["items"]).unwrap_or_default();
        with(lowered, |settings| {
            settings.with_replacement(name, format!("::std::vec::Vec<{item}>"), std::iter::empty())
        })
    }),
    ("length check missing", &|lowered| {
        let (name, _) = first(lowered, |schema| schema.get("maxLength").is_some());
        with(lowered, |settings| {
            settings.with_replacement(name, "::std::string::String", std::iter::empty())
        })
    }),
    ("types are exhaustive", &|lowered| {
        let (name, _) = first(lowered, |schema| schema.get("enum").is_some());
        with(lowered, |settings| {
            settings.with_patch(name, &progenitor::TypePatch::default())
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

/// The first schema of a kind, or one that no document has.
fn first(lowered: &Value, is_meant: impl Fn(&Value) -> bool) -> (&str, &Value) {
    let mut schemas = components(lowered, "schemas");
    let found = schemas.find(|(_, schema)| is_meant(schema));
    found.map_or(("None", &Value::Null), |(name, schema)| (name, schema))
}

fn with(
    lowered: &Value,
    change: impl FnOnce(&mut GenerationSettings) -> &mut GenerationSettings,
) -> GenerationSettings {
    let mut settings = client::settings(lowered);
    change(&mut settings);
    settings
}

impl Subject {
    /// The verdicts in the order of the mutants; a thread for each processor takes the next one.
    fn judge_all(&self, mutants: &[Mutant]) -> Vec<Verdict> {
        let next = AtomicUsize::new(0);
        let work = || {
            let take = || {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let verdict = self.judge(&mutants.get(index)?.document, &Recipe::default());
                Some((index, verdict))
            };
            std::iter::from_fn(take).collect::<Vec<_>>()
        };
        let mut verdicts: Vec<(usize, Verdict)> = in_parallel(work);
        verdicts.sort_by_key(|(index, _)| *index);
        verdicts.into_iter().map(|(_, verdict)| verdict).collect()
    }

    fn judge(&self, document: &Value, recipe: &Recipe<'_>) -> Verdict {
        let recipe = Recipe {
            shared: self.shared.as_ref(),
            ..*recipe
        };
        let made = panic::catch_unwind(AssertUnwindSafe(|| {
            code(document, &recipe).map(|code| items::of(&code.client, &code.constants))
        }));
        match made {
            Err(_) => Verdict::Refused("progenitor panics".to_owned()),
            Ok(Err(problems)) => {
                Verdict::Refused(problems.first().map(|first| first.message.clone()).unwrap_or_default())
            }
            Ok(Ok(items)) => {
                let names = items.keys().chain(self.committed.keys());
                let mut differ: Vec<String> = names
                    .filter(|name| items.get(*name) != self.committed.get(*name))
                    .cloned()
                    .collect();
                differ.sort();
                differ.dedup();
                Verdict::Noticed(differ)
            }
        }
    }
}

/// The committed code, item by item.
fn read_committed(root: &Path, document: &Document, all: &[Document]) -> Result<BTreeMap<String, String>, String> {
    let read = |path: String| {
        let text = std::fs::read_to_string(root.join(&path)).map_err(|error| format!("{path}: {error}"))?;
        syn::parse_file(&document.without_own_paths(&text, all)).map_err(|error| format!("{path}: {error}"))
    };
    Ok(items::of(&read(document.client())?, &read(document.constants())?))
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

    /// Prints the sums; returns how many were missed.
    fn close(&self, what: &str) -> usize {
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
        *missed
    }
}
