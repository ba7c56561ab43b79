#![doc = include_str!("../README.md")]

mod accepted;
mod answer;
mod bounded;
pub mod bulk;
mod call;
mod client;
mod deadline;
mod departure;
mod endpoint;
mod error;
mod exchange;
#[rustfmt::skip]
mod generated;
mod hint;
mod hook;

mod preview;
mod printable;
mod project;
mod provided;
mod recreate_vul_scan_task;
mod refused_signature;
mod retry_after;
mod retry_policy;
mod retry_task;
#[cfg(test)]
mod schema;
mod token;
mod transport;

/// Facts of the OpenAPI document that no type carries: hosts, header names, lengths of secrets, quotas, known values.
#[rustfmt::skip]
pub mod constants;

/// Credentials, where they come from, and the signer: the crate `huaweicloud-auth`.
pub use huaweicloud_auth as auth;

#[doc = include_str!("../docs/failures.md")]
pub mod failures {}

pub use accepted::Accepted;
pub use bounded::{LimitError, List};
pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorKind, Outcome};
pub use preview::Preview;
pub use recreate_vul_scan_task::{RecreateVulScanTask, RecreateVulScanTaskRequest};
pub use retry_policy::RetryPolicy;
pub use retry_task::{Cluster, RetryTask, RetryTaskRequest};

/// The generated client: one function for each operation of the OpenAPI document, and the types of its arguments.
///
/// A value outside its limits cannot be made: the `TryFrom` of its type refuses it with a [`LimitError`].
///
/// It shares the connections, the credentials, the limits and the checks of answers with [`Client`], which
/// [`Client::raw`] turns into it. Use it for what the face has no words for, or for operations that have no face.
///
/// Its errors are [`raw::Error`]; [`raw::into_error`] makes the crate's own [`Error`] of them. Every answer but
/// a clean `200` reaches the caller as [`raw::Error::UnexpectedResponse`], because progenitor's other variants lose the
/// status or the headers. [`raw::accepted`] makes an [`Accepted`] of a success, and [`raw::preview`] shows a request
/// without sending it.
pub mod raw {
    pub use crate::generated::*;
    pub use crate::hook::{accepted, into_error, preview};
}
