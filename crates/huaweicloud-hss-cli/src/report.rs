//! What a command came to.

use huaweicloud_hss::{Accepted, Preview};

/// The result of a command that succeeded.
#[derive(Debug)]
pub(crate) enum Report {
    /// The service took the request.
    Accepted {
        operation: Operation,
        task_id: String,
        accepted: Accepted,
    },
    /// A request that was not sent.
    Preview(Preview),
    /// A text that is the same in every form: a script or a page.
    Text(String),
    /// Everything has been shown while the command ran.
    Shown,
}

/// The two operations.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    RecreateVulScanTask,
    RetryTask,
}

impl Operation {
    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RecreateVulScanTask => "recreate_vul_scan_task",
            Self::RetryTask => "retry_task",
        }
    }

    /// The word for people.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::RecreateVulScanTask => "rescan",
            Self::RetryTask => "retry",
        }
    }
}
