//! Ids as path segments.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes an id, so that it stays one segment whatever it holds.
pub(crate) fn encode_path(id: &str) -> String {
    utf8_percent_encode(id, RESERVED).to_string()
}

/// `.` and `..` are no segments but directions, percent-encoded too: a URL with one leads to another path.
pub(crate) fn refuse_dots(id: &str) -> Result<(), String> {
    if matches!(id, "." | "..") {
        return Err(format!(
            "`{id}` found, which no URL can carry: it would lead to another path"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::Url;

    use super::*;

    fn segments(id: &str) -> Vec<String> {
        let url = Url::parse(&format!("https://host/v5/{}/end", encode_path(id))).unwrap();
        let decode = |part: &str| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8()
                .unwrap()
                .into_owned()
        };
        url.path().split('/').skip(1).map(decode).collect()
    }

    #[test]
    fn dots_collapse_however_they_are_written() {
        // Why they are refused: this is what the URL standard makes of them.
        assert_eq!(segments(".."), ["end"]);
        assert_eq!(Url::parse("https://host/v5/%2e%2E/end").unwrap().path(), "/end");
        assert!(refuse_dots(".").is_err() && refuse_dots("..").is_err());
        assert!(refuse_dots("...").is_ok() && refuse_dots("%2e").is_ok() && refuse_dots("").is_ok());
    }

    proptest! {
        #[test]
        fn any_other_id_stays_one_segment(id in any::<String>()) {
            prop_assume!(refuse_dots(&id).is_ok());
            prop_assert_eq!(segments(&id), ["v5", &id, "end"]);
        }

        #[test]
        fn ids_of_url_characters_stay_one_segment(id in r"[./\\%?#;:@&=+ 2eE\x00-\x1f]{1,12}") {
            prop_assume!(refuse_dots(&id).is_ok());
            prop_assert_eq!(segments(&id), ["v5", &id, "end"]);
        }
    }
}
