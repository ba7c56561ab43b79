//! Why a command failed.

use std::error::Error as StdError;
use std::io;

use huaweicloud_hss::auth::ProviderError;
use huaweicloud_hss::{Error, Outcome};

use crate::exit_code;

/// An error of the SDK, or one that occurred outside it.
#[derive(Debug)]
pub(crate) enum CliError {
    Sdk(Error),
    Local(Box<LocalError>),
}

/// An error that occurred outside the SDK.
#[derive(Debug)]
pub(crate) struct LocalError {
    kind: LocalErrorKind,
    message: String,
    hint: Option<String>,
    details: Vec<String>,
    causes: Vec<String>,
    attempts: u32,
}

#[derive(Debug, Clone, Copy)]
enum LocalErrorKind {
    /// An argument, the environment or an input is invalid.
    Invalid,
    /// A signal ended the command while a request was in flight.
    Interrupted,
    /// A signal ended the command before a request was sent.
    InterruptedEarly,
    /// A signal ended a read.
    InterruptedRead,
    /// A defect of this program, or a failure of the machine.
    Internal,
}

impl LocalErrorKind {
    /// The name in JSON, the outcome and the exit code.
    fn facts(self) -> (&'static str, Outcome, u8) {
        match self {
            Self::Invalid => ("invalid", Outcome::NotSent, exit_code::USAGE),
            Self::Interrupted => ("interrupted", Outcome::Unknown, exit_code::INTERRUPTED),
            Self::InterruptedEarly => ("interrupted", Outcome::NotSent, exit_code::INTERRUPTED),
            Self::InterruptedRead => ("interrupted", Outcome::NoEffect, exit_code::INTERRUPTED),
            Self::Internal => ("internal", Outcome::NotSent, exit_code::INTERNAL),
        }
    }
}

/// Why the program exits early.
#[derive(Debug)]
pub(crate) enum ExitError {
    /// The command failed.
    Failed(CliError),
    /// The result was written, and something is missing in it.
    Incomplete(CliError),
    /// The result could not be written to standard output; `result` is its text, for standard error.
    Unwritten { error: io::Error, result: Option<String> },
}

impl From<CliError> for ExitError {
    fn from(error: CliError) -> Self {
        Self::Failed(error)
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Sdk(error)
    }
}

impl From<ProviderError> for CliError {
    fn from(error: ProviderError) -> Self {
        Self::Sdk(error.into())
    }
}

impl CliError {
    fn local(kind: LocalErrorKind, message: impl Into<String>) -> Self {
        Self::Local(Box::new(LocalError {
            kind,
            message: message.into(),
            hint: None,
            details: Vec::new(),
            causes: Vec::new(),
            attempts: 0,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::local(LocalErrorKind::Invalid, message)
    }

    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self::local(LocalErrorKind::Interrupted, message)
    }

    pub(crate) fn interrupted_early(message: impl Into<String>) -> Self {
        Self::local(LocalErrorKind::InterruptedEarly, message)
    }

    pub(crate) fn interrupted_read() -> Self {
        Self::local(LocalErrorKind::InterruptedRead, "interrupted while reading")
    }

    pub(crate) fn internal(error: anyhow::Error) -> Self {
        let causes = error.chain().skip(1).map(ToString::to_string).collect();
        Self::local(LocalErrorKind::Internal, error.to_string()).change(|local| local.causes = causes)
    }

    /// Sets the hint of an error that occurred outside the SDK.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        self.change(|local| local.hint = Some(hint.into()))
    }

    /// Sets how many requests began to be sent.
    pub(crate) fn with_attempts(self, attempts: u32) -> Self {
        self.change(|local| local.attempts = attempts)
    }

    /// Adds to the hint.
    pub(crate) fn with_further_hint(self, further: &str) -> Self {
        let hint = self
            .hint()
            .map_or_else(|| further.to_owned(), |hint| format!("{hint}; {further}"));
        match self {
            Self::Sdk(error) => Self::Sdk(error.with_hint(hint)),
            local => local.with_hint(hint),
        }
    }

    /// Adds a cause.
    pub(crate) fn with_cause(self, cause: impl ToString) -> Self {
        self.change(|local| local.causes.push(cause.to_string()))
    }

    /// Sets the lines below the message.
    pub(crate) fn with_details(self, details: Vec<String>) -> Self {
        self.change(|local| local.details = details)
    }

    fn change(mut self, change: impl FnOnce(&mut LocalError)) -> Self {
        if let Self::Local(local) = &mut self {
            change(local);
        }
        self
    }

    /// The SDK's error, with the status, the code and the request id.
    pub(crate) fn sdk(&self) -> Option<&Error> {
        match self {
            Self::Sdk(error) => Some(error),
            Self::Local(_) => None,
        }
    }

    /// The kind's name in JSON.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sdk(error) => error.kind().as_str(),
            Self::Local(local) => local.kind.facts().0,
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Sdk(error) => error.outcome(),
            Self::Local(local) => local.kind.facts().1,
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Sdk(error) => exit_code::of_error(error.kind(), error.outcome()),
            Self::Local(local) => local.kind.facts().2,
        }
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Sdk(error) => empty_chain(error).map_or(error.message(), ProviderError::message),
            Self::Local(local) => &local.message,
        }
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Sdk(error) => error.hint(),
            Self::Local(local) => local.hint.as_deref(),
        }
    }

    /// How many requests were sent, or begun to be sent.
    pub(crate) fn attempts(&self) -> u32 {
        match self {
            Self::Sdk(error) => error.attempts(),
            Self::Local(local) => local.attempts,
        }
    }

    /// The lines below the message: each credential source that was tried, or each line of a list that is invalid.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Sdk(error) => empty_chain(error)
                .into_iter()
                .flat_map(ProviderError::attempts)
                .map(ToString::to_string)
                .collect(),
            Self::Local(local) => local.details.clone(),
        }
    }

    /// The causes, outermost first, without those that repeat the message.
    pub(crate) fn causes(&self) -> Vec<String> {
        match self {
            Self::Sdk(error) => sources(error)
                .map(cause)
                .filter(|cause| !error.message().contains(cause) && !cause.contains(error.message()))
                .collect(),
            Self::Local(local) => local.causes.clone(),
        }
    }
}

/// A cause in words, without a part of a response: that could be a secret which the service echoes.
fn cause(source: &(dyn StdError + 'static)) -> String {
    match source.downcast_ref::<serde_json::Error>() {
        Some(json) => format!("unexpected JSON at line {} column {}", json.line(), json.column()),
        None => source.to_string(),
    }
}

/// The error of a chain of credential sources none of which had credentials.
fn empty_chain(error: &Error) -> Option<&ProviderError> {
    sources(error)
        .filter_map(|source| source.downcast_ref::<ProviderError>())
        .find(|error| !error.attempts().is_empty())
}

fn sources(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |source| (*source).source())
}
