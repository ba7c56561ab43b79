//! Reads and compiles an OpenAPI document. What it cannot represent is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderName, Method};
use jsonschema::{Draft, Registry};
use serde_json::{Value, json};

use super::{
    Document, Location, Operation, Parameter, RequestBody, Schema, Security, Segment, Shape, TokenScheme, join,
    resolve, width,
};
use crate::error::DocumentError;

/// The document's URI in the schema compiler. It never leaves the process.
const DOCUMENT_URI: &str = "urn:hss-sim:document";

const METHODS: [(&str, Method); 8] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("options", Method::OPTIONS),
    ("head", Method::HEAD),
    ("patch", Method::PATCH),
    ("trace", Method::TRACE),
];

impl Document {
    /// Reads documents, which share no operation.
    pub(crate) fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, DocumentError> {
        let mut operations: Vec<Operation> = Vec::new();
        for text in texts {
            operations.extend(operations_of(text)?);
        }
        for (index, operation) in operations.iter().enumerate() {
            if operations[..index].iter().any(|earlier| earlier.id == operation.id) {
                return Err(DocumentError::new(format!("two operations are `{}`", operation.id)));
            }
        }
        Ok(Self { operations })
    }
}

fn operations_of(text: &str) -> Result<Vec<Operation>, DocumentError> {
    let mut source: Value =
        serde_json::from_str(text).map_err(|error| DocumentError::new(format!("it is not JSON: {error}")))?;
    allow_null(&mut source);
    let registry = Registry::new()
        .draft(Draft::Draft4)
        .add(DOCUMENT_URI, source.clone())
        .and_then(jsonschema::RegistryBuilder::prepare)
        .map_err(|error| DocumentError::new(error.to_string()))?;
    let source = Arc::new(source);
    Reader {
        source: &source,
        registry: &registry,
    }
    .operations()
}

/// Turns `nullable` of OpenAPI 3.0 into the list of types that JSON Schema has for it.
fn allow_null(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("nullable") == Some(&Value::Bool(true))
                && let Some(Value::String(kind)) = map.get("type").cloned()
            {
                map.insert("type".to_owned(), json!([kind, "null"]));
            }
            map.values_mut().for_each(allow_null);
        }
        Value::Array(items) => items.iter_mut().for_each(allow_null),
        _ => {}
    }
}

struct Reader<'d> {
    source: &'d Arc<Value>,
    registry: &'d Registry<'d>,
}

