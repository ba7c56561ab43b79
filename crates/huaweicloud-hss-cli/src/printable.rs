//! Text that cannot steer a terminal, whoever wrote it.

/// Whether a character moves the cursor, changes the direction of writing or hides.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text on one line, with such characters escaped as in Rust.
pub(crate) fn line(text: &str) -> String {
    escaped(text, |letter| letter.escape_default().to_string())
}

/// The text with its line feeds, and all other such characters escaped as in Rust.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// A JSON text with such characters escaped as in JSON, which reads the same: outside strings none can stand in it but
/// white space, which [`serde_json::to_string`] does not write.
pub(crate) fn json(text: &str) -> String {
    escaped(text, |letter| format!("\\u{:04x}", u32::from(letter)))
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut kept = String::with_capacity(text.len());
    for letter in text.chars() {
        match steers(letter) {
            true => kept.push_str(&escape(letter)),
            false => kept.push(letter),
        }
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
        assert_eq!(lines("a\nb\u{7}"), "a\nb\\u{7}");
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = "a\u{1b}\u{7f}\u{9b}\u{202e}\u{feff}\n\"";
        let text = json(&serde_json::to_string(value).unwrap());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }
}
