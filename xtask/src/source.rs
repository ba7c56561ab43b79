//! The YAML as a value, with the place of every node in the file.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

/// A fault of the document, at the JSON pointer of the node that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer of the node; empty means the whole document.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Problem {
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

/// A YAML document: its value, and where in the file each node begins.
pub struct Source {
    /// The file's name as messages show it.
    pub name: String,
    pub value: Value,
    places: HashMap<String, (u64, u64)>,
}

impl Source {
    /// Reads a file; `name` is how messages call it.
    pub fn read(path: &Path, name: &str) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|error| format!("{name}: cannot be read: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            let column = 1 + good.iter().rev().take_while(|byte| **byte != b'\n').count();
            format!("{name}:{line}:{column}: not UTF-8")
        })?;
        Self::parse(&text, name)
    }

    /// Reads a text; `name` is how messages call it.
    pub fn parse(text: &str, name: &str) -> Result<Self, String> {
        let root: Spanned<Node> = serde_saphyr::from_str(text).map_err(|error| {
            let place = error.location().unwrap_or(Location::UNKNOWN);
            let (line, column) = (place.line().max(1), place.column().max(1));
            let message = error.without_snippet().to_string();
            // The place stands in front already, and the reader is no programmer of the YAML library.
            let message = message.split(" at line ").next().unwrap_or_default();
            format!(
                "{name}:{line}:{column}: {}",
                message.split(", set ").next().unwrap_or_default()
            )
        })?;
        let mut places = HashMap::new();
        let value = settle(root, String::new(), &mut places);
        Ok(Self {
            name: name.to_owned(),
            value,
            places,
        })
    }

    /// Problems as lines for people.
    pub fn show_all(&self, problems: &[Problem]) -> Vec<String> {
        problems.iter().map(|problem| self.show(problem)).collect()
    }

    /// A problem as a line for people: file, line and column, then the message.
    pub fn show(&self, problem: &Problem) -> String {
        let mut pointer = problem.pointer.as_str();
        let (line, column) = loop {
            if let Some(place) = self.places.get(pointer) {
                break *place;
            }
            // A node that is missing is looked for where its parent begins.
            pointer = match pointer.rfind('/') {
                Some(cut) => &pointer[..cut],
                None => break (1, 1),
            };
        };
        let node = if problem.pointer.is_empty() {
            "the document"
        } else {
            &problem.pointer
        };
        format!("{}:{line}:{column}: {node}: {}", self.name, problem.message)
    }
}

/// Escapes a key for a JSON pointer (RFC 6901).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

fn settle(node: Spanned<Node>, pointer: String, places: &mut HashMap<String, (u64, u64)>) -> Value {
    let value = match node.value {
        Node::Scalar(value) => value,
        Node::List(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| settle(item, format!("{pointer}/{index}"), places))
            .collect(),
        Node::Map(entries) => {
            let entries = entries.into_iter().map(|(key, item)| {
                let below = format!("{pointer}/{}", escape(&key));
                let value = settle(item, below, places);
                (key, value)
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
    };
    places.insert(pointer, (node.referenced.line(), node.referenced.column()));
    value
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML node")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}
