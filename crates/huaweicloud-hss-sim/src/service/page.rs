//! The part of a list that a request asks for.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use super::refusal::Refusal;

/// Rows of a page where the request names no number: the document's default.
const DEFAULT_LIMIT: usize = 10;
/// Largest page: the document's limit. Where the document names none, the same is a guess.
const MAX_LIMIT: usize = 200;

/// Which rows a request asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    /// Reads `limit` and `offset`. Of most operations the document bounds them, which was checked before.
    pub(super) fn of(query: &Query<'_>) -> Result<Self, Refusal> {
        let refuse = |name: &str| Refusal::ParameterInvalid(format!("query parameter `{name}` is out of its limits"));
        let number = |name: &str, default: usize, allowed: std::ops::RangeInclusive<usize>| match query.text(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| allowed.contains(number))
                .ok_or_else(|| refuse(name)),
        };
        Ok(Self {
            limit: number("limit", DEFAULT_LIMIT, 1..=MAX_LIMIT)?,
            offset: number("offset", 0, 0..=usize::MAX)?,
        })
    }

    /// The rows of the page.
    pub(super) fn cut<T>(self, rows: Vec<T>) -> Vec<T> {
        rows.into_iter().skip(self.offset).take(self.limit).collect()
    }
}

/// The query of a request.
#[derive(Clone, Copy)]
pub(super) struct Query<'r>(pub(super) &'r [(String, Option<String>)]);

impl<'r> Query<'r> {
    pub(super) fn text(self, name: &str) -> Option<&'r str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        value.as_deref()
    }

    pub(super) fn parsed<T: FromStr>(self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

/// Brings rows into an order that depends on the number of the answer.
pub(super) fn shuffle<T>(rows: &mut [(&String, T)], number: u64) {
    rows.sort_by_cached_key(|(id, _)| {
        let mut hasher = DefaultHasher::new();
        (number, id).hash(&mut hasher);
        hasher.finish()
    });
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn limits_and_defaults_are_the_documents() {
        let document: Value = serde_json::from_str(crate::document::EMBEDDED[1]).unwrap();
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["PageLimit"]["x-service-default"], DEFAULT_LIMIT);
        assert_eq!(schemas["PageLimit"]["maximum"], MAX_LIMIT);
        assert_eq!(schemas["PageOffset"]["x-service-default"], 0);
    }
}
