//! What differs between two versions of the document, and what that means for those who use it.

use std::collections::HashSet;

use serde_json::{Map, Value};

pub use super::classes::Class;
use super::classes::{Kind, Sides};

use crate::document::{operations, reference_name, resolve, target, walk};
use crate::source::escape;

/// One difference.
#[derive(Debug)]
pub struct Change {
    pub class: Class,
    /// Where, by the operation's name and not by its path.
    pub place: String,
    pub what: String,
}

/// Every difference, in the order of the document. Fails on a place that no rule speaks of: none may go unseen.
pub fn between(old: &Value, new: &Value) -> Result<Vec<Change>, String> {
    let mut comparison = Comparison {
        old,
        new,
        asked: reached([old, new], &["parameters", "requestBody"]),
        answered: reached([old, new], &["responses"]),
        changes: Vec::new(),
        unknown: Vec::new(),
    };
    comparison.compare(&mut Vec::new(), old, new);
    if comparison.unknown.is_empty() {
        Ok(comparison.changes)
    } else {
        Err(format!(
            "no rule says what a change means here: {}",
            comparison.unknown.join(", ")
        ))
    }
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Names of the schemas of bodies and parameters.
    asked: HashSet<String>,
    /// Names of the schemas of answers.
    answered: HashSet<String>,
    changes: Vec<Change>,
    unknown: Vec<String>,
}

impl Comparison<'_> {
    fn compare(&mut self, place: &mut Vec<String>, old: &Value, new: &Value) {
        // What is shared is compared where it is used; of the component itself the name remains.
        if let [_, kind, _] = place.as_slice()
            && ["parameters", "headers", "responses"].contains(&kind.as_str())
        {
            return;
        }
        let (old, new) = (inline(self.old, old), inline(self.new, new));
        match (old, new) {
            (Value::Object(before), Value::Object(after)) if !is_sample(place) => {
                self.entries(place, &entries(before, after), &entries(after, before));
            }
            (Value::Array(before), Value::Array(after)) if !is_sample(place) => {
                let (before, after) = (members(self.old, before), members(self.new, after));
                self.entries(place, &before, &after);
                let kept = |side: &Entries<'_>, other: &Entries<'_>| -> Vec<String> {
                    let names = side.iter().map(|(name, _)| name.clone());
                    names.filter(|name| find(other, name).is_some()).collect()
                };
                if kept(&before, &after) != kept(&after, &before) {
                    let told = ["parameters", "security", "servers"].map(str::to_owned);
                    let kind = if place.last().is_some_and(|last| told.contains(last)) {
                        Kind::Order
                    } else {
                        Kind::Words
                    };
                    self.add(place, kind, Some(old), Some(new));
                }
            }
            // Equal containers are not equal: what they refer to may differ.
            _ if old == new => {}
            _ => self.judge(place, Some(old), Some(new)),
        }
    }

    fn entries(&mut self, place: &mut Vec<String>, old: &Entries<'_>, new: &Entries<'_>) {
        let added = new.iter().filter(|(name, _)| find(old, name).is_none());
        for (name, _) in old.iter().chain(added) {
            place.push(name.clone());
            match (find(old, name), find(new, name)) {
                (Some(before), Some(after)) => self.compare(place, before, after),
                (before, after) => self.judge(place, before, after),
            }
            place.pop();
        }
    }

    fn judge(&mut self, place: &[String], old: Option<&Value>, new: Option<&Value>) {
        let parts: Vec<&str> = place.iter().map(String::as_str).collect();
        match super::classes::kind(&parts) {
            Some(kind) => self.add(place, kind, old, new),
            None => self.unknown.push(self.show(place)),
        }
    }

    fn add(&mut self, place: &[String], kind: Kind, old: Option<&Value>, new: Option<&Value>) {
        let old = old.map(|value| inline(self.old, value));
        let new = new.map(|value| inline(self.new, value));
        let Some(class) = super::classes::class(&kind, self.sides(place), old, new) else {
            return;
        };
        let what = match (old, new) {
            (Some(Value::Array(_)), Some(Value::Array(_))) => "another order".to_owned(),
            (None, _) => "added".to_owned(),
            (_, None) => "removed".to_owned(),
            (Some(old), Some(new)) if class != Class::Wording && !old.is_object() => format!("{old} becomes {new}"),
            _ => "changed".to_owned(),
        };
        let place = self.show(place);
        self.changes.push(Change { class, place, what });
    }

    /// Who sends the schema at a place.
    fn sides(&self, place: &[String]) -> Sides {
        match place {
            [_, kind, name, ..] if kind == "schemas" => Sides {
                answered: self.answered.contains(name),
                asked: self.asked.contains(name) || !self.answered.contains(name),
            },
            _ => Sides {
                asked: true,
                answered: false,
            },
        }
    }

    fn show(&self, place: &[String]) -> String {
        let name = |document| {
            let [_, path, method, rest @ ..] = place else {
                return None;
            };
            let pointer = format!("/paths/{}/{method}", escape(path));
            let found = operations(document)
                .into_iter()
                .find(|found| found.pointer == pointer)?;
            Some([&[found.id().to_owned()], rest].concat().join("/"))
        };
        name(self.old)
            .or_else(|| name(self.new))
            .unwrap_or_else(|| place.join("/"))
    }
}

