//! What is mended in progenitor's output, on the syntax tree.

mod docs;
mod exports;
mod lists;
mod reasons;
mod texts;

use serde_json::Value;
use syn::{File, Item};

use crate::steps::{Step, run as run_steps};

/// The steps, in their order.
pub const STEPS: &[Step<File, Value>] = &[
    Step {
        name: "own-path-encoder",
        run: exports::own_path_encoder,
    },
    Step {
        name: "one-constructor",
        run: exports::one_constructor,
    },
    Step {
        name: "drop-unused-exports",
        run: exports::drop_unused_exports,
    },
    Step {
        name: "bounded-lists",
        run: lists::bounded_lists,
    },
    Step {
        name: "bounded-texts",
        run: texts::bounded_texts,
    },
    Step {
        name: "refuse-dot-segments",
        run: texts::refuse_dot_segments,
    },
    Step {
        name: "keep-reasons",
        run: reasons::keep_reasons,
    },
    Step {
        name: "drop-ignored-examples",
        run: docs::drop_ignored_examples,
    },
    Step {
        name: "document-variants",
        run: docs::document_variants,
    },
    Step {
        name: "document-fields",
        run: docs::document_fields,
    },
    Step {
        name: "document-builders",
        run: docs::document_builders,
    },
    Step {
        name: "document-answers",
        run: docs::document_answers,
    },
    Step {
        name: "schema-in-tests",
        run: exports::schema_in_tests,
    },
];

/// Mends the file; returns the steps that found nothing to do.
pub fn run(file: &mut File, lowered: &Value, without: Option<&str>) -> Vec<&'static str> {
    run_steps(STEPS, without, file, lowered)
}

/// The items of the module at `path`.
fn module<'a>(items: &'a mut Vec<Item>, path: &[&str]) -> Option<&'a mut Vec<Item>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(items);
    };
    let found = items.iter_mut().find_map(|item| match item {
        Item::Mod(found) if found.ident == first => found.content.as_mut().map(|(_, items)| items),
        _ => None,
    })?;
    module(found, rest)
}

/// The name of the type that an `impl` is for.
fn self_name(item: &syn::ItemImpl) -> Option<String> {
    match &*item.self_ty {
        syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
