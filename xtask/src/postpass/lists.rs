//! Bounded lists.

use quote::format_ident;
use serde_json::Value;
use syn::{File, parse_quote};

use super::module;
use crate::client::is_bounded_list;
use crate::document::{components, reference_name, text};

/// typify drops `minItems` and `maxItems`. The settings put a name in the place of every bounded list; here that name
/// becomes a list type of ours, with the numbers of the document.
pub fn bounded_lists(file: &mut File, lowered: &Value) -> usize {
    let Some(types) = module(&mut file.items, &["types"]) else {
        return 0;
    };
    let mut count = 0;
    for (name, schema) in components(lowered, "schemas").filter(|(_, schema)| is_bounded_list(schema)) {
        let (Some(min), Some(max)) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64()) else {
            continue;
        };
        let (min, max) = (bound(min), bound(max));
        let item = format_ident!("{}", reference_name(&schema["items"]).unwrap_or("String"));
        let (name, description) = (format_ident!("{name}"), text(schema, "description"));
        types.insert(
            count,
            parse_quote! {
                #[doc = #description]
                pub type #name = crate::list::List<#item, #min, #max>;
            },
        );
        count += 1;
    }
    count
}

fn bound(number: u64) -> syn::LitInt {
    syn::LitInt::new(&number.to_string(), proc_macro2::Span::call_site())
}
