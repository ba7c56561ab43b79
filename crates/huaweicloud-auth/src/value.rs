//! What a key, a secret or a token may hold, and what a value outside that is told.

use std::fmt;

/// A value that cannot be the key, secret or token it is given as. The value itself is not in it.
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
    what: &'static str,
    problem: ValueProblem,
}

impl ValueError {
    pub(crate) fn new(what: &'static str, problem: ValueProblem) -> Self {
        Self { what, problem }
    }

    /// Which value it is, such as `access key id`, `secret access key`, `security token` or `token`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// What is wrong with it.
    pub fn problem(&self) -> ValueProblem {
        self.problem
    }
}

/// What is wrong with a value. Positions count characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueProblem {
    /// Nothing is there.
    Empty,
    /// The last character is a line break, as when a file's whole text is taken.
    LineBreakAtEnd,
    /// White space stands before or behind the value.
    SpaceAround,
    /// A control character, a line break within the value among them.
    ControlCharacter {
        /// Where it is.
        position: usize,
    },
    /// More characters than the service takes.
    TooLong {
        /// The most that it takes.
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// A character that a host's name cannot have.
    NotForHost {
        /// Where it is.
        position: usize,
    },
    /// A character that the header which carries the value cannot hold.
    NotForHeader {
        /// Where it is.
        position: usize,
    },
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::LineBreakAtEnd => f.write_str("ends with a line break; remove it"),
            Self::SpaceAround => f.write_str("has white space around it; remove it"),
            Self::ControlCharacter { position } => write!(f, "has a control character at position {position}"),
            Self::TooLong { limit, found } => write!(f, "has {found} characters, {limit} are allowed"),
            Self::NotForHost { position } => {
                write!(
                    f,
                    "has a character at position {position} that the name of a host cannot have"
                )
            }
            Self::NotForHeader { position } => {
                write!(f, "has a character at position {position} that its header cannot carry")
            }
        }
    }
}

/// Checks what holds for every value, and that each character is one that `allowed` takes.
pub(crate) fn check(what: &'static str, value: &str, allowed: impl Fn(char) -> bool) -> Result<(), ValueError> {
    let problem = |problem| Err(ValueError { what, problem });
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
    if let Some(position) = position(&|letter| !allowed(letter)) {
        return problem(ValueProblem::NotForHeader { position });
    }
    Ok(())
}
