//! The rules for keys, secrets, tokens and other values, and the error for a value that breaks them.

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::net::sanitize::find_invisible;

/// A value that cannot be used as what it is given for, such as a key or a token. It does not hold the value.
///
/// ```
/// use huaweicloud_auth::AccessKey;
///
/// let error = AccessKey::new("QTWAOYTTINDUT2QVKYUC", "read from a file\n").unwrap_err();
/// assert_eq!(error.to_string(), "the secret access key ends with a line break; remove it");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} {problem}")]
pub struct ValueError {
    what: Cow<'static, str>,
    problem: ValueProblem,
}

impl ValueError {
    pub(crate) fn new(what: impl Into<Cow<'static, str>>, problem: ValueProblem) -> Self {
        Self {
            what: what.into(),
            problem,
        }
    }

    /// Which value it is, such as `access key id`, `secret access key`, `security token` or `token`.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What is wrong with it.
    pub fn problem(&self) -> ValueProblem {
        self.problem
    }
}

/// What is wrong with a value. Positions count characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueProblem {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// It is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// The last character is a line break, as when the whole text of a file was taken.
    #[error("ends with a line break; remove it")]
    LineBreakAtEnd,
    /// It begins or ends with white space.
    #[error("has white space around it; remove it")]
    SpaceAround,
    /// It has a control character, which includes a line break within the value.
    #[error("has a control character at position {position}")]
    ControlCharacter {
        /// Where it is.
        position: usize,
    },
    /// It has another character that cannot be seen, such as a zero-width space.
    #[error("has U+{code_point:04X}, which cannot be seen, at position {position}; remove it")]
    Invisible {
        /// The character's number in Unicode.
        code_point: u32,
        /// Where it is.
        position: usize,
    },
    /// It has more characters than the service takes.
    #[error("has {found} characters, {limit} are allowed")]
    TooLong {
        /// The maximum.
        limit: usize,
        /// The number of characters.
        found: usize,
    },
    /// A character that a host's name cannot have.
    #[error("has a character at position {position} that the name of a host cannot have")]
    NotForHost {
        /// Where it is.
        position: usize,
    },
    /// A character that the header which carries the value cannot hold.
    #[error("has a character at position {position} that its header cannot carry")]
    NotForHeader {
        /// Where it is.
        position: usize,
    },
}

/// Checks what holds for every value, and that each character is one that `allowed` takes.
pub(crate) fn check(what: &'static str, value: &str, allowed: impl Fn(char) -> bool) -> Result<(), ValueError> {
    let problem = |problem| Err(ValueError::new(what, problem));
    let position = |wrong: &dyn Fn(char) -> bool| value.chars().position(wrong).map(|index| index + 1);
    if value.is_empty() {
        return problem(ValueProblem::Empty);
    }
    if value.ends_with(['\n', '\r']) {
        return problem(ValueProblem::LineBreakAtEnd);
    }
    if value.starts_with(char::is_whitespace) || value.ends_with(char::is_whitespace) {
        return problem(ValueProblem::SpaceAround);
    }
    if let Some(position) = position(&char::is_control) {
        return problem(ValueProblem::ControlCharacter { position });
    }
    if let Some(found) = find_invisible(value) {
        return problem(ValueProblem::Invisible {
            code_point: found.character.into(),
            position: found.position,
        });
    }
    if let Some(position) = position(&|c| !allowed(c)) {
        return problem(ValueProblem::NotForHeader { position });
    }
    Ok(())
}

/// A secret of visible ASCII as a header's value, marked sensitive. It is wiped from memory when the last clone is dropped.
pub(crate) fn secret_header_value(secret: Zeroizing<String>) -> HeaderValue {
    #[expect(clippy::expect_used, reason = "callers check that it is visible ASCII")]
    let mut value =
        HeaderValue::from_maybe_shared(Bytes::from_owner(secret)).expect("visible ASCII is a header's value");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_named_by_code_point() {
        let problem = |value: &str| check("region", value, |_| true).unwrap_err().to_string();
        assert_eq!(
            problem("cn-north-4\u{200b}"),
            "the region has U+200B, which cannot be seen, at position 11; remove it"
        );
        assert_eq!(problem("a\u{1}b"), "the region has a control character at position 2");
        assert_eq!(problem("a\u{a0}"), "the region has white space around it; remove it");
        assert!(check("region", "é e\u{301} 中", |_| true).is_ok());
    }
}
