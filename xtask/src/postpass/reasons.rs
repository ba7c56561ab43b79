//! Why a value was refused.

use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprClosure, ExprMethodCall, File, ImplItemFn, Pat, parse_quote};

use super::module;

/// progenitor's builders answer a value that does not convert with "conversion to `TaskId` for task_id failed" and drop
/// the reason. Here the message becomes the parameter's name and the reason.
pub fn keep_reasons(file: &mut File, _: &Value) -> usize {
    let mut keep = Keep::default();
    for item in module(&mut file.items, &["builder"]).into_iter().flatten() {
        keep.visit_item_mut(item);
    }
    keep.count
}

#[derive(Default)]
struct Keep {
    setter: String,
    found: bool,
    count: usize,
}

impl VisitMut for Keep {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.setter = function.sig.ident.to_string();
        self.found = false;
        visit_mut::visit_impl_item_fn_mut(self, function);
        if self.found {
            function
                .sig
                .generics
                .make_where_clause()
                .predicates
                .push(parse_quote!(V::Error: std::fmt::Display));
            self.count += 1;
        }
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method != "map_err" {
            return;
        }
        if let Some(Expr::Closure(ExprClosure { inputs, .. })) = call.args.first()
            && matches!(inputs.first(), Some(Pat::Wild(_)))
        {
            let message = format!("{}: {{error}}", self.setter);
            call.args = parse_quote!(|error| format!(#message));
            self.found = true;
        }
    }
}
