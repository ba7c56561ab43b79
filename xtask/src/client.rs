//! The settings and the call of progenitor.

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypePatch};
use serde_json::Value;

use crate::document::components;
use crate::source::Problem;

/// Whether a string or a list has a bound, and so becomes one of our types.
pub fn is_bounded(schema: &Value) -> bool {
    ["minLength", "maxLength", "minItems", "maxItems"]
        .iter()
        .any(|key| schema.get(*key).is_some())
}

/// The Rust path of the generated types. The files of a document have its own path instead.
pub const TYPES: &str = "crate::raw::types";

/// The settings of progenitor.
pub fn settings(lowered: &Value) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote::quote!(crate::transport::Transport));
    let mut growing = TypePatch::default();
    growing.with_attr("#[non_exhaustive]");
    for (name, schema) in components(lowered, "schemas") {
        if is_bounded(schema) {
            settings.with_replacement(name, format!("{TYPES}::{name}"), std::iter::empty());
        } else if schema["type"] == "object" || schema.get("enum").is_some() || schema.get("oneOf").is_some() {
            settings.with_patch(name, &growing);
        }
    }
    settings
}

/// Runs progenitor over the lowered document.
pub fn generate(lowered: &Value, settings: &GenerationSettings) -> Result<syn::File, Problem> {
    let document: OpenAPI = serde_json::from_value(lowered.clone())
        .map_err(|error| Problem::new("", format!("not an OpenAPI document: {error}")))?;
    let tokens = Generator::new(settings)
        .generate_tokens(&document)
        .map_err(|error| Problem::new("", format!("progenitor: {error}")))?;
    syn::parse2(tokens).map_err(|error| Problem::new("", format!("progenitor's output is no Rust: {error}")))
}
