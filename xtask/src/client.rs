//! The settings and the call of progenitor.

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypePatch};
use serde_json::Value;

use crate::document::{answer_schemas, components, reference_name};
use crate::source::Problem;

/// Whether a schema becomes one of our types: it has a bound, is a text in a path, is a list in an answer, or has its
/// type elsewhere.
pub fn is_ours(lowered: &Value, name: &str, schema: &Value) -> bool {
    const BOUNDS: [&str; 6] = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"];
    let is_bounded = BOUNDS.iter().any(|key| schema.get(*key).is_some());
    let is_text = schema["type"] == "string" && schema.get("enum").is_none();
    is_bounded
        || (is_text && is_in_path(lowered, name))
        || schema.get(SHARED).is_some()
        || (schema["type"] == "array" && answer_schemas(lowered).contains(name))
}

/// Whether a parameter of a path has this schema.
pub fn is_in_path(lowered: &Value, schema: &str) -> bool {
    components(lowered, "parameters")
        .any(|(_, parameter)| parameter["in"] == "path" && reference_name(&parameter["schema"]) == Some(schema))
}

/// The Rust path of the generated types. The files of a document have its own path instead.
pub const TYPES: &str = "crate::raw::types";

/// The Rust path of the types that another document has. The files have that document's path instead.
pub const SHARED_TYPES: &str = "crate::shared::types";

/// Marks a schema whose type another document has.
pub const SHARED: &str = "x-shared";

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
        if is_ours(lowered, name, schema) {
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
