//! The OpenAPI documents as the simulator needs them: operations, their parameters and compiled schemas.
//!
//! No operation is described in code. What the document says is routed and checked; what cannot be simulated (a media type
//! without JSON, a parameter that is half a path segment) is an error at the start, so that no request passes unchecked.

pub(crate) mod check;
mod condition;
mod reader;
mod width;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderName, Method};
use jsonschema::Validator;
use serde_json::Value;

/// The OpenAPI documents that requests are checked against.
pub(crate) const EMBEDDED: [&str; 2] = [
    include_str!("../../openapi/hss-v5.json"),
    include_str!("../../openapi/hss-v5-tasks.json"),
];

/// Maximum length of a chain of references; a longer one is taken for a circle.
const REFERENCE_DEPTH: usize = 32;

/// The operations of all documents.
pub(crate) struct Document {
    /// Every operation, in the order of the documents.
    pub(crate) operations: Vec<Operation>,
}

/// One method of one path.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: Vec<Segment>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    /// How callers authenticate, `None` where they need not.
    pub(crate) security: Option<Security>,
}

impl Operation {
    pub(crate) fn token_scheme(&self) -> Option<&TokenScheme> {
        self.security.as_ref()?.token.as_ref()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    Placeholder(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
}

impl Location {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// How the text of a parameter becomes the value that its schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    /// A number or a boolean, written as in JSON.
    Literal,
    /// A list: the parameter is repeated, and each value is text or a literal.
    List {
        literal: bool,
    },
}

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
    pub(crate) schema: Schema,
}

pub(crate) struct RequestBody {
    pub(crate) required: bool,
    /// Media type without parameters, in lower case, to the schema.
    pub(crate) media: BTreeMap<String, Schema>,
}

pub(crate) struct Schema {
    /// Its document.
    pub(crate) source: Arc<Value>,
    /// Its place in the document, as a JSON pointer.
    pub(crate) pointer: String,
    pub(crate) validator: Validator,
}

/// The security schemes that an operation takes; one suffices.
#[derive(Clone, Debug)]
pub(crate) struct Security {
    pub(crate) token: Option<TokenScheme>,
    /// A signature in `Authorization`.
    pub(crate) signature: bool,
}

/// A security scheme that is a token in a header.
#[derive(Clone, Debug)]
pub(crate) struct TokenScheme {
    pub(crate) header: HeaderName,
    /// `x-min-length`, in characters.
    pub(crate) min_length: usize,
    /// `x-max-length`, in characters.
    pub(crate) max_length: usize,
}

impl TokenScheme {
    /// Whether a token has as many characters as the document allows.
    pub(crate) fn allows(&self, token: &[u8]) -> bool {
        let characters = String::from_utf8_lossy(token).chars().count();
        (self.min_length..=self.max_length).contains(&characters)
    }
}

/// Follows `$ref` from `pointer` to a value; returns its pointer and the value.
pub(crate) fn resolve<'d>(source: &'d Value, pointer: &str) -> Option<(String, &'d Value)> {
    let mut pointer = pointer.to_owned();
    for _ in 0..REFERENCE_DEPTH {
        let value = source.pointer(&pointer)?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => pointer = reference.strip_prefix('#')?.to_owned(),
            None => return Some((pointer, value)),
        }
    }
    None
}

pub(crate) fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
