//! A token from IAM.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::value::{self, ValueError, ValueProblem};

/// The longest token that the services take.
const MAX_LENGTH: usize = 32_768;

/// A user's token, the value of `X-Auth-Token`. It is wiped from memory when dropped, and `Debug` does not show it.
///
/// ```
/// use huaweicloud_auth::Token;
///
/// let error = Token::new("read from a file\n").unwrap_err();
/// assert_eq!(error.to_string(), "the token ends with a line break; remove it");
/// ```
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

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
        Ok(Self(token))
    }

    /// The token as the value of `X-Auth-Token`, marked sensitive. The copy in it is not wiped.
    pub fn header_value(&self) -> HeaderValue {
        #[expect(clippy::expect_used, reason = "`new` allows visible ASCII alone")]
        let mut value = HeaderValue::from_str(&self.0).expect("visible ASCII is a header's value");
        value.set_sensitive(true);
        value
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}