impl<'d> Reader<'d> {
    fn operations(&self) -> Result<Vec<Operation>, DocumentError> {
        let paths = self
            .source
            .get("paths")
            .and_then(Value::as_object)
            .ok_or_else(|| DocumentError::new("it has no `paths`"))?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            let item_pointer = join("/paths", path);
            for (name, method) in &METHODS {
                if item.get(*name).is_some() {
                    let pointer = join(&item_pointer, name);
                    operations.push(self.operation(path, &item_pointer, &pointer, method.clone())?);
                }
            }
        }
        Ok(operations)
    }

    fn operation(
        &self,
        path: &str,
        item_pointer: &str,
        pointer: &str,
        method: Method,
    ) -> Result<Operation, DocumentError> {
        let value = self.at(pointer)?.1;
        let id = value
            .get("operationId")
            .and_then(Value::as_str)
            .ok_or_else(|| DocumentError::new(format!("{pointer} has no `operationId`")))?;
        let path = segments(path)?;
        let mut parameters = self.parameters(pointer)?;
        for inherited in self.parameters(item_pointer)? {
            if !parameters
                .iter()
                .any(|own| own.name == inherited.name && own.location == inherited.location)
            {
                parameters.push(inherited);
            }
        }
        for segment in &path {
            if let Segment::Placeholder(name) = segment
                && !parameters
                    .iter()
                    .any(|parameter| parameter.location == Location::Path && parameter.name == *name)
            {
                return Err(DocumentError::new(format!(
                    "{pointer} does not describe the path parameter `{name}`"
                )));
            }
        }
        Ok(Operation {
            id: id.to_owned(),
            method,
            path,
            parameters,
            body: self.body(pointer)?,
            security: self.security(value)?,
        })
    }

    fn parameters(&self, owner: &str) -> Result<Vec<Parameter>, DocumentError> {
        let list = join(owner, "parameters");
        let count = self.source.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
        (0..count)
            .map(|index| self.parameter(&join(&list, &index.to_string())))
            .collect()
    }

    fn parameter(&self, pointer: &str) -> Result<Parameter, DocumentError> {
        let (pointer, value) = self.at(pointer)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let location = match text("in") {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            other => {
                return Err(DocumentError::new(format!(
                    "{pointer} stands in `{other}`, which is not simulated"
                )));
            }
        };
        let schema_pointer = join(&pointer, "schema");
        Ok(Parameter {
            name: text("name").to_owned(),
            location,
            required: value.get("required") == Some(&Value::Bool(true)),
            shape: self.shape(&schema_pointer)?,
            schema: self.schema(&schema_pointer)?,
        })
    }

    fn shape(&self, schema_pointer: &str) -> Result<Shape, DocumentError> {
        let (pointer, schema) = self.at(schema_pointer)?;
        let kind = |schema: &Value| {
            schema
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("string")
                .to_owned()
        };
        let is_literal = |kind: &str| matches!(kind, "integer" | "number" | "boolean");
        match kind(schema).as_str() {
            "array" => {
                let items = self.at(&join(&pointer, "items"))?.1;
                Ok(Shape::List {
                    literal: is_literal(&kind(items)),
                })
            }
            "object" => Err(DocumentError::new(format!(
                "{pointer} is an object, which no parameter can be here"
            ))),
            other if is_literal(other) => Ok(Shape::Literal),
            _ => Ok(Shape::Text),
        }
    }

    fn body(&self, operation: &str) -> Result<Option<RequestBody>, DocumentError> {
        let pointer = join(operation, "requestBody");
        if self.source.pointer(&pointer).is_none() {
            return Ok(None);
        }
        let (pointer, value) = self.at(&pointer)?;
        let content = value.get("content").and_then(Value::as_object);
        let mut media = BTreeMap::new();
        for kind in content.into_iter().flat_map(serde_json::Map::keys) {
            let lower = kind.to_ascii_lowercase();
            if lower != "application/json" && !lower.ends_with("+json") {
                return Err(DocumentError::new(format!(
                    "{pointer} takes `{kind}`, which cannot be checked"
                )));
            }
            let schema = join(&join(&join(&pointer, "content"), kind), "schema");
            media.insert(lower, self.schema(&schema)?);
        }
        Ok(Some(RequestBody {
            required: value.get("required") == Some(&Value::Bool(true)),
            media,
        }))
    }

    fn security(&self, operation: &Value) -> Result<Option<Security>, DocumentError> {
        let choices = operation.get("security").or_else(|| self.source.get("security"));
        let choices = choices.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut security = Security {
            token: None,
            signature: false,
        };
        let names = choices
            .iter()
            .filter_map(Value::as_object)
            .flat_map(serde_json::Map::keys);
        for name in names {
            let (_, scheme) = self.at(&join("/components/securitySchemes", name))?;
            let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
            if text("type") != "apiKey" || text("in") != "header" {
                return Err(DocumentError::new(format!(
                    "the security scheme `{name}` is no header, and nothing else is simulated"
                )));
            }
            // The header holds a signature, not a token that could be compared.
            if text("name").eq_ignore_ascii_case("authorization") {
                security.signature = true;
            } else if security.token.replace(token_scheme(name, scheme)?).is_some() {
                return Err(DocumentError::new(format!(
                    "the security scheme `{name}` is a second token, and one is simulated"
                )));
            }
        }
        Ok((security.token.is_some() || security.signature).then_some(security))
    }

    fn schema(&self, pointer: &str) -> Result<Schema, DocumentError> {
        let (pointer, _) = self.at(pointer)?;
        let reference = format!("{DOCUMENT_URI}#{}", fragment(&pointer));
        // OpenAPI 3.0 builds on the draft in which `exclusiveMinimum` is a boolean and `$ref` has no siblings.
        let validator = jsonschema::options()
            .with_draft(Draft::Draft4)
            .with_registry(self.registry)
            .with_keyword("format", width::of_format)
            .build(&json!({ "$ref": reference }))
            .map_err(|error| DocumentError::new(format!("the schema at {pointer}: {error}")))?;
        Ok(Schema {
            source: Arc::clone(self.source),
            pointer,
            validator,
        })
    }

    fn at(&self, pointer: &str) -> Result<(String, &'d Value), DocumentError> {
        resolve(self.source, pointer).ok_or_else(|| DocumentError::new(format!("nothing stands at {pointer}")))
    }
}

fn token_scheme(name: &str, scheme: &Value) -> Result<TokenScheme, DocumentError> {
    let header = scheme.get("name").and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str, default: usize| {
        let number = scheme.get(key).and_then(Value::as_u64);
        number
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(default)
    };
    Ok(TokenScheme {
        header: HeaderName::try_from(header)
            .map_err(|_| DocumentError::new(format!("the scheme `{name}` names no possible header")))?,
        min_length: number("x-min-length", 1),
        max_length: number("x-max-length", usize::MAX),
    })
}

/// A JSON pointer as the fragment of a URI.
fn fragment(pointer: &str) -> String {
    percent_encoding::utf8_percent_encode(pointer, FRAGMENT).to_string()
}

const FRAGMENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'~')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');

fn segments(path: &str) -> Result<Vec<Segment>, DocumentError> {
    let path_error = |what: &str| DocumentError::new(format!("the path `{path}` {what}"));
    let rest = path
        .strip_prefix('/')
        .ok_or_else(|| path_error("does not begin with a slash"))?;
    rest.split('/')
        .map(|piece| {
            let inner = piece.strip_prefix('{').and_then(|piece| piece.strip_suffix('}'));
            match inner {
                Some(name) => Ok(Segment::Placeholder(name.to_owned())),
                None if piece.contains(['{', '}']) => Err(path_error("mixes text and a parameter in one segment")),
                None => Ok(Segment::Literal(piece.to_owned())),
            }
        })
        .collect()
}
