//! A simulator of six operations of Huawei Cloud Host Security Service (HSS) v5, for tests and demos.
//!
//! It serves HTTP on its own port, checks every request against the OpenAPI documents of the operations, keeps tasks whose
//! hosts and clusters go from failed to scanning to success, lists them, and answers with the codes that the vendor
//! documents. It shares no type of the operations with any client, only their OpenAPI documents. It verifies signatures with
//! `huaweicloud-auth`, which builds the canonical request as that crate's signer does; vectors of the official signers
//! test both.
//!
//! It is not made by Huawei. Where the vendor says nothing it follows an interpretation of this project; the README lists
//! them all.
//!
//! # In a test
//!
//! ```
//! use huaweicloud_hss_sim::{DEMO_VUL_SCAN_TASK_ID, Fault, ScanState, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::start().await?;
//!
//! // The code under test: here a bare HTTP client, in your tests the code that calls HSS.
//! let url = format!(
//!     "{}/v5/{}/vulnerability/scan/task/{DEMO_VUL_SCAN_TASK_ID}/rescan",
//!     simulator.endpoint(),
//!     simulator.project_id(),
//! );
//! let rescan = || {
//!     reqwest::Client::new()
//!         .put(&url)
//!         .header("X-Auth-Token", simulator.token())
//!         .json(&serde_json::json!({"range_type": "specific_host", "host_ids": ["host-a"]}))
//!         .send()
//! };
//! assert_eq!(rescan().await?.status(), 200);
//!
//! // The state of the service.
//! let task = simulator.vulnerability_scan_task(DEMO_VUL_SCAN_TASK_ID).ok_or("no task")?;
//! assert_eq!(task.state("host-a"), Some(ScanState::Scanning));
//! assert_eq!(task.state("host-b"), Some(ScanState::Failed));
//!
//! // The requests that arrived, without secrets.
//! let requests = simulator.requests();
//! assert_eq!(requests[0].operation.as_deref(), Some("recreateVulScanTask"));
//! assert_eq!(requests[0].header("x-auth-token"), Some("***"));
//!
//! // How the caller handles an error.
//! simulator.inject(Fault::answer(503).body("<html>try later</html>"))?;
//! assert_eq!(rescan().await?.status(), 503);
//! # Ok(())
//! # }
//! ```
//!
//! The simulator stops when it is dropped.
//!
//! # Features
//!
//! - `cli`, on by default, builds the `hss-sim` binary; it brings `tls`.
//! - `tls` adds `SimulatorBuilder::tls`, for HTTPS.
//!
//! Test suites that need neither can disable them, with their dependencies.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod app;
mod clock;
mod document;
mod error;
mod faults;
mod http;
mod iam;
mod lock;
mod request_log;
mod server;
mod service;
mod simulator;

pub use error::{DocumentError, FaultError, QuotaError, RescanError, StartError, TasksError};
pub use faults::Fault;
pub use request_log::RecordedRequest;
pub use service::quota::Quota;
pub use service::state::Rescan;
pub use service::tasks::{
    Cluster, ClusterScanTask, DEMO_CLUSTER_SCAN_TASK_ID, DEMO_VUL_SCAN_TASK_ID, Host, ScanState, TASKS_SCHEMA, Tasks,
    Trigger, VulnerabilityScanTask,
};
pub use simulator::Simulator;
pub use simulator::builder::SimulatorBuilder;
pub use simulator::defaults::{
    DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN_NAME, DEFAULT_PASSWORD, DEFAULT_PROJECT_ID, DEFAULT_PROJECT_NAME,
    DEFAULT_SCAN_TIME, DEFAULT_SECRET_KEY, DEFAULT_TEMPORARY_KEY_LIFETIME, DEFAULT_TOKEN, DEFAULT_TOKEN_LIFETIME,
    DEFAULT_USER_NAME,
};

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
