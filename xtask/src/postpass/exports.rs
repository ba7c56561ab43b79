//! Imports, exports and derives of the generated module.

use serde_json::Value;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{File, ImplItem, Item, ItemEnum, ItemStruct, UsePath, UseTree, parse_quote};

use super::{module, self_name};

/// Replaces progenitor's path encoder, which does not encode `.` and `\`: the URL then leads to another path before any
/// hook sees it. Ours leaves only unreserved characters.
///
/// Ref: <https://github.com/oxidecomputer/progenitor/pull/304> (chose the set of encoded characters); no issue found
/// about `\`. That a URL cannot carry `.` and `..`, encoded or not: <https://github.com/whatwg/url/issues/281>
pub fn own_path_encoder(file: &mut File, _: &Value) -> usize {
    let removed = remove_import(file, "progenitor_client", "encode_path");
    if removed > 0 {
        file.items.insert(
            0,
            parse_quote!(
                use crate::bounded::encode_path;
            ),
        );
    }
    removed
}

/// Removes `Client::new`, which builds an HTTP client with its own time-out, with redirects and with an `unwrap`.
///
/// Ref: <https://github.com/oxidecomputer/progenitor/issues/1208> (only the time-out became a setting)
pub fn one_constructor(file: &mut File, _: &Value) -> usize {
    let mut count = 0;
    for item in &mut file.items {
        let Item::Impl(item) = item else { continue };
        if item.trait_.is_some() || self_name(item).as_deref() != Some("Client") {
            continue;
        }
        let before = item.items.len();
        item.items
            .retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"));
        count += before - item.items.len();
        for item in &mut item.items {
            if let ImplItem::Fn(function) = item
                && function.sig.ident == "new_with_client"
            {
                function.vis = parse_quote!(pub(crate));
                function.attrs.clear();
                count += 1;
            }
        }
    }
    count
}

/// Removes `ByteStream`, which no operation uses, and the prelude, which only repeats `Client`.
///
/// Ref: no upstream issue found; to file for progenitor: export `ByteStream` only if an operation streams.
pub fn drop_unused_exports(file: &mut File, _: &Value) -> usize {
    let before = file.items.len();
    file.items
        .retain(|item| !matches!(item, Item::Mod(found) if found.ident == "prelude"));
    let removed = ["progenitor_client", "super"].map(|from| remove_import(file, from, "ByteStream"));
    before - file.items.len() + removed.iter().sum::<usize>()
}

/// Removes the string conversions of closed enums and their error type, which only says `invalid value`. serde reads the
/// enums from JSON and names the allowed values.
///
/// Ref: <https://github.com/oxidecomputer/typify/pull/475> (added the error type); no issue found about its message
pub fn drop_string_conversions(file: &mut File, _: &Value) -> usize {
    let Some(types) = module(&mut file.items, &["types"]) else {
        return 0;
    };
    let before = types.len();
    types.retain(|item| match item {
        Item::Mod(module) => module.ident != "error",
        Item::Impl(_) => !quote::quote!(#item).to_string().contains("error :: ConversionError"),
        _ => true,
    });
    before - types.len()
}

/// Derives `JsonSchema` for tests only, so that users do not depend on schemars.
///
/// Ref: none, only our tests need it.
pub fn schema_in_tests(file: &mut File, _: &Value) -> usize {
    struct Derive(usize);
    impl VisitMut for Derive {
        fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
            self.add(&mut item.attrs);
        }
        fn visit_item_enum_mut(&mut self, item: &mut ItemEnum) {
            self.add(&mut item.attrs);
        }
    }
    impl Derive {
        fn add(&mut self, attrs: &mut Vec<syn::Attribute>) {
            let is_derive = |attr: &syn::Attribute| attr.path().is_ident("derive");
            let serializes = |attr: &syn::Attribute| quote::quote!(#attr).to_string().contains("Serialize");
            if let Some(at) = attrs.iter().position(|attr| is_derive(attr) && serializes(attr)) {
                attrs.insert(at + 1, parse_quote!(#[cfg_attr(test, derive(schemars::JsonSchema))]));
                self.0 += 1;
            }
        }
    }
    let mut derive = Derive(0);
    for item in module(&mut file.items, &["types"]).into_iter().flatten() {
        derive.visit_item_mut(item);
    }
    derive.0
}

/// Takes a name out of every `use … {…}` whose first part is `from`.
fn remove_import(file: &mut File, from: &str, name: &str) -> usize {
    struct Remove<'a> {
        from: &'a str,
        name: &'a str,
        count: usize,
    }
    impl VisitMut for Remove<'_> {
        fn visit_use_path_mut(&mut self, path: &mut UsePath) {
            if path.ident != self.from {
                return;
            }
            if let UseTree::Group(group) = &mut *path.tree {
                let others = |tree: &&UseTree| !matches!(tree, UseTree::Name(found) if found.ident == self.name);
                let kept: Punctuated<_, _> = group.items.iter().filter(others).cloned().collect();
                self.count += group.items.len() - kept.len();
                group.items = kept;
            }
        }
    }
    let mut remove = Remove { from, name, count: 0 };
    remove.visit_file_mut(file);
    remove.count
}
