//! Text that cannot steer a terminal, whoever wrote it.

/// Whether a character moves the cursor, changes the direction of writing or hides.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A combining mark with no c of its own: it would change what stands before it, which may be ours.
fn is_lone(before: Option<char>, c: char) -> bool {
    let combines = matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}');
    combines && before.is_none_or(|before| is_unsafe(before) || before.is_whitespace() || before.is_ascii_punctuation())
}

/// The text on one line, with such characters escaped as in Rust.
pub(crate) fn line(text: &str) -> String {
    escaped(text, |c| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.escape_unicode().to_string(),
    })
}

/// The text with its line feeds, and all other such characters escaped as in Rust.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// A JSON text with such characters escaped as in JSON, which reads the same: outside strings none can stand in it but
/// white space, which [`serde_json::to_string`] does not write.
pub(crate) fn json(text: &str) -> String {
    escaped(text, |c| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect()
    })
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match is_unsafe(c) || is_lone(before, c) {
            true => kept.push_str(&escape(c)),
            false => kept.push(c),
        }
        before = Some(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_steers_and_leaves_letters() {
        assert_eq!(
            line("a\u{1b}[2J\r\n\u{9b}31m\u{202e}é中🦀"),
            "a\\u{1b}[2J\\r\\n\\u{9b}31m\\u{202e}é中🦀"
        );
        assert_eq!(line("(\u{301}e\u{301}\u{e0041})"), "(\\u{301}e\u{301}\\u{e0041})");
        assert_eq!(lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = "\u{301}a\u{1b}\u{7f}\u{9b}\u{202e}\u{feff}\n\"\u{e0041}\u{20dd}";
        let text = json(&serde_json::to_string(value).unwrap());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }
}
