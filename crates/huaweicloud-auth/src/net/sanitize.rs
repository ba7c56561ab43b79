//! Makes foreign text fit for terminals and logs: without secrets, and without characters that steer a terminal or
//! cannot be seen.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::net::RESERVED;

/// The longest message that is shown, in characters. The gateway can echo a whole canonical request.
const MAX_MESSAGE: usize = 8000;

/// The longest code or id that is shown, in characters.
const MAX_SHORT: usize = 128;

/// Sanitizes text that may echo secrets. Each secret becomes `***`: as it is, escaped as in JSON, and percent-encoded.
#[derive(Clone, Default)]
pub struct Sanitizer {
    /// The longest first: a secret can be part of another, or of its own other spelling.
    spellings: Vec<Zeroizing<String>>,
}

impl Sanitizer {
    /// Masks these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spellings: Vec<Zeroizing<String>> = secrets
            .into_iter()
            .filter(|secret| !secret.is_empty())
            .flat_map(|secret| {
                [
                    Zeroizing::new(secret.to_owned()),
                    escaped_as_json(secret),
                    Zeroizing::new(utf8_percent_encode(secret, &RESERVED).to_string()),
                    Zeroizing::new(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()),
                ]
            })
            .collect();
        spellings.sort_unstable_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Self { spellings }
    }

    /// The text without secrets and unsafe characters. Its line feeds stay.
    pub fn lines(&self, text: &str) -> String {
        escape_lines(&self.mask(text))
    }

    /// The same on one line.
    pub fn line(&self, text: &str) -> String {
        escape_line(&self.mask(text))
    }

    /// The same for a message: trimmed, and cut if it is very long.
    pub fn message(&self, text: &str) -> String {
        bounded(&self.mask(text), MAX_MESSAGE)
    }

    /// The same for a code or an id: trimmed and short.
    pub fn short(&self, text: &str) -> String {
        bounded(&self.mask(text), MAX_SHORT)
    }

    /// Whether the text echoes a secret.
    pub fn finds_secret(&self, text: &str) -> bool {
        self.spellings.iter().any(|secret| text.contains(secret.as_str()))
    }

    fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mask = |text: Cow<'a, str>, secret: &Zeroizing<String>| match text.contains(secret.as_str()) {
            true => Cow::Owned(text.replace(secret.as_str(), "***")),
            false => text,
        };
        self.spellings.iter().fold(Cow::Borrowed(text), mask)
    }
}

impl fmt::Debug for Sanitizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sanitizer(***)")
    }
}

/// The text with unsafe characters escaped as in Rust. Its line feeds stay.
pub fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape_line).collect::<Vec<_>>().join("\n")
}

/// The text on one line, with unsafe characters escaped as in Rust.
pub fn escape_line(text: &str) -> String {
    escaped(text, |c, escaped| {
        if c.escape_debug().len() > 1 {
            escaped.extend(c.escape_debug());
        } else {
            escaped.extend(c.escape_unicode());
        }
    })
}

/// A JSON text with unsafe characters escaped as in JSON, which reads the same: outside strings none of them occurs but
/// white space, which `serde_json::to_string` does not write.
pub fn escape_json(text: &str) -> String {
    escaped(text, |c, escaped| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        escaped.extend(units.map(|unit| format!("\\u{unit:04x}")));
    })
}

/// A message as [`Sanitizer::message`] gives it, of text that holds no secret.
pub fn escape_message(text: &str) -> String {
    bounded(text, MAX_MESSAGE)
}

fn bounded(text: &str, max: usize) -> String {
    let text = text.trim();
    if text.len() <= max {
        return escape_line(text);
    }
    match text.char_indices().nth(max) {
        Some((end, _)) => escape_line(&text[..end]) + "…",
        None => escape_line(text),
    }
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for (c, shows) in characters(text) {
        if shows {
            escaped.push(c);
        } else {
            escape(c, &mut escaped);
        }
    }
    escaped
}

