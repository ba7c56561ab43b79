//! The generated code, item by item, so that a difference can be named.

use std::collections::BTreeMap;

use proc_macro2::TokenTree;
use syn::visit::{self, Visit};
use syn::{File, Item, ItemImpl, ItemMacro, TypePath};

use crate::pipeline::format;

/// Each named item with all its `impl`s, by its path; what has no name stands under the module's `mod`.
pub fn of(client: &File, constants: &File) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    collect("client", &client.items, &mut parts);
    collect("constants", &constants.items, &mut parts);
    let format_items = |items| {
        format(&File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items,
        })
    };
    parts
        .into_iter()
        .map(|(name, items)| (name, format_items(items)))
        .collect()
}

fn collect(path: &str, items: &[Item], parts: &mut BTreeMap<String, Vec<Item>>) {
    for item in items {
        let name = match item {
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    collect(&format!("{path}.{}", module.ident), items, parts);
                }
                let mut outside = module.clone();
                outside.content = None;
                outside.semi = Some(Default::default());
                parts.entry(format!("{path}.mod")).or_default().push(Item::Mod(outside));
                continue;
            }
            Item::Struct(item) => item.ident.to_string(),
            Item::Enum(item) => item.ident.to_string(),
            Item::Type(item) => item.ident.to_string(),
            Item::Const(item) if item.ident != "_" => item.ident.to_string(),
            Item::Impl(item) => owner(item),
            Item::Macro(item) => declared(item),
            _ => "mod".to_owned(),
        };
        parts.entry(format!("{path}.{name}")).or_default().push(item.clone());
    }
}

/// The type that `bounded_string!(#[doc = "…"] CommonTaskId, …)` declares.
fn declared(item: &ItemMacro) -> String {
    let idents = item.mac.tokens.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    idents.unwrap_or_else(|| "mod".to_owned())
}

/// The generated type that an `impl` belongs to: `impl From<CommonTaskId> for String` is `CommonTaskId`'s.
fn owner(item: &ItemImpl) -> String {
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_type_path(&mut self, node: &'ast TypePath) {
            let segments = &node.path.segments;
            let is_foreign = segments.first().is_some_and(|first| first.ident == "std");
            if let (false, Some(last)) = (is_foreign, segments.last()) {
                self.0.push(last.ident.to_string());
            }
            visit::visit_type_path(self, node);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_type(&item.self_ty);
    if let Some((path, _)) = &item.trait_ {
        names.visit_path(path);
    }
    names.0.into_iter().next().unwrap_or_else(|| "mod".to_owned())
}
