//! Lower-case hexadecimal, the only spelling in a signature.

use std::fmt;

use sha2::{Digest, Sha256};

/// A hash in hexadecimal.
pub(crate) struct Hex([u8; 64]);

impl Hex {
    pub(crate) fn new(hash: &[u8; 32]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(hash) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(text)
    }

    pub(crate) fn sha256(bytes: &[u8]) -> Self {
        Self::new(&Sha256::digest(bytes).into())
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
