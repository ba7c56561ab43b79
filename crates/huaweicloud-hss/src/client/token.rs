//! The user's token.

use huaweicloud_auth::Token;
use zeroize::Zeroizing;

use crate::bounded::check_characters;
use crate::constants::{AUTH_TOKEN_LENGTH_MAX, AUTH_TOKEN_LENGTH_MIN};
use crate::error::Error;

/// A token within the document's limits. What is wrong with another is said with the place, and never the token.
pub(crate) fn checked(token: Zeroizing<String>) -> Result<Token, Error> {
    check_characters(&token, AUTH_TOKEN_LENGTH_MIN, AUTH_TOKEN_LENGTH_MAX)
        .map_err(|reason| Error::invalid("token", reason))?;
    if let Some((place, letter)) = token.chars().enumerate().find(|(_, letter)| !letter.is_ascii_graphic()) {
        let what = match letter {
            '\n' | '\r' => "a line break",
            ' ' | '\t' => "white space",
            _ => "a character that no header can carry",
        };
        let place = place + 1;
        let reason = format!("{what} found at character {place}, only visible ASCII allowed");
        return Err(Error::invalid("token", reason));
    }
    Token::new(token.as_str()).map_err(|reason| Error::invalid("token", reason))
}
