//! The result of a command.

use huaweicloud_hss::bulk::{JournalStatus, Summary};
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
    /// A list without an id was accepted.
    Empty { operation: OperationId, task_id: String },
    /// Journals that were listed, shown or removed.
    Journals {
        journals: Vec<JournalStatus>,
        view: JournalView,
    },
    /// The same text in every format, such as a script.
    Text(String),
}

/// How much of a journal is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalView {
    Line,
    Whole,
    Removed,
}

impl Report {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Batches(summary) => exit_code::of_summary(summary),
            _ => 0,
        }
    }
}
