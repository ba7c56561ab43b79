#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accepted;
mod bounded;
pub mod bulk;
mod client;
mod error;
mod generated;
mod named;
mod names;
mod operations;
mod preview;
#[cfg(feature = "tasks")]
#[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
pub mod reads;
mod rows;
mod transport;

pub use generated::constants;

/// Credentials, their sources, and the signer: the crate `huaweicloud-auth`.
pub use huaweicloud_auth as auth;

#[doc = include_str!("../docs/failures.md")]
pub mod failures {}

#[doc = include_str!("../docs/migration.md")]
pub mod migration {}

pub use accepted::Accepted;
pub use bounded::{LimitError, List};
pub use client::Client;
pub use client::builder::ClientBuilder;
pub use error::{Error, ErrorBuilder, ErrorKind, Outcome};
pub use names::UnknownNameError;
pub use operations::*;
pub use preview::Preview;
pub use rows::Rows;
pub use transport::retry_policy::RetryPolicy;

/// The generated client: one function for each operation of the OpenAPI document, and the types of their bodies.
///
/// It shares the connections, the credentials, the limits and the checks of responses with [`Client`]; [`Client::raw`]
/// gives it. Use it for operations that [`Client`] has no method for.
///
/// Its errors are [`raw::Error`]s, which `?` and [`raw::into_error`] convert into the crate's own [`Error`]. Before
/// that they say little: everything but a success reaches the caller as [`raw::Error::UnexpectedResponse`] with the
/// status 999, because progenitor's other variants lose the status or the headers. [`raw::accepted`] converts a success
/// into an [`Accepted`], and [`raw::preview`] shows a request without sending it. A success has one header that the
/// service did not send, `huaweicloud-hss-attempts`: [`Accepted::attempts`].
///
/// It shows types of `progenitor-client` and, through them, of `reqwest`. A new major version of these is a new minor
/// version here.
pub mod raw {
    pub use crate::generated::client::*;
    pub use crate::transport::hooks::{accepted, into_error, preview};

    /// The generated client of the operations that read tasks, from a second OpenAPI document; [`Client::raw_tasks`]
    /// gives it. Its types that have the names of types of [`raw`](crate::raw) are the same types.
    ///
    /// The document is written from the vendor's public material; nothing of it was seen on the live service. So every
    /// member of an answer is an `Option`, values that can grow are strings with
    /// [known values](crate::raw::tasks::constants), a list leaves out and [counts](crate::Rows::unreadable) what it
    /// cannot read, and unknown members are ignored.
    ///
    /// Errors are those of [`raw`](crate::raw): [`into_error`] converts them.
    ///
    /// ```no_run
    /// # async fn run(client: huaweicloud_hss::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use huaweicloud_hss::raw::tasks::types::{PageLimit, ScanStatusFilter};
    ///
    /// let (project_id, task_id) = ("0123".try_into()?, "task-1".try_into()?);
    /// let limit = PageLimit::try_from(200)?;
    /// let failed = Some(ScanStatusFilter::Failed);
    /// let tasks = client.raw_tasks();
    /// let page = tasks.list_vul_scan_task_host(&project_id, &task_id, None, Some(&limit), None, failed).await;
    /// let page = page.map_err(huaweicloud_hss::raw::into_error)?.into_inner();
    /// for host in page.data_list.iter().flat_map(|hosts| hosts.iter()) {
    ///     println!("{:?} {:?}", host.host_id, host.vul_scan_details);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`Client::raw_tasks`]: crate::Client::raw_tasks
    #[cfg(feature = "tasks")]
    pub mod tasks {
        pub use crate::generated::tasks::client::*;
        pub use crate::generated::tasks::constants;
        pub use crate::transport::task_hooks::preview;
    }
}
