//! The result of a command.

use huaweicloud_hss::bulk::{JournalStatus, Summary};
use huaweicloud_hss::{Accepted, OperationId, Preview};
use serde::Serialize;

use crate::args::options::Format;
use crate::error::CliError;
use crate::exit_code;
use crate::output::json;
use crate::output::reads::wait::Waited;

#[derive(Debug)]
pub(crate) enum Report {
    /// The service accepted the request.
    Accepted {
        operation: OperationId,
        task_id: String,
        accepted: Accepted,
    },
    /// The outcome of the request is unknown, and what follows does not settle it.
    Unknown(CliError),
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
    /// The result was written, or there is none.
    Nothing,
    /// A task was waited for, after something was sent or not.
    Waited { sent: Option<Box<Report>>, waited: Waited },
}

/// How much of a journal is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalView {
    Line,
    Whole,
    Removed,
}

/// The name and the version of the program.
pub(crate) fn version(format: Format) -> String {
    const NAME: &str = "hss";
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    #[derive(Serialize)]
    struct Object {
        name: &'static str,
        version: &'static str,
    }
    match format {
        Format::Text => format!("{NAME} {VERSION}"),
        Format::Json => json::to_line(&Object {
            name: NAME,
            version: VERSION,
        }),
    }
}

impl Report {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Unknown(error) => error.exit_code(),
            Self::Batches(summary) => exit_code::of_summary(summary),
            Self::Waited { sent, waited } => match sent.as_ref().map_or(0, |sent| sent.exit_code()) {
                0 => waited.exit_code(),
                code => code,
            },
            _ => 0,
        }
    }
}
