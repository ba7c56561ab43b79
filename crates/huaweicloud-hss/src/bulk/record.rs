//! The lines of a journal after the first: one before each send, and reserved space for one with its result.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::batch_state::BatchState;
use crate::accepted::Accepted;
use crate::error::Error;

/// The length of the line with the result of a send, including its line feed. It is written as spaces before the send
/// and overwritten after it.
pub(super) const SLOT: usize = 512;

/// The maximum number of characters of a service's message in a journal.
const MESSAGE: usize = 160;

/// A line. Batches are numbered from 1 here, as for people.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) batch: usize,
    pub(super) state: BatchState,
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
    fn new(batch: usize, state: BatchState) -> Self {
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

    /// The line before a send, and the space for the one after it.
    pub(super) fn sending(batch: usize, ids: usize) -> Vec<u8> {
        let record = Self {
            ids: Some(ids),
            ..Self::new(batch, BatchState::Sending)
        };
        let mut bytes = record.to_json();
        bytes.push(b'\n');
        bytes.extend(Self::slot(Vec::new()));
        bytes
    }

    /// The line after a send, as long as its space.
    pub(super) fn ended(batch: usize, result: &Result<Accepted, Error>) -> Vec<u8> {
        let record = Self::new(batch, BatchState::of(result));
        let record = match result {
            Ok(accepted) => Self {
                request_id: accepted.request_id().map(str::to_owned),
                ..record
            },
            Err(error) => Self {
                request_id: error.request_id().map(str::to_owned),
                code: error.code().map(str::to_owned),
                message: Some(error.message().chars().take(MESSAGE).collect()),
                ..record
            },
        };
        Self::slot(record.fitting())
    }

    /// The record with as many of the fields that are only for people as there is space for.
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
        // Numbers and strings can always be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorBuilder, ErrorKind, Outcome};

    #[test]
    fn any_message_of_the_service_fits_into_the_line() {
        for text in ["", "short", &"é\"\\中".repeat(10_000)] {
            let error = ErrorBuilder::new(ErrorKind::Refused, Outcome::Refused, text)
                .with_code(Some(text.to_owned()))
                .with_request_id(Some(text.to_owned()))
                .build();
            for result in [Err(error), Ok(Accepted::new(text.to_owned(), 1))] {
                let line = Record::ended(usize::MAX - 1, &result);
                assert_eq!(line.len(), SLOT);
                let record: Record = serde_json::from_slice(&line).unwrap();
                let expected = if result.is_ok() {
                    BatchState::Confirmed
                } else {
                    BatchState::Refused
                };
                assert_eq!((record.batch, record.state), (usize::MAX, expected));
            }
        }
    }
}
