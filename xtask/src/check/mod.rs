//! The rules that the document keeps. `cargo xtask lint` runs them alone, `generate` before anything else.

mod conditions;
mod examples;
mod names;
mod references;
mod shape;

use serde_json::Value;

use crate::source::Problem;

/// A rule: what it is called, and the function that finds where it is broken.
struct Rule {
    name: &'static str,
    find: fn(&Value) -> Vec<Problem>,
}

/// Later rules may take for granted what the earlier groups hold.
const GROUPS: &[&[Rule]] = &[
    &[Rule {
        name: "shape",
        find: shape::find,
    }],
    &[Rule {
        name: "references",
        find: references::find,
    }],
    &[
        Rule {
            name: "bounds",
            find: shape::bounds,
        },
        Rule {
            name: "unused-components",
            find: references::unused,
        },
        Rule {
            name: "enum-descriptions",
            find: shape::enum_descriptions,
        },
        Rule {
            name: "path-parameters",
            find: names::path_parameters,
        },
        Rule {
            name: "server-variables",
            find: names::server_variables,
        },
        Rule {
            name: "names",
            find: names::find,
        },
        Rule {
            name: "one-error-schema",
            find: names::one_error_schema,
        },
        Rule {
            name: "conditions",
            find: conditions::find,
        },
        Rule {
            name: "examples",
            find: examples::find,
        },
    ],
];

/// Every broken rule, each message ending in the rule's name; empty means that the document is good.
pub fn run(document: &Value) -> Vec<Problem> {
    for group in GROUPS {
        let found: Vec<Problem> = group
            .iter()
            .flat_map(|rule| {
                (rule.find)(document)
                    .into_iter()
                    .map(|problem| Problem::new(problem.pointer, format!("{} [{}]", problem.message, rule.name)))
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}
