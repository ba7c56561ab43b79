//! Headers that the user adds to requests.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use huaweicloud_auth::X_AUTH_TOKEN;

use crate::error::Error;

/// Names that HTTP, the HTTP client, the signer or this crate sets.
const RESERVED: &[&str] = &[
    "accept",
    "accept-encoding",
    "api-version",
    "authorization",
    "connection",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-project-id",
    "x-security-token",
];

const RESERVED_PREFIXES: &[&str] = &["content-", "proxy-", "x-sdk-"];

/// The headers, or the error of the first that cannot be sent. `Debug` shows names alone.
#[derive(Clone, Default)]
pub(crate) struct CustomHeaders {
    // No map: it is four times as large in the future of every call.
    headers: Vec<(HeaderName, HeaderValue)>,
    refused: Option<Error>,
}

impl CustomHeaders {
    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        match parse(name, value) {
            Ok(header) => self.headers.push(header),
            Err(reason) => {
                self.refused.get_or_insert(Error::invalid("header", reason));
            }
        }
    }

    /// Adds the headers of another, in place of those of the same names.
    pub(crate) fn extend(&mut self, other: Self) {
        self.headers.extend(other.headers);
    }

    pub(crate) fn checked(self) -> Result<Self, Error> {
        match self.refused {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Sets the headers; of several with the same name, the last.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }
}

fn parse(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::try_from(name).map_err(|_| format!("{name:?} is not the name of a header"))?;
    let name = parsed.as_str();
    let is_reserved = RESERVED.contains(&name)
        || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || parsed == X_AUTH_TOKEN;
    if is_reserved {
        return Err(format!("{name} is set by the client"));
    }
    // The error does not hold the value.
    let value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value of {name} has a character that no header can carry"))?;
    Ok((parsed, value))
}

impl fmt::Debug for CustomHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.headers.iter().map(|(name, _)| name.as_str()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, value: &str) -> Option<String> {
        let mut headers = CustomHeaders::default();
        headers.insert(name, value);
        headers.checked().err().map(|error| error.to_string())
    }

    /// The document states the name for other languages; the code has it from `huaweicloud-auth`.
    #[test]
    fn token_header_is_the_one_of_the_document() {
        assert!(
            X_AUTH_TOKEN
                .as_str()
                .eq_ignore_ascii_case(crate::generated::constants::AUTH_TOKEN_HEADER)
        );
    }

    #[test]
    fn refuses_names_that_the_client_sets() {
        for name in [
            "Host",
            "Content-Type",
            "content-length",
            "Authorization",
            "X-Auth-Token",
            "X-Sdk-Date",
            "X-Sdk-Content-Sha256",
            "X-Project-Id",
            "X-Security-Token",
            "User-Agent",
            "Accept-Encoding",
            "Transfer-Encoding",
            "Connection",
            "Proxy-Authorization",
        ] {
            let expected = format!("header: {} is set by the client", name.to_lowercase());
            assert_eq!(refusal(name, "v"), Some(expected));
        }
        assert_eq!(refusal("traceparent", "v"), None);
    }

    #[test]
    fn refuses_what_no_header_can_carry_and_does_not_show_the_value() {
        assert_eq!(
            refusal("a b", "v").unwrap(),
            r#"header: "a b" is not the name of a header"#
        );
        let expected = "header: the value of x-a has a character that no header can carry";
        assert_eq!(refusal("X-A", "secret\r\nx-b: c").unwrap(), expected);
    }

    #[test]
    fn debug_shows_no_value() {
        let mut headers = CustomHeaders::default();
        headers.insert("X-A", "secret");
        assert_eq!(format!("{headers:?}"), r#"["x-a"]"#);
    }
}
