//! Why a command did not succeed.

use std::error::Error as StdError;
use std::io;

use huaweicloud_hss::auth::ProviderError;
use huaweicloud_hss::{Error, ErrorKind, Outcome};

use crate::exit_code;

/// What the SDK's error says, and room for what goes wrong before the SDK is asked.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: ErrorKind,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) attempts: u32,
    /// The message's particulars, one by one.
    pub(crate) details: Vec<String>,
    /// What was behind it, outermost first; for people only.
    pub(crate) causes: Vec<String>,
    /// Someone ended the command.
    pub(crate) interrupted: bool,
}

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum ExitError {
    /// The command did not succeed.
    Failed(CliError),
    /// Standard output does not take the result, which is here in text for standard error.
    Unwritten { error: io::Error, result: Option<String> },
}

impl From<CliError> for ExitError {
    fn from(failure: CliError) -> Self {
        Self::Failed(failure)
    }
}

impl CliError {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            outcome: Outcome::NotSent,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            hint: None,
            attempts: 0,
            details: Vec::new(),
            causes: Vec::new(),
            interrupted: false,
        }
    }

    /// The arguments, the environment or an input cannot be used.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// The command was ended while something was in flight.
    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Unknown,
            interrupted: true,
            ..Self::new(ErrorKind::Internal, message)
        }
    }

    /// A fault of this program or of the machine.
    pub(crate) fn internal(error: anyhow::Error) -> Self {
        Self {
            causes: error.chain().skip(1).map(ToString::to_string).collect(),
            ..Self::new(ErrorKind::Internal, error.to_string())
        }
    }

    /// The kind's name in JSON.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.interrupted {
            true => "interrupted",
            false => self.kind.as_str(),
        }
    }

    pub(crate) fn code_of_exit(&self) -> u8 {
        match self.interrupted {
            true => exit_code::INTERRUPTED,
            false => exit_code::code(self.kind, self.outcome),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn cause(mut self, cause: impl ToString) -> Self {
        self.causes.push(cause.to_string());
        self
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        // Each place that was looked at for credentials gets a line of its own.
        let chain = causes
            .clone()
            .filter_map(|cause| cause.downcast_ref::<ProviderError>())
            .find(|error| !error.attempts().is_empty());
        Self {
            kind: error.kind(),
            outcome: error.outcome(),
            status: error.status(),
            code: error.code().map(str::to_owned),
            message: chain.map_or(error.message(), ProviderError::message).to_owned(),
            request_id: error.request_id().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            attempts: error.attempts(),
            details: chain
                .map(ProviderError::attempts)
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            interrupted: false,
            // What the message says already is no news as a cause, with a code and a request id behind it neither.
            causes: causes
                .map(ToString::to_string)
                .filter(|cause| !error.message().contains(cause) && !cause.contains(error.message()))
                .collect(),
        }
    }
}
