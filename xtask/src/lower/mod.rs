//! Lowering: changes the published document so that progenitor generates strict, documented types.
//!
//! Each pass names the upstream issue that it works around, if there is one.

mod answers;
mod published;
mod shared;
mod split;
mod words;

use serde_json::Value;

use crate::passes::{Pass, run as run_passes};
pub use answers::open_answers;
pub use published::{flat, sum_types};
pub use shared::mark_shared;

/// The passes, in order.
pub const PASSES: &[Pass<Value, ()>] = &[
    Pass {
        name: "state-conditions",
        run: words::state_conditions,
    },
    Pass {
        name: "split-conditions",
        run: split::split_conditions,
    },
    Pass {
        name: "prune-unreferenced",
        run: split::prune_unreferenced,
    },
    Pass {
        name: "state-limits",
        run: words::state_limits,
    },
    Pass {
        name: "state-known-values",
        run: words::state_known_values,
    },
    Pass {
        name: "state-sources",
        run: words::state_sources,
    },
    Pass {
        name: "state-answers",
        run: words::state_answers,
    },
];

/// The lowered document, and the passes that found nothing to do.
pub fn run(document: &Value, without: Option<&str>) -> (Value, Vec<&'static str>) {
    let mut lowered = document.clone();
    let idle = run_passes(PASSES, without, &mut lowered, &());
    (lowered, idle)
}
