//! The text of a file or of standard input, in the encodings that programs save text in.

use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use huaweicloud_hss::auth::BoundedFile;

use crate::error::CliError;

/// Reads a file, or standard input if it is `-`. A pipe must end within the time limit. Errors call the file `name`;
/// `too_large` is the reason above the limit of the size.
pub(crate) fn read(
    file: &Path,
    name: &str,
    max_bytes: usize,
    time: Duration,
    too_large: &str,
) -> Result<String, CliError> {
    let read = match file.to_str() {
        Some("-") => read_stdin(max_bytes),
        _ => BoundedFile::read(file, max_bytes, time).map(BoundedFile::into_bytes),
    };
    let bytes = read.map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => CliError::invalid(format!("{name}: {too_large}")),
        _ => CliError::invalid(format!("{name}: cannot be read")).with_cause(error),
    })?;
    Ok(decode(bytes))
}

fn read_stdin(max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(max_bytes as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > max_bytes {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// UTF-8, or UTF-16 by its byte-order mark. What cannot be read becomes U+FFFD, which no id may have; other columns of a
/// table may.
pub(crate) fn decode(mut bytes: Vec<u8>) -> String {
    match &*bytes {
        [0xef, 0xbb, 0xbf, ..] => decode_utf8(bytes.split_off(3)),
        [0xff, 0xfe, text @ ..] => decode_utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => decode_utf16(text, u16::from_be_bytes),
        _ => decode_utf8(bytes),
    }
}

fn decode_utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn decode_utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text = char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
    text.chain(rest.iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_programs_save() {
        let text = "é中🦀\n";
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let marked = |mark: &[u8], bytes: &[u8]| decode([mark, bytes].concat());
        assert_eq!(marked(b"", text.as_bytes()), text);
        assert_eq!(marked(b"\xef\xbb\xbf", text.as_bytes()), text);
        assert_eq!(marked(b"\xff\xfe", &little), text);
        assert_eq!(marked(b"\xfe\xff", &big), text);
        // Only the first mark is one.
        assert_eq!(marked(b"\xef\xbb\xbf", "\u{feff}a".as_bytes()), "\u{feff}a");
    }

    #[test]
    fn unreadable_bytes_show() {
        assert_eq!(decode(b"a\xff\nb".to_vec()), "a\u{fffd}\nb");
        assert_eq!(decode(b"\xff\xfea\0\x00\xd8b\0".to_vec()), "a\u{fffd}b");
        assert_eq!(decode(b"\xff\xfea\0b".to_vec()), "a\u{fffd}");
    }
}
