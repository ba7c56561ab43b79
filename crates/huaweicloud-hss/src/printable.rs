//! Foreign text, made fit for terminals and logs.

/// The most characters of a foreign text that are kept. The gateway can echo a whole canonical request.
const KEEP: usize = 8000;

/// The text with control characters and marks that change the direction of writing escaped, and without its tail where
/// it is long.
pub(crate) fn printable(text: &str) -> String {
    let mut kept = String::new();
    for (index, letter) in text.trim().chars().enumerate() {
        if index == KEEP {
            kept.push('…');
            break;
        }
        match letter {
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                kept.extend(letter.escape_unicode());
            }
            letter if letter.is_control() => kept.extend(letter.escape_default()),
            letter => kept.push(letter),
        }
    }
    kept
}
