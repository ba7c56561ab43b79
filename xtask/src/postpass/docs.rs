//! Adds descriptions that typify loses, so that `missing_docs` holds for generated code too.

use serde_json::Value;
use syn::{Attribute, Fields, File, Ident, Item, LitStr, parse_quote};

use super::module;
use crate::document::{resolve, texts};

/// Adds the descriptions of unit variants. typify only describes variants with content.
///
/// Ref: no upstream issue found; to file for typify: document unit variants of a `oneOf` with a tag.
pub fn document_variants(file: &mut File, lowered: &Value) -> usize {
    let mut count = 0;
    for item in module(&mut file.items, &["types"]).into_iter().flatten() {
        let Item::Enum(item) = item else { continue };
        let schema = &lowered["components"]["schemas"][item.ident.to_string()];
        for variant in &mut item.variants {
            let value = json_name(&variant.attrs, &variant.ident);
            let description = match form(schema, &value) {
                Some(form) => form.get("description"),
                None => schema["x-enumDescriptions"].get(&value),
            };
            count += add_doc(&mut variant.attrs, description);
        }
    }
    count
}

/// Adds the description of the referenced schema to a field. typify reads only the property's own description, and a
/// `$ref` cannot have one.
///
/// Ref: no upstream issue found; to file for typify: use the description of the referenced schema.
pub fn document_fields(file: &mut File, lowered: &Value) -> usize {
    let mut count = 0;
    let mut document = |fields: &mut Fields, properties: &Value| {
        for field in fields {
            let Some(ident) = &field.ident else { continue };
            let property = &properties[json_name(&field.attrs, ident)];
            count += add_doc(&mut field.attrs, resolve(lowered, property).get("description"));
        }
    };
    for item in module(&mut file.items, &["types"]).into_iter().flatten() {
        match item {
            Item::Struct(item) => {
                let schema = &lowered["components"]["schemas"][item.ident.to_string()];
                document(&mut item.fields, &schema["properties"]);
            }
            Item::Enum(item) => {
                let schema = &lowered["components"]["schemas"][item.ident.to_string()];
                for variant in &mut item.variants {
                    if let Some(form) = form(schema, &json_name(&variant.attrs, &variant.ident)) {
                        document(&mut variant.fields, &form["properties"]);
                    }
                }
            }
            _ => {}
        }
    }
    count
}

/// The form of a `oneOf` whose tag has this value.
fn form<'a>(schema: &'a Value, value: &str) -> Option<&'a Value> {
    let mut forms = schema["oneOf"].as_array()?.iter();
    forms.find(|form| {
        let properties = form["properties"].as_object().into_iter().flatten();
        properties.into_iter().any(|(_, tag)| texts(tag, "enum") == [value])
    })
}

/// Adds a description where there is none; returns how many were added.
fn add_doc(attributes: &mut Vec<Attribute>, description: Option<&Value>) -> usize {
    let Some(description) = description.and_then(Value::as_str) else {
        return 0;
    };
    if attributes.iter().any(|attribute| attribute.path().is_ident("doc")) {
        return 0;
    }
    attributes.insert(0, parse_quote!(#[doc = #description]));
    1
}

/// The name that serde reads and writes: that of the document, of which the Rust name can differ.
fn json_name(attributes: &[Attribute], ident: &Ident) -> String {
    attributes
        .iter()
        .find_map(serde_name)
        .unwrap_or_else(|| ident.to_string())
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
