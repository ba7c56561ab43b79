//! A line of a journal: a JSON object with a checksum that covers the lines before it too.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// What stands between the object's other members and its checksum.
const SUM: &[u8] = br#","sum":""#;
const SUM_DIGITS: usize = 16;
const END: &[u8] = br#""}"#;

/// The checksum of the lines so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::bulk) struct Chain(String);

impl Chain {
    /// The line for an object that has members, with its line feed.
    pub(super) fn seal(&mut self, object: &impl Serialize) -> Vec<u8> {
        // Numbers and strings can always be JSON.
        let mut line = serde_json::to_vec(object).unwrap_or_default();
        line.pop();
        self.0 = self.next(&line);
        line.extend(SUM);
        line.extend(self.0.as_bytes());
        line.extend(END);
        line.push(b'\n');
        line
    }

    /// Whether this is the next line, without its line feed.
    pub(super) fn accept(&mut self, line: &[u8]) -> bool {
        let parts = line
            .strip_suffix(END)
            .and_then(|rest| rest.split_last_chunk::<SUM_DIGITS>());
        let Some((members, sum)) = parts.and_then(|(rest, sum)| Some((rest.strip_suffix(SUM)?, sum))) else {
            return false;
        };
        let expected = self.next(members);
        let accepted = sum == expected.as_bytes();
        if accepted {
            self.0 = expected;
        }
        accepted
    }

    /// Whether the bytes begin with the next line.
    pub(super) fn accepts_begin_of(&self, bytes: &[u8]) -> bool {
        let windows = bytes.windows(END.len()).enumerate();
        let ends = windows.filter(|(_, window)| *window == END);
        let mut lines = ends.filter_map(|(start, _)| bytes.get(..start + END.len()));
        lines.any(|line| self.clone().accept(line))
    }

    fn next(&self, members: &[u8]) -> String {
        let digest = Sha256::new().chain_update(&self.0).chain_update(members).finalize();
        let bytes = digest.iter().take(SUM_DIGITS / 2);
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }
}
