//! The YAML as a value, with the place of every node in the file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::options::MergeKeyPolicy;
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

/// A YAML document: its value, and the place of each node: that of its key, and of an item of a list its own.
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
        let options = serde_saphyr::options! { merge_keys: MergeKeyPolicy::Error };
        let root: Spanned<Node> = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let place = error.location().unwrap_or(Location::UNKNOWN);
            let (line, column) = (place.line().max(1), place.column().max(1));
            let message = error.without_snippet().to_string();
            // The place stands in front already, and the reader is no programmer of the YAML library.
            let message = message.split(" at line ").next().unwrap_or_default();
            let message = message.split(", set ").next().unwrap_or_default();
            let message = message.split(" by configured ").next().unwrap_or_default();
            format!("{name}:{line}:{column}: {message}")
        })?;
        let mut reader = Reader {
            lines: text.lines().collect(),
            places: HashMap::new(),
            faults: Vec::new(),
        };
        reader.white_space();
        let value = reader.settle(root, String::new());
        if reader.faults.is_empty() {
            return Ok(Self {
                name: name.to_owned(),
                value,
                places: reader.places,
            });
        }
        reader.faults.sort();
        let faults = reader.faults.iter();
        let lines = faults.map(|((line, column), message)| format!("{name}:{line}:{column}: {message}"));
        Err(lines.collect::<Vec<_>>().join("\n"))
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
            // A missing node is reported at its parent's key.
            pointer = match pointer.rfind('/') {
                Some(cut) => &pointer[..cut],
                None => break (1, 1),
            };
        };
        let node = if problem.pointer.is_empty() {
            "the document"
        } else {
            &problem.pointer.replace(char::is_control, "?")
        };
        format!("{}:{line}:{column}: {node}: {}", self.name, problem.message)
    }
}

/// Escapes a key for a JSON pointer (RFC 6901).
pub fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

type Place = (u64, u64);

struct Reader<'a> {
    lines: Vec<&'a str>,
    places: HashMap<String, Place>,
    faults: Vec<(Place, String)>,
}

impl Reader<'_> {
    /// Finds tabs and trailing spaces, which are invisible and an error for some tools.
    fn white_space(&mut self) {
        for (number, line) in (1..).zip(&self.lines) {
            let trailing = line.ends_with(' ').then(|| line.trim_end().len());
            for (at, what) in [(line.find('\t'), "a tab"), (trailing, "spaces at the end of the line")] {
                if let Some(at) = at {
                    let column = 1 + line[..at].chars().count() as u64;
                    self.faults.push(((number, column), what.to_owned()));
                }
            }
        }
    }

    fn settle(&mut self, node: Spanned<Node>, pointer: String) -> Value {
        self.places.entry(pointer.clone()).or_insert(place(&node.referenced));
        match node.value {
            Node::Scalar(value) => {
                self.check_spelling(&value, place(&node.defined));
                value
            }
            Node::List(items) => {
                let items = items.into_iter().enumerate();
                items
                    .map(|(index, item)| self.settle(item, format!("{pointer}/{index}")))
                    .collect()
            }
            Node::Map(entries) => {
                let entries = entries.into_iter().map(|(key, item)| {
                    let below = format!("{pointer}/{}", escape(&key.value));
                    self.places.insert(below.clone(), place(&key.referenced));
                    (key.value, self.settle(item, below))
                });
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// Refuses a scalar without quotes that readers of YAML 1.1 and 1.2 take for different values.
    fn check_spelling(&mut self, value: &Value, (line, column): Place) {
        let index = |number: u64| usize::try_from(number).unwrap_or_default().saturating_sub(1);
        let rest: String = self
            .lines
            .get(index(line))
            .into_iter()
            .flat_map(|line| line.chars().skip(index(column)))
            .collect();
        let token = rest.split([',', ']', '}', ' ']).next().unwrap_or_default();
        let same = match value {
            Value::String(text) if text == token => {
                let is_boolean = ["y", "n", "yes", "no", "on", "off"].contains(&text.to_lowercase().as_str());
                let is_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first))
                    && text.chars().all(|c| c.is_ascii_digit() || "_:+-".contains(c));
                !is_boolean && !is_number
            }
            Value::String(_) => true,
            Value::Bool(flag) => token == if *flag { "true" } else { "false" },
            Value::Number(number) => token == number.to_string(),
            // `null` and `~` mean the same everywhere.
            _ => true,
        };
        if !same {
            let message = format!(
                "`{token}` is read differently by different tools; write a text in quotes, a number in decimal"
            );
            self.faults.push(((line, column), message));
        }
    }
}

fn place(location: &Location) -> Place {
    (location.line(), location.column())
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
