//! The rule for ids and scan items, beyond the limits of the OpenAPI document.

use std::fmt;
use std::net::IpAddr;

use huaweicloud_auth::sanitize::{Invisible, find_invisible};

/// The longest id that an error shows, in characters.
const MAX_SHOWN: usize = 80;

/// Why a text cannot be meant as an id. `Display` shows the text, what it has and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdError {
    id: String,
    problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    Empty,
    Invisible(Invisible),
    /// The mark of a decoder for bytes that it could not read.
    Unreadable(usize),
    BlankAround,
    /// A character that stands between ids.
    Separator(&'static str, usize),
    Quote(usize),
    IpAddress,
}

/// Checks a text that is meant as one id, or as one scan item. The vendor states no pattern, so this refuses only what can
/// certainly not be meant: what is not one visible word, and what any list would take for several ids or for quotes.
pub(crate) fn check_id(id: &str) -> Result<(), IdError> {
    match problem(id) {
        None => Ok(()),
        Some(problem) => Err(IdError {
            id: id.chars().take(MAX_SHOWN + 1).collect(),
            problem,
        }),
    }
}

/// An id within its limits that obeys the rule.
pub(crate) fn id<T: TryFrom<String, Error: fmt::Display>>(text: impl Into<String>) -> Result<T, String> {
    let text = text.into();
    // Too long or empty, the limit says more.
    let checked = check_id(&text);
    let id = T::try_from(text).map_err(|reason| reason.to_string())?;
    checked.map_err(|reason| reason.to_string())?;
    Ok(id)
}

