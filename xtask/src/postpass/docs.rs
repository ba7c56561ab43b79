//! Adds descriptions that typify loses, so that `missing_docs` holds for generated code too.

use std::collections::HashMap;

use serde_json::Value;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, ExprLit, File, Item, ItemEnum, ItemStruct, Lit, LitStr, Meta, parse_quote};

use super::module;
use crate::document::{components, resolve, text, texts};

/// Adds the descriptions of unit variants. typify only describes variants with content.
///
/// Ref: no upstream issue found; to file for typify: document unit variants of a `oneOf` with a tag.
pub fn document_variants(file: &mut File, lowered: &Value) -> usize {
    struct Document<'a>(HashMap<String, &'a str>, usize);
    impl VisitMut for Document<'_> {
        fn visit_item_enum_mut(&mut self, item: &mut ItemEnum) {
            for variant in &mut item.variants {
                let value = variant.attrs.iter().find_map(serde_name);
                if let Some(description) = value.and_then(|value| self.0.get(&value))
                    && add_doc(&mut variant.attrs, description)
                {
                    self.1 += 1;
                }
            }
        }
    }
    let mut descriptions = HashMap::new();
    for (_, schema) in components(lowered, "schemas") {
        for (value, description) in schema["x-enumDescriptions"].as_object().into_iter().flatten() {
            descriptions.insert(value.clone(), description.as_str().unwrap_or_default());
        }
        for form in schema["oneOf"].as_array().into_iter().flatten() {
            for value in form["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .flat_map(|(_, tag)| texts(tag, "enum"))
            {
                descriptions.insert(value.to_owned(), text(form, "description"));
            }
        }
    }
    let mut document = Document(descriptions, 0);
    document.visit_file_mut(file);
    document.1
}

/// Adds the description of the referenced schema to a field. typify reads only the property's own description, and a
/// `$ref` cannot have one.
///
/// Ref: no upstream issue found; to file for typify: use the description of the referenced schema.
pub fn document_fields(file: &mut File, lowered: &Value) -> usize {
    struct Document<'a>(&'a Value, usize);
    impl VisitMut for Document<'_> {
        fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
            for field in &mut item.fields {
                let Some(ident) = &field.ident else { continue };
                // A property whose name is a word of Rust has another one here.
                let name = field
                    .attrs
                    .iter()
                    .find_map(serde_name)
                    .unwrap_or_else(|| ident.to_string());
                let description = property_description(self.0, &item.ident.to_string(), &name);
                if description.is_some_and(|description| add_doc(&mut field.attrs, description)) {
                    self.1 += 1;
                }
            }
        }
    }
    let mut document = Document(lowered, 0);
    for item in module(&mut file.items, &["types"]).into_iter().flatten() {
        if let Item::Struct(item) = item {
            document.visit_item_struct_mut(item);
        }
    }
    document.1
}

fn property_description<'a>(lowered: &'a Value, owner: &str, property: &str) -> Option<&'a str> {
    let schema = lowered["components"]["schemas"][owner]["properties"].get(property)?;
    resolve(lowered, schema).get("description")?.as_str()
}

/// Adds a description where there is none.
fn add_doc(attributes: &mut Vec<Attribute>, description: &str) -> bool {
    if attributes.iter().any(|attribute| doc_text(attribute).is_some()) {
        return false;
    }
    attributes.insert(0, parse_quote!(#[doc = #description]));
    true
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The name in `#[serde(rename = "…")]`.
fn serde_name(attribute: &Attribute) -> Option<String> {
    let mut name = None;
    if attribute.path().is_ident("serde") {
        // Other keys of the attribute are of no interest, so the first that is not `rename` ends the search.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<LitStr>()?.value());
            }
            Ok(())
        });
    }
    name
}
