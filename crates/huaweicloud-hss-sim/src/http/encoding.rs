//! Strict percent-decoding: what cannot be decoded without loss is not decoded.

use percent_encoding::percent_decode_str;

/// Decodes one segment of a path. `None` where an escape is malformed or the bytes are not UTF-8.
pub(crate) fn decode(piece: &str) -> Option<String> {
    let well_formed = piece
        .split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    if !well_formed {
        return None;
    }
    percent_decode_str(piece)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

/// Splits a raw query into names and values, in order; `+` is a space, as in forms. A value of `None` cannot be
/// decoded.
pub(crate) fn query(raw: &str) -> Vec<(String, Option<String>)> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode(&name.replace('+', " ")).unwrap_or_else(|| name.to_owned()),
                decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_a_segment_once() {
        assert_eq!(decode("a%2Fb").as_deref(), Some("a/b"));
        assert_eq!(decode("%252e").as_deref(), Some("%2e"));
        assert_eq!(decode("..").as_deref(), Some(".."));
        assert_eq!(decode("%00%0A%F0%9F%A6%80").as_deref(), Some("\0\n🦀"));
        assert_eq!(decode("a+b").as_deref(), Some("a+b"), "a plus in a path is a plus");
    }

    #[test]
    fn refuses_malformed_escapes_and_invalid_utf8() {
        for piece in ["%", "%4", "%zz", "a%2", "%ff", "%C3", "%é1"] {
            assert_eq!(decode(piece), None, "{piece}");
        }
    }

    #[test]
    fn splits_a_query_into_pairs() {
        let pairs = query("a=1&b=x%26y&&c&a=+2&d=%ff");
        let expected = [
            ("a", Some("1")),
            ("b", Some("x&y")),
            ("c", Some("")),
            ("a", Some(" 2")),
            ("d", None),
        ];
        assert_eq!(
            pairs,
            expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
        );
    }
}
