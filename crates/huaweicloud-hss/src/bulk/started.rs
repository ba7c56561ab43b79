//! Items that a closed run of the task started.

use std::fmt;

use jiff::Timestamp;

use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// What a run does with items that a run of the same task started that has closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IfStarted {
    /// Nothing is sent, and the error has [`AlreadyStarted`] as its source.
    #[default]
    Refuse,
    /// They are sent again. The old journal is set aside under a name with the time. What is unknown in a run that has
    /// not closed is not resent: that takes [`Run::resend_unknown`](super::Run::resend_unknown) too.
    Again,
    /// They are left out.
    Skip,
}

/// Some items of a plan were started by a run that has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadyStarted {
    /// The number of such items.
    pub started: usize,
    /// The number of items of the plan.
    pub items: usize,
    /// When the last run of the task began, in RFC 3339.
    pub at: String,
}

impl AlreadyStarted {
    pub(super) fn new(started: usize, items: usize, at: Timestamp) -> Self {
        let at = to_the_second(at);
        Self { started, items, at }
    }
}

/// A time as people read it.
pub(super) fn to_the_second(time: Timestamp) -> String {
    time.round(jiff::Unit::Second).unwrap_or(time).to_string()
}

impl fmt::Display for AlreadyStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { started, items, at } = self;
        write!(f, "{started} of {items} were started at {at}")
    }
}

impl std::error::Error for AlreadyStarted {}

impl From<AlreadyStarted> for Error {
    fn from(started: AlreadyStarted) -> Self {
        ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, started.to_string())
            .with_hint("IfStarted::Again sends them, IfStarted::Skip leaves them out")
            .with_source(started)
            .build()
    }
}
