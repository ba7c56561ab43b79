//! The result of a command.

use huaweicloud_hss::bulk::Summary;
use huaweicloud_hss::{Accepted, OperationId, Preview};

use crate::exit_code;

#[derive(Debug)]
pub(crate) enum Report {
    /// The service accepted the request.
    Accepted {
        operation: OperationId,
        task_id: String,
        accepted: Accepted,
    },
    /// A dry run.
    Preview(Preview),
    /// A dry run of a list.
    Previews(Vec<Preview>),
    /// A list was sent, possibly not to its end.
    Batches(Box<Summary>),
    /// The same text in every format, such as a script.
    Text(String),
}

impl Report {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Batches(summary) => exit_code::of_summary(summary),
            _ => 0,
        }
    }
}
