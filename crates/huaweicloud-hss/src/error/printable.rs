//! Foreign text, made fit for terminals and logs.

/// The most characters of a foreign text that are kept. The gateway can echo a whole canonical request.
const KEEP: usize = 8000;

/// The most of a code or an id.
const KEEP_SHORT: usize = 128;

/// The text on one line and without its tail where it is long. Escaped as in Rust are control characters, marks that change
/// the direction of writing or that no one sees, and marks that would stand on a letter that is not the text's own.
pub(crate) fn printable(text: &str) -> String {
    kept(text, KEEP)
}

/// The same for what is short by nature, such as a code or an id.
pub(crate) fn short(text: &str) -> String {
    kept(text, KEEP_SHORT)
}

fn kept(text: &str, keep: usize) -> String {
    let text = text.trim();
    // Every answer has a request id, and nearly every text is plain.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.len() <= keep && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len().min(keep));
    let mut before = None;
    for (index, letter) in text.chars().enumerate() {
        if index == keep {
            kept.push('…');
            break;
        }
        match letter {
            letter if is_unseen(letter) || is_lone(before, letter) => kept.extend(letter.escape_unicode()),
            letter if letter.is_control() => kept.extend(letter.escape_default()),
            letter => kept.push(letter),
        }
        before = Some(letter);
    }
    kept
}

/// Changes the direction of writing, or hides.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A combining mark with no letter of its own: it would change what stands before it.
fn is_lone(before: Option<char>, letter: char) -> bool {
    let combines = matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}');
    let is_no_letter = |before: char| {
        is_unseen(before) || before.is_control() || before.is_whitespace() || before.is_ascii_punctuation()
    };
    combines && before.is_none_or(is_no_letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_steers_or_hides_is_escaped() {
        let table = [
            ("plain é 中 🦀", "plain é 中 🦀"),
            ("e\u{301}", "e\u{301}"),
            ("a\u{1b}[2J\u{7}\u{9b}31m\u{7f}", r"a\u{1b}[2J\u{7}\u{9b}31m\u{7f}"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{202e}\u{2066}x\u{2069}", r"\u{202e}\u{2066}x\u{2069}"),
            (
                "a\u{200e}\u{200f}\u{200b}\u{feff}b",
                r"a\u{200e}\u{200f}\u{200b}\u{feff}b",
            ),
            ("a\u{2028}b\u{2029}c\u{85}d", r"a\u{2028}b\u{2029}c\u{85}d"),
            ("\u{301}x", r"\u{301}x"),
            ("a \u{301}", r"a \u{301}"),
            ("'\u{20dd}", r"'\u{20dd}"),
            ("a\u{e0041}", r"a\u{e0041}"),
        ];
        for (text, expected) in table {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn long_texts_lose_their_tail() {
        assert_eq!(printable(&"x".repeat(9000)).chars().count(), KEEP + 1);
        assert_eq!(short(&"🦀".repeat(129)), format!("{}…", "🦀".repeat(128)));
        assert_eq!(short(&"🦀".repeat(128)), "🦀".repeat(128));
    }

    proptest! {
        #[test]
        fn any_text_is_one_line_that_steers_nothing(text in any::<String>()) {
            let shown = printable(&text);
            prop_assert!(!shown.chars().any(|letter| letter.is_control() || is_unseen(letter)), "{}", shown);
            prop_assert!(shown.chars().next().is_none_or(|first| !is_lone(None, first)));
        }
    }
}