fn problem(id: &str) -> Option<Problem> {
    if id.is_empty() {
        return Some(Problem::Empty);
    }
    // Nearly every id is of such characters alone, and a list has many.
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b';' | b'"' | b'\'');
    // No early end, so that the compiler can look at many characters at once.
    let seen = id.bytes().fold((true, false), |(plain, hyphen), byte| {
        (plain & is_plain(byte), hyphen | (byte == b'-'))
    });
    if let (true, has_hyphen) = seen {
        // No address has a hyphen, and most ids have.
        let is_address = !has_hyphen && id.parse::<IpAddr>().is_ok();
        return is_address.then_some(Problem::IpAddress);
    }
    let blank = |c: char| c.is_ascii_whitespace();
    if id.starts_with(blank) || id.ends_with(blank) {
        return Some(Problem::BlankAround);
    }
    let wrong = id.chars().zip(1..).find_map(|(c, position)| {
        let problem = match c {
            ' ' => Problem::Separator("a blank", position),
            '\t' => Problem::Separator("a tab", position),
            '\n' | '\r' => Problem::Separator("a line break", position),
            ',' => Problem::Separator("a comma", position),
            ';' => Problem::Separator("a semicolon", position),
            '"' | '\'' => Problem::Quote(position),
            char::REPLACEMENT_CHARACTER => Problem::Unreadable(position),
            _ => return None,
        };
        Some((position, problem))
    });
    match (wrong, find_invisible(id)) {
        (Some((position, _)), Some(found)) if found.position < position => Some(Problem::Invisible(found)),
        (Some((_, problem)), _) => Some(problem),
        (None, Some(found)) => Some(Problem::Invisible(found)),
        (None, None) => None,
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match self.id.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("`{}…`", &self.id[..end]),
            None => format!("`{}`", self.id),
        };
        match self.problem {
            Problem::Empty => f.write_str("empty"),
            Problem::Invisible(found) => write!(f, "{shown} has {found}; remove it"),
            Problem::Unreadable(position) => write!(
                f,
                "{shown} has U+FFFD at position {position}, which stands for bytes that are not UTF-8; save it as UTF-8"
            ),
            Problem::BlankAround => write!(f, "{shown} has white space around it; remove it"),
            Problem::Separator(what, position) => {
                write!(f, "{shown} has {what} at position {position}; give each one by itself")
            }
            Problem::Quote(position) => {
                write!(f, "{shown} has a quotation mark at position {position}; remove it")
            }
            Problem::IpAddress => write!(f, "{shown} is an IP address; give the id that the service lists for it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bounded::bounded_string;

    fn reason(id: &str) -> String {
        check_id(id).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn refuses_what_can_not_be_meant_as_one_id() {
        for good in [
            "71a15ecc-049f-4cca-bd28-5e90aca1817f",
            "0",
            "all_granted_eps",
            "é中🦀e\u{301}",
            "a=b#c/d\\e%f?g&h+i:j@k|l*m(n)[o]{p}<q>",
            "10.0.0.256",
            "1.2.3",
            "a:b",
        ] {
            assert_eq!(reason(good), "", "{good}");
        }
        let table = [
            ("", "empty"),
            (" a", "` a` has white space around it; remove it"),
            ("a\n", "`a\n` has white space around it; remove it"),
            ("a b", "`a b` has a blank at position 2; give each one by itself"),
            ("é\tb", "`é\tb` has a tab at position 2; give each one by itself"),
            ("a\nb", "`a\nb` has a line break at position 2; give each one by itself"),
            ("a,b", "`a,b` has a comma at position 2; give each one by itself"),
            (
                "a\u{200b},b",
                "`a\u{200b},b` has U+200B (zero-width space), which cannot be seen, at position 2; remove it",
            ),
            ("a;b", "`a;b` has a semicolon at position 2; give each one by itself"),
            ("'a'", "`'a'` has a quotation mark at position 1; remove it"),
            ("a\"", "`a\"` has a quotation mark at position 2; remove it"),
            (
                "\u{feff}a",
                "`\u{feff}a` has U+FEFF (byte-order mark), which cannot be seen, at position 1; remove it",
            ),
            (
                "a\u{a0}b",
                "`a\u{a0}b` has U+00A0 (no-break space), which cannot be seen, at position 2; remove it",
            ),
            (
                "a\u{1b}",
                "`a\u{1b}` has U+001B (control character), which cannot be seen, at position 2; remove it",
            ),
            (
                "a\u{fffd}",
                "`a\u{fffd}` has U+FFFD at position 2, which stands for bytes that are not UTF-8; save it as UTF-8",
            ),
            (
                "10.0.0.1",
                "`10.0.0.1` is an IP address; give the id that the service lists for it",
            ),
            (
                "fe80::1",
                "`fe80::1` is an IP address; give the id that the service lists for it",
            ),
        ];
        for (bad, expected) in table {
            assert_eq!(reason(bad), expected);
        }
        let long = reason(&format!("{},", "é".repeat(90)));
        assert!(
            long.starts_with(&format!("`{}…` has a comma at position 91", "é".repeat(80))),
            "{long}"
        );
    }

    #[test]
    fn limits_are_told_before_the_rule() {
        bounded_string!(Short, 1..=64);
        let id = |text: String| super::id::<Short>(text).map(String::from);
        assert_eq!(id("a".to_owned()), Ok("a".to_owned()));
        assert_eq!(id(String::new()).unwrap_err(), "0 characters found, 1 to 64 allowed");
        assert_eq!(id(" ".repeat(65)).unwrap_err(), "65 characters found, 1 to 64 allowed");
        assert_eq!(id(" ".repeat(64)).unwrap_err(), reason(&" ".repeat(64)));
    }

    proptest! {
        /// What is accepted survives every form of a list: a line, a field of a table, a list in quotes.
        #[test]
        fn an_id_is_one_visible_word(id in any::<String>()) {
            if check_id(&id).is_ok() {
                prop_assert!(!id.is_empty() && find_invisible(&id).is_none());
                prop_assert_eq!(id.split(|c: char| c.is_whitespace() || ",;\"'".contains(c)).count(), 1);
            }
        }
    }
}
