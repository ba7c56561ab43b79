//! A token from IAM.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::value::{self, ValueError, ValueProblem, secret_header_value};

/// The longest token that the services take.
const MAX_LENGTH: usize = 32_768;

/// A user's token, the value of `X-Auth-Token`. It is wiped from memory when the last clone is dropped, and `Debug` does not show it.
///
/// ```
/// use huaweicloud_auth::Token;
///
/// let error = Token::new("read from a file\n").unwrap_err();
/// assert_eq!(error.to_string(), "the token ends with a line break; remove it");
/// ```
///
/// Clones and header values share one copy in memory.
#[derive(Clone)]
pub struct Token(HeaderValue);

impl Token {
    /// A token of 1 to 32,768 characters of visible ASCII.
    ///
    /// # Errors
    ///
    /// Any other value. The error does not hold it.
    pub fn new(token: impl Into<String>) -> Result<Self, ValueError> {
        let token = Zeroizing::new(token.into());
        value::check("token", &token, |c| c.is_ascii_graphic())?;
        if token.len() > MAX_LENGTH {
            let problem = ValueProblem::TooLong {
                limit: MAX_LENGTH,
                found: token.len(),
            };
            return Err(ValueError::new("token", problem));
        }
        Ok(Self(secret_header_value(token)))
    }

    /// The token as the value of `X-Auth-Token`, marked sensitive. It counts as a clone.
    pub fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }

    pub(crate) fn as_str(&self) -> &str {
        // Visible ASCII alone was let in.
        self.0.to_str().unwrap_or_default()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each copy of its own would be one more to wipe, and a header's is not ours to wipe.
    #[test]
    fn clones_and_header_values_share_one_copy() {
        let token = Token::new("a-token").unwrap();
        let header = token.clone().header_value();
        assert_eq!(header.as_bytes().as_ptr(), token.as_str().as_ptr());
        assert!(header.is_sensitive());
    }
}
