//! Bounded strings, integers and lists, and the lists of answers.

use proc_macro2::Literal;
use quote::format_ident;
use serde_json::Value;
use syn::{File, Item, parse_quote};

use super::module;
use crate::client::{SHARED, is_in_path, is_ours};
use crate::document::{components, reference_name, text};

/// Declares the types of all bounded strings, integers and lists and of the lists of answers, which the settings
/// replace by name, and re-exports those of another document. typify ignores `minItems`, `maxItems`, `minimum` and
/// `maximum`, its errors do not name what was found, and one bad item costs it the list. Ids in a path also refuse `.`
/// and `..`.
///
/// Ref: no upstream issue found; to file for typify: check `minItems` and `maxItems`, and name the length found in the
/// error of `maxLength`. For integers: <https://github.com/oxidecomputer/typify/pull/987>
pub fn bounded_types(file: &mut File, lowered: &Value) -> usize {
    let Some(types) = module(&mut file.items, &["types"]) else {
        return 0;
    };
    let declarations: Vec<Item> = components(lowered, "schemas")
        .filter(|(name, schema)| is_ours(lowered, name, schema))
        .map(|(name, schema)| declaration(lowered, name, schema))
        .collect();
    let count = declarations.len();
    types.splice(0..0, declarations);
    count
}

fn declaration(lowered: &Value, name: &str, schema: &Value) -> Item {
    let bound = |key: &str, default: u32| {
        let number = schema[key].as_i64().unwrap_or(default.into());
        Literal::i64_unsuffixed(number)
    };
    let (ident, description) = (format_ident!("{name}"), text(schema, "description"));
    if schema.get(SHARED).is_some() {
        return parse_quote!(
            pub use crate::shared::types::#ident;
        );
    }
    if schema["type"] == "array" {
        let item = format_ident!("{}", reference_name(&schema["items"]).unwrap_or("String"));
        if schema.get("maxItems").is_none() {
            return parse_quote! {
                #[doc = #description]
                pub type #ident = crate::rows::Rows<#item>;
            };
        }
        let (min, max) = (bound("minItems", 0), bound("maxItems", 0));
        return parse_quote! {
            #[doc = #description]
            pub type #ident = crate::bounded::List<#item, #min, #max>;
        };
    }
    if schema["type"] == "integer" {
        let (min, max) = (bound("minimum", 0), bound("maximum", 0));
        return parse_quote! {
            crate::bounded::bounded_integer!(#[doc = #description] #ident, #min..=#max);
        };
    }
    let (min, max) = (bound("minLength", 0), bound("maxLength", u32::MAX));
    let path = is_in_path(lowered, name).then(|| quote::quote!(, path));
    parse_quote! {
        crate::bounded::bounded_string!(#[doc = #description] #ident, #min..=#max #path);
    }
}
