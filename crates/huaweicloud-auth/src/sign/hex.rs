//! Lower-case hexadecimal, the only spelling that the signature knows.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends the bytes as text.
pub(crate) fn push(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// The SHA-256 of the bytes as text.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;

    let mut text = String::with_capacity(64);
    push(&mut text, &sha2::Sha256::digest(bytes));
    text
}

/// Reads 32 bytes in lower case; anything else is none.
pub(crate) fn read(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: &u8| DIGITS.iter().position(|digit| digit == byte);
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let (high, low) = (digit(&pair[0])?, digit(&pair[1])?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}