/// Each character, and whether it can be seen.
fn characters(text: &str) -> impl Iterator<Item = (char, bool)> {
    // A combining mark changes the character before it, so it is kept only after a letter of the same text.
    text.chars().scan(false, |after_letter, c| {
        let is_visible = is_visible(c);
        let shows = is_visible || (*after_letter && is_visible_mark(c));
        *after_letter = shows && (!is_visible || (!c.is_whitespace() && !c.is_ascii_punctuation()));
        Some((c, shows))
    })
}

/// The first character of the text that cannot be seen, such as a control character, a byte-order mark, a no-break space
/// or a zero-width space. A plain space can be seen by its width.
pub fn find_invisible(text: &str) -> Option<Invisible> {
    let mut characters = characters(text).zip(1..);
    let found = characters.find(|((_, shows), _)| !shows);
    found.map(|((character, _), position)| Invisible { character, position })
}

/// A character that cannot be seen. `Display` names it by its code point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invisible {
    /// The character.
    pub character: char,
    /// Its position in characters, from 1.
    pub position: usize,
}

impl fmt::Display for Invisible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { character, position } = *self;
        let name = match character {
            '\t' => " (tab)",
            '\n' | '\r' => " (line break)",
            '\u{a0}' => " (no-break space)",
            '\u{ad}' => " (soft hyphen)",
            '\u{200b}' => " (zero-width space)",
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => " (direction mark)",
            '\u{feff}' => " (byte-order mark)",
            c if c.is_control() => " (control character)",
            _ => "",
        };
        write!(
            f,
            "U+{:04X}{name}, which cannot be seen, at position {position}",
            u32::from(character)
        )
    }
}

/// Whether a text has visible ASCII and blanks alone, as nearly every one does: that is quick to see.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a character shows by itself. The standard library escapes all others, and quotes and the backslash.
fn is_visible(c: char) -> bool {
    matches!(c, ' '..='~') || (c.escape_debug().len() == 1 && !is_blank(c))
}

/// Whether a character is a combining mark: the standard library escapes those at the start of a text alone.
fn is_visible_mark(c: char) -> bool {
    !is_blank(c) && String::from_iter(['a', c]).escape_debug().count() == 2
}