type Entries<'a> = Vec<(String, &'a Value)>;

fn find<'a>(entries: &Entries<'a>, name: &str) -> Option<&'a Value> {
    entries.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
}

/// The entries of one side. A list of what is required that is missing is an empty one.
fn entries<'a>(own: &'a Map<String, Value>, other: &Map<String, Value>) -> Entries<'a> {
    static NONE: Value = Value::Array(Vec::new());
    let mut found: Entries<'a> = own.iter().map(|(name, value)| (name.clone(), value)).collect();
    if other.get("required").is_some_and(Value::is_array) && !own.contains_key("required") {
        found.push(("required".to_owned(), &NONE));
    }
    found
}

/// The members of a list by what tells them apart; by their place nothing could be inserted.
fn members<'a>(document: &'a Value, list: &'a [Value]) -> Entries<'a> {
    let key = |item: &Value| {
        let item = inline(document, item);
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        match (item, text("name"), text("in"), text("url")) {
            (Value::String(text), ..) => text.clone(),
            (_, Some(name), Some(place), _) => format!("{name} in {place}"),
            (_, Some(name), ..) => name.to_owned(),
            (.., Some(url)) => url.to_owned(),
            (Value::Object(entries), ..) => entries.keys().cloned().collect::<Vec<_>>().join(" and "),
            (other, ..) => other.to_string(),
        }
    };
    list.iter().map(|item| (key(item), item)).collect()
}

/// What a reference to a shared parameter, header or response stands for. Schemas keep theirs: their names are types.
fn inline<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) if !reference.starts_with("#/components/schemas/") => resolve(document, value),
        _ => value,
    }
}

/// Examples are data, not parts of the document.
fn is_sample(place: &[String]) -> bool {
    place.last().is_some_and(|last| last == "example" || last == "examples")
}

/// Names of the schemas that are reached from these parts of any operation.
fn reached(documents: [&Value; 2], parts: &[&str]) -> HashSet<String> {
    let mut found = HashSet::new();
    for document in documents {
        for operation in operations(document) {
            for start in parts.iter().filter_map(|part| operation.value.get(part)) {
                follow(document, start, &mut found);
            }
        }
    }
    found
}

fn follow(document: &Value, start: &Value, found: &mut HashSet<String>) {
    let mut next = Vec::new();
    walk(start, "", &mut |_, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let name = reference_name(value).unwrap_or_default().to_owned();
            let is_new = !reference.starts_with("#/components/schemas/") || found.insert(name);
            next.extend(target(document, reference).filter(|_| is_new));
        }
    });
    for value in next {
        follow(document, value, found);
    }
}
