//! No file of a crate imports another in a circle.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, UseTree};

/// The modules of a crate by their path, such as `["transport", "hooks"]`; the root is empty.
type Modules = BTreeMap<Vec<String>, PathBuf>;

fn modules(source: &Path) -> Modules {
    let mut modules = Modules::new();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(source).unwrap().with_extension("");
                let parts = relative.iter().map(|part| part.to_str().unwrap().to_owned());
                let name = parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str()));
                modules.insert(name.collect(), path);
            }
        }
    }
    modules
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| quote::quote!(#attribute).to_string().contains("test"))
}

fn leaves(tree: &UseTree, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let joined = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &joined(&path.ident), found),
        UseTree::Name(name) => found.push(joined(&name.ident)),
        UseTree::Rename(rename) => found.push(joined(&rename.ident)),
        UseTree::Glob(_) => found.push(prefix.to_vec()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, prefix, found)),
    }
}

/// The modules that a file imports from, outside its tests.
fn imported(module: &[String], file: &Path, modules: &Modules) -> BTreeSet<Vec<String>> {
    let parsed = syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut paths = Vec::new();
    for item in &parsed.items {
        if let Item::Use(item) = item
            && !is_test(&item.attrs)
        {
            leaves(&item.tree, &[], &mut paths);
        }
    }
    let parent = &module[..module.len().saturating_sub(1)];
    let absolute = paths.into_iter().filter_map(|path| {
        let rest = || path[1..].to_vec();
        match path[0].as_str() {
            "crate" => Some(rest()),
            "super" => Some([parent, &rest()].concat()),
            "self" => Some([module, &rest()].concat()),
            // A module beside or below the file is named without a prefix.
            first => {
                let child = [module, &[first.to_owned()]].concat();
                modules.contains_key(&child).then(|| [module, &path].concat())
            }
        }
    });
    let nearest = absolute.filter_map(|path| {
        (0..=path.len())
            .rev()
            .map(|length| path[..length].to_vec())
            .find(|prefix| modules.contains_key(prefix))
    });
    nearest.filter(|other| other != module).collect()
}

/// The modules that are left when those that import no other one are taken away, again and again.
fn circle(mut arrows: BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Vec<String> {
    while let Some(free) = arrows
        .iter()
        .find(|(_, imports)| !imports.iter().any(|other| arrows.contains_key(other)))
        .map(|(module, _)| module.clone())
    {
        arrows.remove(&free);
    }
    arrows.into_keys().map(|module| module.join("::")).collect()
}

fn circle_of(source: &Path) -> Vec<String> {
    let modules = modules(source);
    let arrows = modules
        .iter()
        .map(|(module, file)| (module.clone(), imported(module, file, &modules)));
    circle(arrows.collect())
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut count = 0;
    for entry in std::fs::read_dir(xtask::root().join("crates")).unwrap() {
        let source = entry.unwrap().path().join("src");
        assert_eq!(circle_of(&source), Vec::<String>::new(), "{}", source.display());
        count += 1;
    }
    assert_eq!(count, 5);
    assert_eq!(circle_of(&xtask::root().join("xtask/src")), Vec::<String>::new());
}

#[test]
fn a_circle_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    write("lib.rs", "mod a; mod b;");
    write("a.rs", "use crate::b::c::C;");
    write("b/mod.rs", "mod c;");
    write("b/c.rs", "#[cfg(test)] use crate::a::A;");
    assert_eq!(circle_of(folder.path()), Vec::<String>::new());
    write("b/c.rs", "use super::super::a; use crate::{a::A};");
    assert_eq!(circle_of(folder.path()), ["a", "b::c"]);
}
