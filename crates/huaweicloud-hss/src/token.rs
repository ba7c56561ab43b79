//! The user's token.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::constants::{AUTH_TOKEN_LENGTH_MAX, AUTH_TOKEN_LENGTH_MIN};
use crate::error::Error;
use crate::limit;

/// A token that IAM handed out. It is wiped from memory when dropped and does not show in `Debug`.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    pub(crate) fn new(token: String) -> Result<Self, Error> {
        let token = Zeroizing::new(token);
        limit::characters(&token, AUTH_TOKEN_LENGTH_MIN, AUTH_TOKEN_LENGTH_MAX)
            .map_err(|reason| Error::invalid("token", reason))?;
        if let Some(place) = token.chars().position(|letter| !letter.is_ascii_graphic()) {
            let what = match token.chars().nth(place) {
                Some('\n' | '\r') => "a line break",
                Some(' ' | '\t') => "white space",
                _ => "a character that no header can carry",
            };
            let place = place + 1;
            return Err(Error::invalid(
                "token",
                format!("{what} found at character {place}, only visible ASCII allowed"),
            ));
        }
        Ok(Self(token))
    }

    /// The token as a header's value, marked so that no one prints it.
    pub(crate) fn header(&self) -> HeaderValue {
        #[expect(
            clippy::expect_used,
            reason = "visible ASCII, which `new` made sure of, is always a header's value"
        )]
        let mut value = HeaderValue::from_str(&self.0).expect("visible ASCII is a header's value");
        value.set_sensitive(true);
        value
    }

    /// The text with every copy of the token masked: an error message can echo it.
    pub(crate) fn mask(&self, text: &str) -> String {
        text.replace(&**self.0, "***")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}
