//! The lines of a journal after its first: one before each send, and the space of one for what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::batch_state::BatchState;
use crate::error::{Error, Outcome};
use crate::operations::accepted::Accepted;

/// Bytes of the line for what came of a send, its line feed among them. It is written as spaces before the send, and
/// overwritten after it.
pub(super) const SLOT: usize = 512;

/// The most characters of a service's message in a journal.
const MESSAGE: usize = 160;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    Sending,
    Confirmed,
    Refused,
    NotSent,
    Unknown,
}

impl Mark {
    pub(super) fn state(self) -> BatchState {
        match self {
            Self::Confirmed => BatchState::Confirmed,
            Self::Refused => BatchState::Refused,
            Self::NotSent => BatchState::NotSent,
            Self::Sending | Self::Unknown => BatchState::Unknown,
        }
    }
}

/// A line. Batches count from 1 here, as people do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) batch: usize,
    pub(super) state: Mark,
    pub(super) at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Record {
    fn new(batch: usize, state: Mark) -> Self {
        Self {
            batch: batch + 1,
            state,
            at: Timestamp::now(),
            ids: None,
            request_id: None,
            code: None,
            message: None,
        }
    }

    /// The line before a send, with the space for the one after it.
    pub(super) fn sending(batch: usize, ids: usize) -> Vec<u8> {
        let record = Self {
            ids: Some(ids),
            ..Self::new(batch, Mark::Sending)
        };
        let mut bytes = record.to_json();
        bytes.push(b'\n');
        bytes.extend(Self::slot(Vec::new()));
        bytes
    }

    /// The line after a send, as wide as its space.
    pub(super) fn ended(batch: usize, result: &Result<Accepted, Error>) -> Vec<u8> {
        let record = match result {
            Ok(accepted) => Self {
                request_id: accepted.request_id().map(str::to_owned),
                ..Self::new(batch, Mark::Confirmed)
            },
            Err(error) => {
                let mark = match error.outcome() {
                    Outcome::NotSent => Mark::NotSent,
                    Outcome::Refused => Mark::Refused,
                    Outcome::Unknown => Mark::Unknown,
                };
                Self {
                    request_id: error.request_id().map(str::to_owned),
                    code: error.code().map(str::to_owned),
                    message: Some(error.message().chars().take(MESSAGE).collect()),
                    ..Self::new(batch, mark)
                }
            }
        };
        Self::slot(record.fitting())
    }

    /// The record with as much of what is only of interest to people as there is space for.
    fn fitting(mut self) -> Vec<u8> {
        let fits = |record: &Self| Some(record.to_json()).filter(|bytes| bytes.len() < SLOT);
        if let Some(bytes) = fits(&self) {
            return bytes;
        }
        self.message = None;
        if let Some(bytes) = fits(&self) {
            return bytes;
        }
        self.code = None;
        self.request_id = None;
        self.to_json()
    }

    fn slot(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.resize(SLOT - 1, b' ');
        bytes.push(b'\n');
        bytes
    }

    fn to_json(&self) -> Vec<u8> {
        // Numbers and texts: there is nothing in them that cannot be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorBuilder, ErrorKind};

    #[test]
    fn whatever_the_service_says_the_line_fits() {
        for text in ["", "short", &"é\"\\中".repeat(10_000)] {
            let error = ErrorBuilder::new(ErrorKind::Refused, Outcome::Refused, text)
                .code(Some(text.to_owned()))
                .request_id(Some(text.to_owned()))
                .finish();
            for result in [Err(error), Ok(Accepted::new(200, Some(text.to_owned())))] {
                let line = Record::ended(usize::MAX - 1, &result);
                assert_eq!(line.len(), SLOT);
                let record: Record = serde_json::from_slice(&line).unwrap();
                let expected = if result.is_ok() { Mark::Confirmed } else { Mark::Refused };
                assert_eq!((record.batch, record.state), (usize::MAX, expected));
            }
        }
    }
}
