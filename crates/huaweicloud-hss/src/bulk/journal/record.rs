//! What the lines of a journal after the first say.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::accepted::Accepted;
use crate::bulk::item_state::SendEnd;
use crate::bulk::items::{self, Item};
use crate::error::Error;
use crate::operations::{OperationId, TaskKind};

/// The maximum length of a line with a result, and the space that is reserved for it before the send.
pub(super) const RESULT: usize = 4096;

/// The maximum number of characters of a service's message in a result, and of its shorter texts.
const MESSAGE: usize = 400;
const SHORT: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::bulk) enum RecordState {
    /// The items are about to be sent.
    Sending,
    Confirmed,
    Refused,
    NotSent,
    Unknown,
    /// Every item of the list at hand is confirmed; the items of the line were not in it and stay as they are.
    Closed,
    /// The scans of the items were seen to end and to fail.
    Failed,
}

impl RecordState {
    /// How the send ended; none where the line is no result.
    pub(in crate::bulk) fn end(self) -> Option<SendEnd> {
        match self {
            Self::Confirmed => Some(SendEnd::Confirmed),
            Self::Refused => Some(SendEnd::Refused),
            Self::NotSent => Some(SendEnd::NotSent),
            Self::Unknown => Some(SendEnd::Unknown),
            Self::Sending | Self::Closed | Self::Failed => None,
        }
    }
}

/// A text that is borrowed where its JSON has no escapes.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A line. Lines are numbered from 1, after the header.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::bulk) struct Record<'a> {
    pub(in crate::bulk) n: u64,
    pub(in crate::bulk) state: RecordState,
    pub(in crate::bulk) at: Timestamp,
    /// The number of the line `sending` that this one is the result of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::bulk) of: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    hosts: Option<Vec<Text<'a>>>,
    /// Each with its id and its scan items.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    clusters: Option<Vec<Vec<Text<'a>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::bulk) request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::bulk) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::bulk) message: Option<String>,
}

impl<'a> Record<'a> {
    fn new(n: u64, state: RecordState) -> Self {
        Self {
            n,
            state,
            at: Timestamp::now(),
            of: None,
            hosts: None,
            clusters: None,
            request_id: None,
            code: None,
            message: None,
        }
    }

    /// A line that names items. The scan items of a cluster follow each other.
    pub(super) fn with_items(
        n: u64,
        state: RecordState,
        operation: OperationId,
        items: impl Iterator<Item = Item<'a>>,
    ) -> Self {
        let record = Self::new(n, state);
        match operation.task_kind() {
            Some(TaskKind::Servers) => Self {
                hosts: Some(items.map(|item| text(item.id())).collect()),
                ..record
            },
            Some(TaskKind::Clusters) => {
                let clusters = items::clusters(items).into_iter();
                let clusters = clusters.map(|(id, types)| [id].into_iter().chain(types).map(text).collect());
                Self {
                    clusters: Some(clusters.collect()),
                    ..record
                }
            }
            None => record,
        }
    }

    pub(super) fn ended(n: u64, of: u64, result: &Result<Accepted, Error>) -> Self {
        let state = match SendEnd::of(result) {
            SendEnd::Confirmed => RecordState::Confirmed,
            SendEnd::Refused => RecordState::Refused,
            SendEnd::NotSent => RecordState::NotSent,
            SendEnd::Unknown => RecordState::Unknown,
        };
        let record = Self {
            of: Some(of),
            ..Self::new(n, state)
        };
        match result {
            Ok(accepted) => Self {
                request_id: accepted.request_id().map(|id| cut(id, SHORT)),
                ..record
            },
            Err(error) => Self {
                request_id: error.request_id().map(|id| cut(id, SHORT)),
                code: error.code().map(|code| cut(code, SHORT)),
                message: Some(cut(error.message(), MESSAGE)),
                ..record
            },
        }
    }

    /// The items that the line names.
    pub(in crate::bulk) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let hosts = self.hosts.iter().flatten().map(|id| Item::new(&id.0, None));
        let clusters = self
            .clusters
            .iter()
            .flatten()
            .filter_map(|cluster| cluster.split_first());
        let clusters = clusters.flat_map(|(id, types)| {
            let whole = types.is_empty().then_some(Item::new(&id.0, None));
            let parts = types.iter().map(|name| Item::new(&id.0, Some(&name.0)));
            whole.into_iter().chain(parts)
        });
        hosts.chain(clusters)
    }
}

fn text(text: &str) -> Text<'_> {
    Text(Cow::Borrowed(text))
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorBuilder, ErrorKind, Outcome};

    #[test]
    fn any_result_fits_into_the_space_reserved_for_it() {
        for text in ["", "short", &"é\"\\中".repeat(10_000)] {
            let error = ErrorBuilder::new(ErrorKind::Refused, Outcome::Refused, text)
                .with_code(Some(text.to_owned()))
                .with_request_id(Some(text.to_owned()))
                .build();
            for result in [Err(error), Ok(Accepted::new(text.to_owned(), 1))] {
                let record = Record::ended(u64::MAX, u64::MAX, &result);
                let line = super::super::line::Chain::default().seal(&record);
                assert!(line.len() <= RESULT, "{}", line.len());
                let read: Record<'_> = serde_json::from_slice(&line).unwrap();
                assert_eq!((read.of, read.state), (Some(u64::MAX), record.state));
            }
        }
    }

    #[test]
    fn names_the_items_that_were_given() {
        let items = [
            Item::new("a", Some("x")),
            Item::new("a", Some("y")),
            Item::new("b", None),
            Item::new("c", Some("x")),
        ];
        let with_items = |operation| Record::with_items(1, RecordState::Sending, operation, items.into_iter());
        let clusters = with_items(OperationId::RetryTask);
        assert_eq!(clusters.items().collect::<Vec<_>>(), items);
        let text = serde_json::to_string(&clusters).unwrap();
        assert!(
            text.ends_with(r#""clusters":[["a","x","y"],["b"],["c","x"]]}"#),
            "{text}"
        );
        let hosts = with_items(OperationId::RecreateVulScanTask);
        assert_eq!(hosts.items().map(Item::id).collect::<Vec<_>>(), ["a", "a", "b", "c"]);
    }
}
