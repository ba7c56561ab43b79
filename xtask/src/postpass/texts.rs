//! Bounded texts: what their refusal says, and ids that no URL can carry.

use std::collections::HashSet;

use serde_json::Value;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprBinary, File, ImplItem, ImplItemFn, Item, Lit, parse_quote};

use super::{module, self_name};
use crate::document::{components, reference_name};

/// typify says "longer than 64 characters" and not how many were found. The bounds are read from typify's own checks,
/// so a bound that it ignored stays visible in the snapshots.
pub fn bounded_texts(file: &mut File, _: &Value) -> usize {
    let mut count = 0;
    for function in from_str_functions(file, |_| true) {
        let mut bounds = Bounds::default();
        bounds.visit_block(&function.block);
        if bounds.min.is_none() && bounds.max.is_none() {
            continue;
        }
        let min = bounds.min.unwrap_or_else(|| parse_quote!(0usize));
        let max: Expr = bounds
            .max
            .map_or_else(|| parse_quote!(usize::MAX), |max| parse_quote!(#max));
        let last = function.block.stmts.pop();
        function.block = parse_quote!({
            crate::limit::characters(value, #min, #max)?;
            #last
        });
        count += 1;
    }
    count
}

/// A path segment `.` or `..` collapses the URL to another path, percent-encoded too, so an id of that form cannot be
/// sent at all.
pub fn refuse_dot_segments(file: &mut File, lowered: &Value) -> usize {
    let in_path: HashSet<&str> = components(lowered, "parameters")
        .filter(|(_, parameter)| parameter["in"] == "path")
        .filter_map(|(_, parameter)| reference_name(&parameter["schema"]))
        .collect();
    let mut count = 0;
    for function in from_str_functions(file, |name| in_path.contains(name)) {
        function
            .block
            .stmts
            .insert(0, parse_quote!(crate::path::refuse_dots(value)?;));
        count += 1;
    }
    count
}

/// The bodies of `FromStr::from_str` of the types that `wanted` picks.
fn from_str_functions(file: &mut File, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = &mut ImplItemFn> {
    let types = module(&mut file.items, &["types"]).into_iter().flatten();
    let blocks = types.filter_map(move |item| match item {
        Item::Impl(item) if self_name(item).is_some_and(|name| wanted(&name)) => Some(item),
        _ => None,
    });
    blocks.flat_map(|block| &mut block.items).filter_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "from_str" => Some(function),
        _ => None,
    })
}

/// The numbers of `value.chars().count() > MAX` and `… < MIN`.
#[derive(Default)]
struct Bounds {
    min: Option<Lit>,
    max: Option<Lit>,
}

impl<'ast> Visit<'ast> for Bounds {
    fn visit_expr_binary(&mut self, node: &'ast ExprBinary) {
        if let Expr::Lit(number) = &*node.right {
            match node.op {
                BinOp::Gt(_) => self.max = Some(number.lit.clone()),
                BinOp::Lt(_) => self.min = Some(number.lit.clone()),
                _ => {}
            }
        }
        visit::visit_expr_binary(self, node);
    }
}
