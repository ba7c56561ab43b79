//! Errors.

use std::net::SocketAddr;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    #[non_exhaustive]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The tasks contradict each other.
    #[error("the tasks cannot be used")]
    Tasks(#[from] TasksError),
    /// A setting is outside what the OpenAPI document allows, so that no request could ever be accepted.
    #[error("{setting} cannot be used: {reason}")]
    #[non_exhaustive]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The OpenAPI document cannot be used.
    #[error("the OpenAPI document cannot be used")]
    Document(#[from] DocumentError),
}

/// Why an OpenAPI document cannot be simulated.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(String);

impl DocumentError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Why tasks cannot be used: every problem that was found, with its place.
#[derive(Debug, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct TasksError {
    problems: Vec<String>,
}

impl TasksError {
    pub(crate) fn new(problems: Vec<String>) -> Self {
        Self { problems }
    }

    /// The problems, each with the place where it was found.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

/// A quota that is not `N/min` with 1 to 100,000 calls, nor `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quota is `N/min` with N from 1 to 100000, or `off`")]
pub struct QuotaError;

/// A name that is no [`Rescan`](crate::Rescan).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of `same-task`, `new-task` and `refuse-while-running`")]
pub struct RescanError;

/// Why a fault cannot be injected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl FaultError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}
