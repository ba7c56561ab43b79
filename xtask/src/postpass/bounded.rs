//! Bounded strings and lists.

use quote::format_ident;
use serde_json::Value;
use syn::{File, Item, LitInt, parse_quote};

use super::module;
use crate::client::is_bounded;
use crate::document::{components, reference_name, text};

/// Declares the types of all bounded strings and lists, which the settings replace by name. typify ignores `minItems` and
/// `maxItems`, and its errors do not name the length found. Ids in a path also refuse `.` and `..`.
///
/// Ref: no upstream issue found; to file for typify: check `minItems` and `maxItems`, and name the length found in the
/// error of `maxLength`. For integers: <https://github.com/oxidecomputer/typify/pull/987>
pub fn bounded_types(file: &mut File, lowered: &Value) -> usize {
    let Some(types) = module(&mut file.items, &["types"]) else {
        return 0;
    };
    let declarations: Vec<Item> = components(lowered, "schemas")
        .filter(|(_, schema)| is_bounded(schema))
        .map(|(name, schema)| declaration(lowered, name, schema))
        .collect();
    let count = declarations.len();
    types.splice(0..0, declarations);
    count
}

fn declaration(lowered: &Value, name: &str, schema: &Value) -> Item {
    let bound = |key: &str, default: &str| {
        let number = schema[key]
            .as_u64()
            .map_or(default.to_owned(), |number| number.to_string());
        LitInt::new(&number, proc_macro2::Span::call_site())
    };
    let (ident, description) = (format_ident!("{name}"), text(schema, "description"));
    if schema["type"] == "array" {
        let (min, max) = (bound("minItems", "0"), bound("maxItems", UNBOUNDED));
        let item = format_ident!("{}", reference_name(&schema["items"]).unwrap_or("String"));
        return parse_quote! {
            #[doc = #description]
            pub type #ident = crate::bounded::List<#item, #min, #max>;
        };
    }
    let (min, max) = (bound("minLength", "0"), bound("maxLength", UNBOUNDED));
    let path = is_in_path(lowered, name).then(|| quote::quote!(, path));
    parse_quote! {
        crate::bounded::bounded_string!(#[doc = #description] #ident, #min..=#max #path);
    }
}

/// A bound that no string or list reaches.
const UNBOUNDED: &str = "0xFFFF_FFFF";

fn is_in_path(lowered: &Value, schema: &str) -> bool {
    components(lowered, "parameters")
        .any(|(_, parameter)| parameter["in"] == "path" && reference_name(&parameter["schema"]) == Some(schema))
}
