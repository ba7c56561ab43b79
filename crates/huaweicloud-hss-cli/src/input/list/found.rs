//! What was found in a list, and what is wrong with it.

use std::collections::BTreeMap;

use super::entries::Entries;
use super::entry::{Entry, is_same_title, shown};
use crate::error::CliError;
use crate::output::words;

/// A list of this length takes more than three hours at the service's quota.
pub(super) const MAX_IDS: usize = 1_000_000;
/// The maximum length of an id: a batch of 1,000 stays below the limit of the gateway.
pub(super) const MAX_ID_BYTES: usize = 8 * 1024;
/// The maximum number of invalid lines that an error shows.
pub(super) const MAX_NAMED_LINES: usize = 20;

/// What a list holds, as far as it can be read.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) entries: Entries,
    pub(crate) bad: BadLines,
    /// What is no id but the title of a column, such as the header of a second list that was appended.
    pub(super) titles: Vec<String>,
}

impl List {
    pub(super) fn push(&mut self, line: u32, entry: Result<Entry, String>) {
        match entry {
            // One more shows that there are too many.
            Ok(_) if self.entries.len() > MAX_IDS => {}
            Ok(entry) if entry.id.len() > MAX_ID_BYTES => {
                self.bad
                    .push(line, format!("longer than {MAX_ID_BYTES} bytes, which no id has"));
            }
            Ok(entry) if self.titles.iter().any(|title| is_same_title(title, &entry.id)) => {
                self.bad.push(
                    line,
                    format!("{} is the title of a column; remove it", shown(&entry.id)),
                );
            }
            Ok(entry) => self.entries.push(entry),
            Err(reason) => self.bad.push(line, reason),
        }
    }
}

/// The first invalid lines, and the number of all.
#[derive(Debug, Default)]
pub(crate) struct BadLines {
    /// By line, and in their order within a line.
    pub(super) first: BTreeMap<(u32, usize), String>,
    count: usize,
}

impl BadLines {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn push(&mut self, line: u32, reason: String) {
        self.count += 1;
        self.first.insert((line, self.count), reason);
        if self.first.len() > MAX_NAMED_LINES {
            self.first.pop_last();
        }
    }

    pub(crate) fn into_error(self, name: &str) -> CliError {
        let count = words::count(self.count, "invalid line", "invalid lines");
        let more = self.count - self.first.len();
        let first = self.first.into_iter();
        let mut details: Vec<String> = first
            .map(|((line, _), reason)| format!("line {line}: {reason}"))
            .collect();
        if more > 0 {
            details.push(format!("and {more} more"));
        }
        CliError::invalid(format!("{name}: {count}")).with_details(details)
    }
}

/// The lines after the first `skipped`, with their numbers from 1.
pub(super) fn numbered(text: &str, skipped: u32) -> impl Iterator<Item = (u32, &str)> {
    (1..)
        .zip(text.split('\n'))
        .skip_while(move |(line, _)| *line <= skipped)
}
