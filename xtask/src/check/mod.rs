//! The rules that the document keeps. `cargo xtask lint` runs them alone, `generate` before anything else.

mod braces;
mod conditions;
mod examples;
mod names;
mod operations;
mod references;
mod schemas;
mod shape;
mod sources;

use serde_json::Value;

use crate::source::Problem;

/// A rule: its name, and the function that finds where it is broken.
type Rule = (&'static str, fn(&Value) -> Vec<Problem>);

/// Later rules may rely on what the earlier groups check.
const GROUPS: &[&[Rule]] = &[
    &[("shape", shape::find)],
    &[("references", references::find)],
    &[
        ("bounds", schemas::bounds),
        ("endless-lists", operations::endless_lists),
        ("enum-descriptions", schemas::enum_descriptions),
        ("limits-in-words", schemas::limits_in_words),
        ("names", names::find),
        ("one-error-schema", operations::one_error_schema),
        ("operations", operations::find),
        ("parameter-types", operations::parameter_types),
        ("path-parameters", braces::path_parameters),
        ("required", schemas::required),
        ("server-variables", braces::server_variables),
        ("sources", sources::find),
    ],
    &[
        ("answers", operations::answers),
        ("conditions", conditions::find),
        ("unused-components", references::unused),
    ],
    &[("examples", examples::find)],
];

/// Every broken rule, each message ending in the rule's name; empty means that the document is good.
pub fn run(document: &Value) -> Vec<Problem> {
    for group in GROUPS {
        let found: Vec<Problem> = group
            .iter()
            .flat_map(|(name, find)| {
                find(document)
                    .into_iter()
                    .map(move |problem| Problem::new(problem.pointer, format!("{} [{name}]", problem.message)))
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}
