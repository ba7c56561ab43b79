//! The requests that generated functions build, and what they make of the responses.

use quote::ToTokens;
use serde_json::Value;
use syn::punctuated::Punctuated;
use syn::visit_mut::{VisitMut, visit_block_mut, visit_expr_mut};
use syn::{Block, Expr, ExprLit, File, Lit, LitStr, Token, parse_quote};

/// Lets answers without content have the headers of the response, which progenitor copies.
///
/// Ref: no upstream issue found; to file for progenitor: take the headers in `ResponseValue::empty`.
pub fn take_headers(file: &mut File, _: &Value) -> usize {
    replace(file, |expression| match expression {
        Expr::Path(path) if text(path) == "ResponseValue :: empty" => {
            Some(parse_quote!(crate::transport::hooks::empty))
        }
        _ => None,
    })
}

/// Removes the header `api-version`, which only dropshot's servers know, with the map that holds it: the checks let an
/// operation have no other header.
///
/// Ref: <https://github.com/oxidecomputer/progenitor/pull/1120> (added the header, without a setting)
pub fn drop_version_header(file: &mut File, _: &Value) -> usize {
    struct Remove;
    impl VisitMut for Remove {
        fn visit_block_mut(&mut self, block: &mut Block) {
            visit_block_mut(self, block);
            let is_about_map = |text: String| text.starts_with("header_map") || text.starts_with("let mut header_map");
            block.stmts.retain(|statement| !is_about_map(text(statement)));
        }
    }
    Remove.visit_file_mut(file);
    replace(file, |expression| match expression {
        Expr::MethodCall(call) if text(&call.args) == "header_map" => Some((*call.receiver).clone()),
        _ => None,
    })
}

/// Takes URLs from the transport, which has the endpoint's: reqwest would parse the whole for each request, a tenth of
/// what a call costs.
///
/// Ref: no upstream issue found; to file for progenitor: keep the base URL as a `Url`.
pub fn parsed_endpoint(file: &mut File, _: &Value) -> usize {
    replace(file, url_of_transport)
}

/// What `format!("{}/path", self.baseurl, …)` becomes.
fn url_of_transport(expression: &Expr) -> Option<Expr> {
    let Expr::Macro(call) = expression else { return None };
    let parts = Punctuated::<Expr, Token![,]>::parse_terminated;
    let mut parts = call.mac.parse_body_with(parts).ok()?.into_iter();
    let (
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(whole), ..
        })),
        Some(base),
    ) = (parts.next(), parts.next())
    else {
        return None;
    };
    if text(&base) != "self . baseurl" {
        return None;
    }
    let path = LitStr::new(whole.value().strip_prefix("{}")?, whole.span());
    Some(parse_quote!(self.inner.url(format_args!(#path, #(#parts),*))))
}

/// Puts other expressions in the place of some; returns how many.
fn replace(file: &mut File, by: fn(&Expr) -> Option<Expr>) -> usize {
    struct Replace(fn(&Expr) -> Option<Expr>, usize);
    impl VisitMut for Replace {
        fn visit_expr_mut(&mut self, expression: &mut Expr) {
            visit_expr_mut(self, expression);
            if let Some(other) = (self.0)(expression) {
                *expression = other;
                self.1 += 1;
            }
        }
    }
    let mut replace = Replace(by, 0);
    replace.visit_file_mut(file);
    replace.1
}

fn text(part: &impl ToTokens) -> String {
    part.to_token_stream().to_string()
}
