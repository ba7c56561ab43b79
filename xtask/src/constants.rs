//! Constants for the facts of the document that no type carries.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::document::{components, operations, text, texts};

/// The items of `constants.rs`.
pub fn generate(document: &Value) -> syn::Result<syn::File> {
    let mut items = vec![
        servers(document),
        response_headers(document),
        path_templates(document),
        read_only(document),
    ];
    items.extend(components(document, "securitySchemes").flat_map(|(name, scheme)| security_scheme(name, scheme)));
    items.extend(
        operations(document)
            .iter()
            .flat_map(|operation| quota(operation.id(), operation.value)),
    );
    items.extend(components(document, "schemas").flat_map(|(name, schema)| special_values(name, schema)));
    syn::parse2(quote!(#(#items)*))
}

fn servers(document: &Value) -> TokenStream {
    let list = document["servers"].as_array().into_iter().flatten();
    let urls: Vec<&str> = list.map(|server| text(server, "url")).collect();
    quote! {
        /// URLs of the service: a template with the region id in braces, and the hosts of regions that do not follow it.
        pub const SERVERS: &[&str] = &[#(#urls),*];
    }
}

fn response_headers(document: &Value) -> TokenStream {
    let mut names: Vec<&String> = Vec::new();
    for (_, response) in components(document, "responses") {
        for (name, _) in response["headers"].as_object().into_iter().flatten() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    quote! {
        /// Headers of the answers.
        pub const RESPONSE_HEADERS: &[&str] = &[#(#names),*];
    }
}

fn path_templates(document: &Value) -> TokenStream {
    let operations = operations(document);
    let pairs = operations.iter().map(|operation| {
        let (id, path) = (screaming(operation.id()).to_lowercase(), operation.path);
        quote!((#id, #path))
    });
    quote! {
        /// Each operation, and its path with the names of the parameters in braces.
        pub const PATH_TEMPLATES: &[(&str, &str)] = &[#(#pairs),*];
    }
}

fn read_only(document: &Value) -> TokenStream {
    let operations = operations(document);
    let ids = operations
        .iter()
        .filter(|operation| operation.pointer.ends_with("/get") || operation.value["x-read-only"] == true)
        .map(|operation| screaming(operation.id()).to_lowercase());
    quote! {
        /// Operations that only read. A repeated request does no harm.
        pub const READ_ONLY_OPERATIONS: &[&str] = &[#(#ids),*];
    }
}

fn security_scheme(name: &str, scheme: &Value) -> Vec<TokenStream> {
    let constant = screaming(name);
    let (header, ident) = (text(scheme, "name"), format_ident!("{constant}_HEADER"));
    let mut items = vec![{
        let doc = format!("Request header of the security scheme `{name}`.");
        quote!(#[doc = #doc] pub const #ident: &str = #header;)
    }];
    for (key, suffix, what) in [("x-min-length", "MIN", "Minimum"), ("x-max-length", "MAX", "Maximum")] {
        if let Some(number) = scheme[key].as_u64().and_then(|number| usize::try_from(number).ok()) {
            let (doc, ident) = (
                format!("{what} number of characters of `{header}`."),
                format_ident!("{constant}_LENGTH_{suffix}"),
            );
            items.push(quote!(#[doc = #doc] pub const #ident: usize = #number;));
        }
    }
    items
}

fn quota(id: &str, operation: &Value) -> Vec<TokenStream> {
    [
        ("calls_per_minute", "in total"),
        ("calls_per_minute_per_user", "from one user or address"),
    ]
    .into_iter()
    .filter_map(|(key, whose)| {
        let number = operation["x-quota"][key]
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())?;
        let doc = format!("Calls of `{id}` that the gateway accepts per minute {whose}.");
        let ident = format_ident!("{}_{}", screaming(id), key.to_uppercase());
        Some(quote!(#[doc = #doc] pub const #ident: u32 = #number;))
    })
    .collect()
}

fn special_values(name: &str, schema: &Value) -> Vec<TokenStream> {
    let mut items = Vec::new();
    let default = &schema["x-service-default"];
    let typed = match (
        default.as_str(),
        default.as_i64().map(proc_macro2::Literal::i64_unsuffixed),
    ) {
        (Some(text), _) => Some(quote!(&str = #text)),
        (None, number) => number.map(|number| quote!(i64 = #number)),
    };
    if let Some(typed) = typed {
        let doc = format!("Default of the service for a missing `{name}`. The client does not send it.");
        let ident = format_ident!("{}_SERVICE_DEFAULT", screaming(name));
        items.push(quote!(#[doc = #doc] pub const #ident: #typed;));
    }
    let known = texts(schema, "x-known-values");
    if !known.is_empty() {
        let doc = format!("Known values of `{name}`. Other values are accepted.");
        let ident = format_ident!("{}_KNOWN_VALUES", screaming(name));
        items.push(quote!(#[doc = #doc] pub const #ident: &[&str] = &[#(#known),*];));
    }
    items
}

/// `recreateVulScanTask` and `RecreateVulScanTask` to `RECREATE_VUL_SCAN_TASK`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for (index, character) in name.char_indices() {
        if character.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.extend(character.to_uppercase());
    }
    text
}
