//! Outside `raw`, no signature of the SDK names a type of the libraries behind it: they can be raised or swapped without a
//! new major version.
#![cfg(test)]

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{File, ImplItem, Item, ItemImpl, Type, UseTree, Visibility};

/// The files of the public modules outside `raw`.
const PUBLIC: &[&str] = &["lib.rs", "bulk/mod.rs"];

const HIDDEN: &[&str] = &[
    "bytes",
    "futures_util",
    "http",
    "percent_encoding",
    "progenitor_client",
    "reqwest",
    "serde_json",
    "sha2",
    "tokio",
    "tracing",
    "zeroize",
];

fn sources() -> Vec<(String, File)> {
    let source = xtask::root().join("crates/huaweicloud-hss/src");
    let mut folders = vec![source.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
                sources.push((name, syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap()));
            }
        }
    }
    sources
}

/// The names that a `use` binds.
fn bound(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => bound(&path.tree, names),
        UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| bound(tree, names)),
        UseTree::Glob(_) => {}
    }
}

fn root(tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => Some(path.ident.to_string()),
        _ => None,
    }
}

/// What a file offers by `pub use`.
fn exported(file: &File) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in &file.items {
        if let Item::Use(item) = item
            && matches!(item.vis, Visibility::Public(_))
        {
            bound(&item.tree, &mut names);
        }
    }
    names
}

/// Finds types of hidden libraries in what users see of an item.
struct Finder<'a> {
    hidden: BTreeSet<String>,
    exported: &'a BTreeSet<String>,
    found: Vec<String>,
    seen: usize,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let first = path
            .segments
            .first()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default();
        if self.hidden.contains(&first) {
            self.found.push(quote::quote!(#path).to_string());
        }
        visit::visit_path(self, path);
    }
}

impl Finder<'_> {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) if self.exported.contains(&item.ident.to_string()) => {
                let fields = item
                    .fields
                    .iter()
                    .filter(|field| matches!(field.vis, Visibility::Public(_)));
                fields.for_each(|field| self.visit_type(&field.ty));
            }
            Item::Enum(item) if self.exported.contains(&item.ident.to_string()) => {
                item.variants
                    .iter()
                    .flat_map(|variant| &variant.fields)
                    .for_each(|field| self.visit_type(&field.ty));
            }
            Item::Impl(item) if self.is_exported(&item.self_ty) => self.block(item),
            _ => {}
        }
    }

    fn block(&mut self, item: &ItemImpl) {
        if let Some((path, _)) = &item.trait_ {
            self.visit_path(path);
            return;
        }
        for item in &item.items {
            if let ImplItem::Fn(function) = item
                && matches!(function.vis, Visibility::Public(_))
            {
                self.seen += 1;
                self.visit_signature(&function.sig);
            }
        }
    }

    /// By its bare name: `raw::Client` is another type.
    fn is_exported(&self, kind: &Type) -> bool {
        let Type::Path(path) = kind else { return false };
        let mut segments = path.path.segments.iter();
        let (first, more) = (segments.next(), segments.next());
        more.is_none() && first.is_some_and(|first| self.exported.contains(&first.ident.to_string()))
    }
}

fn check(sources: &[(String, File)]) -> (usize, Vec<String>) {
    let public = sources.iter().filter(|(name, _)| PUBLIC.contains(&name.as_str()));
    let exported: BTreeSet<String> = public.flat_map(|(_, file)| exported(file)).collect();
    let (mut seen, mut found) = (0, Vec::new());
    for (name, file) in sources.iter().filter(|(name, _)| !name.starts_with("generated")) {
        let mut hidden: BTreeSet<String> = HIDDEN.iter().map(|name| (*name).to_owned()).collect();
        for item in &file.items {
            if let Item::Use(item) = item
                && root(&item.tree).is_some_and(|root| HIDDEN.contains(&&*root))
            {
                bound(&item.tree, &mut hidden);
            }
        }
        let mut finder = Finder {
            hidden,
            exported: &exported,
            found: Vec::new(),
            seen: 0,
        };
        file.items.iter().for_each(|item| finder.item(item));
        seen += finder.seen;
        found.extend(finder.found.into_iter().map(|path| format!("{name}: {path}")));
    }
    (seen, found)
}

#[test]
fn public_api_names_no_library() {
    let (seen, found) = check(&sources());
    assert!(seen > 30, "only {seen} public functions were looked at");
    assert_eq!(found, Vec::<String>::new());
}

/// The guard itself: a leak of each kind is found.
#[test]
fn public_api_check_finds_a_leak() {
    let leaks = [
        "impl Client { pub fn http(&self) -> &reqwest::Client { &self.http } }",
        "use http::HeaderMap; impl Accepted { pub fn headers(&self) -> Option<&HeaderMap> { None } }",
        "impl From<reqwest::Error> for Error { fn from(_: reqwest::Error) -> Self { loop {} } }",
        "impl Summary { pub fn ended(&self) -> tokio::time::Instant { self.ended } }",
        "use bytes::Bytes; pub struct Accepted { pub body: Bytes }",
    ];
    for leak in leaks {
        let mut sources = sources();
        sources.push(("leak".to_owned(), syn::parse_str(leak).unwrap()));
        assert_eq!(check(&sources).1.len(), 1, "{leak}");
    }
}
