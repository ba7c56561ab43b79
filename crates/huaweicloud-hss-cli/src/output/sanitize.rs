//! Escapes characters that could control a terminal.

/// Whether a character moves the cursor, changes the writing direction or is invisible.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a combining mark has no base letter. It would combine with the text before it, which may be ours.
fn is_lone_mark(before: Option<char>, c: char) -> bool {
    let combines = matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}');
    combines && before.is_none_or(|before| is_unsafe(before) || before.is_whitespace() || before.is_ascii_punctuation())
}

/// Escapes the text as in Rust, line feeds included.
pub(crate) fn line(text: &str) -> String {
    escape_unsafe(text, |c| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.escape_unicode().to_string()
        }
    })
}

/// Escapes the text as in Rust and keeps its line feeds.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// Escapes a JSON text as JSON does, so that it has the same value. Outside strings JSON allows only white space, which
/// [`serde_json::to_string`] does not write.
pub(crate) fn json(text: &str) -> String {
    escape_unsafe(text, |c| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect()
    })
}

fn escape_unsafe(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        if is_unsafe(c) || is_lone_mark(before, c) {
            escaped.push_str(&escape(c));
        } else {
            escaped.push(c);
        }
        before = Some(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_unsafe_characters_and_keeps_letters() {
        assert_eq!(
            line("a\u{1b}[2J\r\n\u{9b}31m\u{202e}é中🦀"),
            "a\\u{1b}[2J\\r\\n\\u{9b}31m\\u{202e}é中🦀"
        );
        assert_eq!(line("(\u{301}e\u{301}\u{e0041})"), "(\\u{301}e\u{301}\\u{e0041})");
        assert_eq!(lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = "\u{301}a\u{1b}\u{7f}\u{9b}\u{202e}\u{feff}\n\"\u{e0041}\u{20dd}";
        let text = json(&serde_json::to_string(value).unwrap());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }
}
