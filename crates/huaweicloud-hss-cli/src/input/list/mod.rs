//! Lists of servers or clusters from a file or standard input: one entry a line, a table with a header, or a JSON array.
//!
//! The whole list is read and checked before anything is sent. Its size is bounded, so that an endless file cannot exhaust
//! the memory.

mod array;
mod entries;
mod entry;
mod found;
mod lines;
mod table;

use std::path::Path;
use std::time::Duration;

pub(crate) use entries::Entries;
pub(crate) use entry::{Entry, Kind};
pub(crate) use found::{BadLines, List};
use found::{MAX_IDS, numbered};
use table::Header;

use crate::error::CliError;
use crate::input::text;

const MAX_LIST_BYTES: usize = 256 * 1024 * 1024;
/// The maximum length of a line that is no JSON array.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// Reads a list from a file, or from standard input if the file is `-`. Errors call it `name`. The ids are in `column`, or
/// in one that is known.
pub(crate) fn read(file: &Path, name: &str, kind: Kind, column: Option<&str>) -> Result<List, CliError> {
    let too_large = format!("larger than {} MiB", MAX_LIST_BYTES / 1024 / 1024);
    // The program that writes a list into a pipe may page through the service for an hour.
    let text = text::read(file, name, MAX_LIST_BYTES, Duration::MAX, &too_large)?;
    let list = parse(text, kind, column).map_err(|reason| CliError::invalid(format!("{name}: {reason}")))?;
    if list.entries.len() > MAX_IDS {
        return Err(CliError::invalid(format!("{name}: more than {MAX_IDS} ids")));
    }
    Ok(list)
}

fn parse(text: String, kind: Kind, column: Option<&str>) -> Result<List, String> {
    // Programs end lines in three ways, and the last one not always.
    let mut text = if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    };
    text.push('\n');
    let mut list = List {
        entries: Entries::default(),
        bad: BadLines::default(),
        titles: kind.id_columns().into_iter().chain(column).map(str::to_owned).collect(),
    };
    if text.trim_start().starts_with('[') {
        if column.is_some() {
            return Err("a JSON array has no columns; omit --column".to_owned());
        }
        array::read(&text, kind, &mut list);
        return Ok(list);
    }
    if let Some((line, _)) = numbered(&text, 0).find(|(_, text)| text.len() > MAX_LINE_BYTES) {
        return Err(format!("line {line} is longer than {MAX_LINE_BYTES} bytes"));
    }
    match Header::find(&text, kind, column)? {
        Some(header) if header.is_single() => lines::read(&text, header.line, kind, &mut list),
        Some(header) => header.read(&text, &mut list),
        None => lines::read(&text, 0, kind, &mut list),
    }
    Ok(list)
}

#[cfg(test)]
mod tests;
