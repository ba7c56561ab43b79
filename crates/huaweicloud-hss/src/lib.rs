#![doc = include_str!("../README.md")]

mod bounded;
pub mod bulk;
mod client;
mod error;
mod generated;
mod operations;
mod transport;

pub use generated::constants;

/// Credentials, where they come from, and the signer: the crate `huaweicloud-auth`.
pub use huaweicloud_auth as auth;

#[doc = include_str!("../docs/failures.md")]
pub mod failures {}

pub use bounded::{LimitError, List};
pub use client::preview::Preview;
pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorKind, Outcome};
pub use operations::accepted::Accepted;
pub use operations::recreate_vul_scan_task::{RecreateVulScanTask, RecreateVulScanTaskRequest};
pub use operations::retry_task::{Cluster, RetryTask, RetryTaskRequest};
pub use transport::retry_policy::RetryPolicy;

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
    pub use crate::generated::client::*;
    pub use crate::transport::hooks::{accepted, into_error, preview};
}
