//! What a command came to.

use huaweicloud_hss::bulk::{Operation, Summary};
use huaweicloud_hss::{Accepted, Preview};

use crate::exit_code;

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
    /// A text that is the same in every selection: a script or a page.
    Text(String),
    /// Everything has been shown while the command ran.
    Printed,
}

impl Report {
    /// The exit code of a command that came to this.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Batches(summary) => exit_code::of_summary(summary),
            _ => 0,
        }
    }
}
