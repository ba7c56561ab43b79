//! What a command came to.

use huaweicloud_hss::bulk::Summary;
use huaweicloud_hss::{Accepted, Preview};

use crate::summary;

/// The result of a command that did what it could.
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
    /// Requests that were not sent.
    Previews(Vec<Preview>),
    /// A list was sent in batches, not necessarily to its end.
    Batches(Box<Summary>),
    /// A text that is the same in every form: a script or a page.
    Text(String),
    /// Everything has been shown while the command ran.
    Shown,
}

impl Report {
    /// The exit code of a command that came to this.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Batches(summary) => summary::code(summary),
            _ => 0,
        }
    }
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
