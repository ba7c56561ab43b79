//! From the published document to the one that progenitor can turn into strict types.

mod split;
mod words;

use serde_json::Value;

use crate::steps::{Step, run as run_steps};

/// The steps, in their order.
pub const STEPS: &[Step<Value, ()>] = &[
    Step {
        name: "state-conditions",
        run: words::state_conditions,
    },
    Step {
        name: "split-conditions",
        run: split::split_conditions,
    },
    Step {
        name: "prune-unreferenced",
        run: split::prune_unreferenced,
    },
    Step {
        name: "state-limits",
        run: words::state_limits,
    },
    Step {
        name: "state-sources",
        run: words::state_sources,
    },
    Step {
        name: "state-answers",
        run: words::state_answers,
    },
];

/// The lowered document, and the steps that found nothing to do.
pub fn run(document: &Value, without: Option<&str>) -> (Value, Vec<&'static str>) {
    let mut lowered = document.clone();
    let idle = run_steps(STEPS, without, &mut lowered, &());
    (lowered, idle)
}

/// The document with its conditions in the descriptions, for people; everything else as it is.
pub fn with_conditions_in_words(document: &Value) -> Value {
    let mut document = document.clone();
    words::state_conditions(&mut document, &());
    document
}
