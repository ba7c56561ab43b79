//! What is mended in progenitor's output, on the syntax tree.

mod bounded;
mod docs;
mod exports;

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
        name: "drop-string-conversions",
        run: exports::drop_string_conversions,
    },
    Step {
        name: "bounded-types",
        run: bounded::bounded_types,
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
