//! Post-pass: changes the syntax tree of progenitor's output.
//!
//! Each pass names the upstream issue that it works around, if there is one.

mod bounded;
mod docs;
mod exports;
mod requests;

use serde_json::Value;
use syn::{File, Item};

use crate::passes::{Pass, run as run_passes};

/// The passes, in order.
pub const PASSES: &[Pass<File, Value>] = &[
    Pass {
        name: "own-path-encoder",
        run: exports::own_path_encoder,
    },
    Pass {
        name: "drop-version-header",
        run: requests::drop_version_header,
    },
    Pass {
        name: "parsed-endpoint",
        run: requests::parsed_endpoint,
    },
    Pass {
        name: "take-headers",
        run: requests::take_headers,
    },
    Pass {
        name: "one-constructor",
        run: exports::one_constructor,
    },
    Pass {
        name: "drop-unused-exports",
        run: exports::drop_unused_exports,
    },
    Pass {
        name: "drop-string-conversions",
        run: exports::drop_string_conversions,
    },
    Pass {
        name: "bounded-types",
        run: bounded::bounded_types,
    },
    Pass {
        name: "document-variants",
        run: docs::document_variants,
    },
    Pass {
        name: "document-fields",
        run: docs::document_fields,
    },
    Pass {
        name: "schema-in-tests",
        run: exports::schema_in_tests,
    },
];

/// Changes the file; returns the passes that found nothing to do.
pub fn run(file: &mut File, lowered: &Value, without: Option<&str>) -> Vec<&'static str> {
    run_passes(PASSES, without, file, lowered)
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
