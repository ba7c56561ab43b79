//! The bytes that a server sends.

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, repeat};

/// Bytes of an answer. In JSON a text, a list of bytes (`[255, 254]`), `{"fill": LENGTH}` or `{"gzip_bomb": {}}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a text, a list of bytes, {\"fill\": LENGTH} or {\"gzip_bomb\": {}}"
)]
#[non_exhaustive]
pub enum Bytes {
    /// A text.
    Text(String),
    /// Any bytes, UTF-8 or not.
    Raw(Vec<u8>),
    /// Bytes that are generated while they are sent.
    Generated(Generated),
}

/// Bytes that are generated while they are sent, so that any number of them needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Generated {
    /// The character `x`, this many times.
    Fill(u64),
    /// One megabyte of gzip that unpacks to one gigabyte of zeros. As a body it needs a `content-encoding: gzip`.
    GzipBomb {},
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Raw(bytes)
    }
}

impl From<Generated> for Bytes {
    fn from(generated: Generated) -> Self {
        Self::Generated(generated)
    }
}

/// Beginning of a gzip file: a dynamic Huffman block in which a run of 258 zeros takes two bits, both 0, and after it
/// the first three zeros.
const GZIP_HEAD: [u8; 24] = [
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff, 0xed, 0xe0, 0x81, 0, 0, 0, 0, 0x80, 0x20, 0xec, 0x4f, 0xbd, 0x48, 0x55,
];
/// Bytes in the middle, each 0 and each four runs.
const GZIP_MIDDLE: u64 = 1 << 20;
/// End of the block, checksum and length.
const GZIP_TAIL: [u8; 9] = [0x03, 0x1b, 0x71, 0x6f, 0xea, 0x03, 0x00, 0x80, 0x40];

/// The longest block that is read or written at a time.
pub(super) const BLOCK: usize = 64 * 1024;

impl Bytes {
    pub(super) fn reader(&self) -> Box<dyn AsyncRead + Send + Unpin + '_> {
        match self {
            Self::Text(text) => Box::new(text.as_bytes()),
            Self::Raw(bytes) => Box::new(bytes.as_slice()),
            Self::Generated(Generated::Fill(length)) => Box::new(repeat(b'x').take(*length)),
            Self::Generated(Generated::GzipBomb {}) => {
                let middle = repeat(0).take(GZIP_MIDDLE);
                Box::new(GZIP_HEAD.as_slice().chain(middle).chain(GZIP_TAIL.as_slice()))
            }
        }
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Raw(bytes) => bytes.len() as u64,
            Self::Generated(Generated::Fill(length)) => *length,
            Self::Generated(Generated::GzipBomb {}) => (GZIP_HEAD.len() + GZIP_TAIL.len()) as u64 + GZIP_MIDDLE,
        }
    }
}