/// Characters that the standard library takes for visible and fonts show as nothing: fillers, joiners, the selectors of
/// variants, and the empty Braille pattern.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// The secret as it is written between the quotes of a JSON string.
fn escaped_as_json(secret: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(secret.len() * 6));
    for c in secret.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\0'..='\u{1f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_what_steers_or_hides_and_leaves_letters() {
        let table = [
            ("plain é 中 🦀", "plain é 中 🦀"),
            (r#"'quoted' "twice" \n"#, r#"'quoted' "twice" \n"#),
            ("e\u{301}", "e\u{301}"),
            ("e\u{301}\u{302}", "e\u{301}\u{302}"),
            ("नमस्ते สวัสดี が", "नमस्ते สวัสดี が"),
            ("a\u{1b}[2J\u{7}\u{9b}31m\u{7f}", r"a\u{1b}[2J\u{7}\u{9b}31m\u{7f}"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{202e}\u{2066}x\u{2069}", r"\u{202e}\u{2066}x\u{2069}"),
            (
                "a\u{200e}\u{200f}\u{200b}\u{feff}b",
                r"a\u{200e}\u{200f}\u{200b}\u{feff}b",
            ),
            (
                "a\u{200c}\u{200d}\u{61c}\u{180e}b",
                r"a\u{200c}\u{200d}\u{61c}\u{180e}b",
            ),
            ("a\u{2028}b\u{2029}c\u{85}d", r"a\u{2028}b\u{2029}c\u{85}d"),
            ("\u{301}x", r"\u{301}x"),
            ("a \u{301}", r"a \u{301}"),
            ("a\u{7}\u{301}", r"a\u{7}\u{301}"),
            ("'\u{20dd}", r"'\u{20dd}"),
            ("a\u{e0041}", r"a\u{e0041}"),
            (
                "a\u{3164}b\u{115f}c\u{ffa0}\u{2800}",
                r"a\u{3164}b\u{115f}c\u{ffa0}\u{2800}",
            ),
            (
                "a\u{fe0f}\u{34f}\u{e0100}\u{e000}",
                r"a\u{fe0f}\u{34f}\u{e0100}\u{e000}",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(escape_message(text), expected);
            assert_eq!(escape_line(text), expected);
        }
        assert_eq!(
            escape_line("a\u{1b}[2J\r\n\u{9b}31m\u{202e}é中🦀"),
            "a\\u{1b}[2J\\r\\n\\u{9b}31m\\u{202e}é中🦀"
        );
        assert_eq!(
            escape_line("(\u{301}e\u{301}\u{e0041})"),
            "(\\u{301}e\u{301}\\u{e0041})"
        );
        assert_eq!(escape_lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn invisible_characters_are_named_by_code_point_and_position() {
        let table = [
            ("", None),
            ("plain é 中 🦀 e\u{301} \"", None),
            (
                "a\u{feff}b",
                Some("U+FEFF (byte-order mark), which cannot be seen, at position 2"),
            ),
            (
                "é\u{a0}",
                Some("U+00A0 (no-break space), which cannot be seen, at position 2"),
            ),
            ("a\tb\n", Some("U+0009 (tab), which cannot be seen, at position 2")),
            (
                "\0",
                Some("U+0000 (control character), which cannot be seen, at position 1"),
            ),
            (
                "\u{202e}",
                Some("U+202E (direction mark), which cannot be seen, at position 1"),
            ),
            ("ab\u{200d}", Some("U+200D, which cannot be seen, at position 3")),
        ];
        for (text, expected) in table {
            let found = find_invisible(text).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn cuts_long_texts() {
        let short = |text: &str| Sanitizer::default().short(text);
        assert_eq!(escape_message(&"x".repeat(9000)).chars().count(), MAX_MESSAGE + 1);
        assert_eq!(short(&"🦀".repeat(129)), format!("{}…", "🦀".repeat(128)));
        assert_eq!(short(&"🦀".repeat(128)), "🦀".repeat(128));
        assert_eq!(short(" a\n"), "a");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = "\u{301}a\u{1b}\u{7f}\u{9b}\u{202e}\u{feff}\n\"\u{e0041}\u{20dd}";
        let text = escape_json(&serde_json::to_string(value).unwrap());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }

    #[test]
    fn masks_every_spelling_of_a_secret() {
        let secret = "a/b\"c\\d\u{1}-e";
        let sanitizer = Sanitizer::new([secret, "", "a/b"]);
        let echo = format!(
            "{secret} {} {} {} a/b a",
            serde_json::to_string(secret).unwrap(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC),
            utf8_percent_encode(secret, &RESERVED),
        );
        assert_eq!(sanitizer.line(&echo), r#"*** "***" *** *** *** a"#);
        assert_eq!(sanitizer.lines("a/b\n\u{7}"), "***\n\\u{7}");
        // Masked before it is cut: no part of a secret shows.
        let long = format!("{}{secret}", "x".repeat(MAX_SHORT - 3));
        assert_eq!(sanitizer.short(&long), format!("{}***", "x".repeat(MAX_SHORT - 3)));
        assert_eq!(format!("{sanitizer:?}"), "Sanitizer(***)");
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_line_of_visible_characters(text in any::<String>()) {
            let shown = escape_message(&text);
            prop_assert!(!shown.chars().any(char::is_control), "{}", shown);
            prop_assert!(shown.chars().all(|c| is_visible(c) || is_visible_mark(c)), "{}", shown);
            prop_assert!(shown.chars().next().is_none_or(is_visible));
            prop_assert_eq!(find_invisible(&shown), None);
            prop_assert_eq!(find_invisible(&text).is_none(), escape_line(&text) == text);
            prop_assert_eq!(escape_line(&shown), shown);
        }
    }
}
