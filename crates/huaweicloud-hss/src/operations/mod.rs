//! The operations of the service, and the request that carries each of them.

mod recreate_vul_scan_task;
mod request;
mod retry_task;
#[cfg(feature = "tasks")]
mod tasks;

pub use recreate_vul_scan_task::{RecreateVulScanTask, RecreateVulScanTaskBuilder};
pub use request::{Operation, OperationId, Request, TaskKind};
pub use retry_task::{Cluster, RetryTask, RetryTaskBuilder};
#[cfg(feature = "tasks")]
pub use tasks::*;
