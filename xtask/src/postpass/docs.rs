//! Documentation that progenitor and typify lose, so that `missing_docs` holds for generated code too.

use std::collections::HashMap;

use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, ExprLit, File, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, Lit, LitStr, Meta, parse_quote,
};

use super::{module, self_name};
use crate::document::{Operation, components, operations, resolve, text, texts};

/// progenitor's examples do not compile (`client.retry_task().project_id(project_id)…` marked `ignore`).
pub fn drop_ignored_examples(file: &mut File, _: &Value) -> usize {
    struct Cut(usize);
    impl VisitMut for Cut {
        fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
            let Some(doc) = doc_text(attribute) else { return };
            if let Some((kept, _)) = doc.split_once("```ignore") {
                let kept = kept.trim_end();
                *attribute = parse_quote!(#[doc = #kept]);
                self.0 += 1;
            }
        }
    }
    let mut cut = Cut(0);
    cut.visit_file_mut(file);
    cut.0
}

/// typify describes the variants that carry something and forgets those that carry nothing.
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

/// typify takes a field's description from the property, and a `$ref` can have none beside it.
pub fn document_fields(file: &mut File, lowered: &Value) -> usize {
    struct Document<'a>(&'a Value, usize);
    impl VisitMut for Document<'_> {
        fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
            for field in &mut item.fields {
                let Some(name) = &field.ident else { continue };
                let description = property_description(self.0, &item.ident.to_string(), &name.to_string());
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

/// progenitor leaves the builders' functions without a word.
pub fn document_builders(file: &mut File, lowered: &Value) -> usize {
    let mut count = 0;
    for item in module(&mut file.items, &["types"]).into_iter().flatten() {
        match item {
            Item::Impl(item) => {
                count += document_functions(item, |_, _| Some("Starts a value of this type.".to_owned()))
            }
            Item::Mod(item) if item.ident == "builder" => {
                count += usize::from(add_doc(&mut item.attrs, "Builders for the object types."));
            }
            _ => {}
        }
    }
    for item in module(&mut file.items, &["types", "builder"]).into_iter().flatten() {
        match item {
            Item::Struct(item) => {
                let doc = format!("Builder for [`{0}`](super::{0}).", item.ident);
                count += usize::from(add_doc(&mut item.attrs, &doc));
            }
            Item::Impl(item) => {
                count += document_functions(item, |owner, name| {
                    property_description(lowered, owner, name).map(str::to_owned)
                });
            }
            _ => {}
        }
    }
    for item in module(&mut file.items, &["builder"]).into_iter().flatten() {
        if let Item::Impl(item) = item {
            count += document_functions(item, |owner, name| operation_function(lowered, owner, name));
        }
    }
    count
}

/// progenitor says nothing of the answers that the document lists.
pub fn document_answers(file: &mut File, lowered: &Value) -> usize {
    let mut count = 0;
    for item in module(&mut file.items, &["builder"]).into_iter().flatten() {
        let Item::Impl(item) = item else { continue };
        let owner = self_name(item).unwrap_or_default();
        let Some(operation) = operation_of(lowered, &owner) else {
            continue;
        };
        for function in &mut item.items {
            if let ImplItem::Fn(function) = function
                && function.sig.ident == "send"
            {
                let answers = answers(lowered, &operation);
                function.attrs.push(parse_quote!(#[doc = #answers]));
                count += 1;
            }
        }
    }
    count
}

fn answers(lowered: &Value, operation: &Operation<'_>) -> String {
    let mut text_of_all = "\n# Answers\n".to_owned();
    for (status, reference) in operation.value["responses"].as_object().into_iter().flatten() {
        let response = resolve(lowered, reference);
        let line = text(response, "description").replace('\n', " ");
        text_of_all.push_str(&format!("- `{status}`: {line}\n"));
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let line = text(resolve(lowered, header), "description").replace('\n', " ");
            text_of_all.push_str(&format!("  - header `{name}`: {line}\n"));
        }
    }
    text_of_all
}

fn operation_of<'a>(lowered: &'a Value, owner: &str) -> Option<Operation<'a>> {
    let mut all = operations(lowered).into_iter();
    all.find(|operation| owner.eq_ignore_ascii_case(operation.id()))
}

/// What a function of an operation's builder does.
fn operation_function(lowered: &Value, owner: &str, name: &str) -> Option<String> {
    let operation = operation_of(lowered, owner)?;
    match name {
        "new" => Some("Starts a request; [`send`](Self::send) ends it.".to_owned()),
        "body" => Some(text(&operation.value["requestBody"], "description").to_owned()),
        "body_map" => Some("Changes the body through its builder.".to_owned()),
        _ => {
            let parameters = operation.value["parameters"].as_array()?.iter();
            let mut parameters = parameters.map(|reference| resolve(lowered, reference));
            let parameter = parameters.find(|parameter| text(parameter, "name") == name)?;
            let limits = text(resolve(lowered, &parameter["schema"]), "description")
                .rsplit("\n\n")
                .next();
            let limits = limits.filter(|limits| limits.starts_with("Limit:")).unwrap_or_default();
            Some(
                format!("{}\n\n{limits}", text(parameter, "description"))
                    .trim_end()
                    .to_owned(),
            )
        }
    }
}

fn property_description<'a>(lowered: &'a Value, owner: &str, property: &str) -> Option<&'a str> {
    let schema = lowered["components"]["schemas"][owner]["properties"].get(property)?;
    resolve(lowered, schema).get("description")?.as_str()
}

/// Documents the public functions of an inherent `impl`.
fn document_functions(item: &mut ItemImpl, describe: impl Fn(&str, &str) -> Option<String>) -> usize {
    struct Functions<'a>(&'a dyn Fn(&str) -> Option<String>, usize);
    impl VisitMut for Functions<'_> {
        fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
            if let Some(doc) = (self.0)(&function.sig.ident.to_string()) {
                self.1 += usize::from(add_doc(&mut function.attrs, &doc));
            }
        }
    }
    let (None, Some(owner)) = (&item.trait_, self_name(item)) else {
        return 0;
    };
    let describe = |name: &str| describe(&owner, name);
    let mut functions = Functions(&describe, 0);
    visit_mut::visit_item_impl_mut(&mut functions, item);
    functions.1
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
