//! A list that is a table: CSV with a header, with commas, semicolons or tabs.

use std::collections::HashMap;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::entry::{Entry, Kind, is_same_title, shown};
use super::found::{List, numbered};

const DELIMITERS: [u8; 3] = *b",;\t";

/// Columns that hold the scan items of a cluster.
const SCAN_TYPE_COLUMNS: [&str; 4] = ["scan_type_list", "scan_types", "scan_type", "scan_items"];

/// The first line of a table, and the columns to read.
#[derive(Debug)]
pub(super) struct Header {
    /// The number of its line.
    pub(super) line: u32,
    kind: Kind,
    delimiter: u8,
    titles: Vec<String>,
    ids: usize,
    scan_types: Option<usize>,
}

impl Header {
    /// Finds the header: the first line that is no comment, if it has the column `named`, or one whose title is known.
    pub(super) fn find(text: &str, kind: Kind, named: Option<&str>) -> Result<Option<Self>, String> {
        let lines = numbered(text, 0).filter(|(_, text)| !text.trim().is_empty());
        let mut rows = lines.map(|(line, text)| {
            let rows = DELIMITERS.map(|delimiter| (delimiter, fields(text, delimiter)));
            // A title in quotes can hold the other delimiters.
            let row = rows.into_iter().rev().max_by_key(|(_, titles)| titles.len());
            (line, row.unwrap_or_default())
        });
        // The column of row numbers is called `#`.
        let is_comment = |titles: &[String]| {
            titles
                .first()
                .is_some_and(|title| title.starts_with('#') && title != "#")
        };
        let Some((line, (delimiter, titles))) = rows.find(|(_, (_, titles))| !is_comment(titles)) else {
            return Ok(None);
        };
        let ids = match named {
            Some(name) => column(&titles, name)?,
            None => known_column(&titles, &kind.id_columns())?,
        };
        let scan_types = match kind {
            Kind::Hosts => None,
            Kind::Clusters => known_column(&titles, &SCAN_TYPE_COLUMNS)?,
        };
        match (ids, named) {
            (Some(ids), _) => Ok(Some(Self {
                line,
                kind,
                delimiter,
                titles,
                ids,
                scan_types,
            })),
            (None, Some(name)) => Err(format!(
                "no column `{name}`; the header has: {}",
                shown(&titles.join(", "))
            )),
            (None, None) => Ok(None),
        }
    }

    /// Whether the ids are the only column, so that the rest is one id a line.
    pub(super) fn is_single(&self) -> bool {
        self.titles.len() == 1
    }

    /// Reads the rows below the header. Rows of the same cluster that name scan items are one entry.
    pub(super) fn read(&self, text: &str, list: &mut List) {
        let start = numbered(text, 0).find(|(line, _)| *line > self.line);
        let rows = start.map_or("", |(_, next)| &text[next.as_ptr().addr() - text.as_ptr().addr()..]);
        let mut reader = reader(rows, self.delimiter);
        let mut record = StringRecord::new();
        let mut named: HashMap<String, usize> = HashMap::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return list.bad.push(self.line, error.to_string()),
            }
            let begin = record
                .position()
                .map_or(0, |position| usize::try_from(position.byte()).unwrap_or_default());
            let end = usize::try_from(reader.position().byte()).unwrap_or_default();
            let row = rows.get(begin..end).unwrap_or_default();
            // The reader's line is that of the blank lines before the row.
            let blank = row.len() - row.trim_start_matches('\n').len();
            let line = record.position().map_or(0, |position| position.line()) + blank as u64;
            let line = self.line + u32::try_from(line).unwrap_or(u32::MAX - self.line);
            if row.trim().is_empty() || record.iter().all(|field| field.trim_matches(' ').is_empty()) {
                continue;
            }
            let entry = self.entry(line, row, &record);
            if let Ok(Entry {
                id,
                scan_types: Some(types),
                ..
            }) = &entry
            {
                let before = named.get(id).copied();
                if let Some(before) = before.filter(|before| list.entries.id(*before) == id) {
                    list.entries.add_scan_types(before, types);
                    continue;
                }
                named.insert(id.clone(), list.entries.len());
            }
            list.push(line, entry);
        }
    }

    fn entry(&self, line: u32, row: &str, record: &StringRecord) -> Result<Entry, String> {
        if record.iter().any(|field| field.contains('\n')) {
            return Err("a field in quotes goes on below this line; is a quotation mark missing?".to_owned());
        }
        let (found, expected) = (record.len(), self.titles.len());
        if found < expected || record.iter().skip(expected).any(|field| !field.trim().is_empty()) {
            return Err(format!("{found} fields found; the header has {expected}"));
        }
        let id = record.get(self.ids).unwrap_or_default().trim();
        if id.is_empty() {
            let title = self.titles.get(self.ids).map_or("", String::as_str);
            return Err(format!("column `{title}` is empty"));
        }
        if !row.contains(id) {
            return Err(format!("{} has a quotation mark inside; remove it", shown(id)));
        }
        let types = self
            .scan_types
            .and_then(|column| record.get(column))
            .unwrap_or_default();
        let types = types.split([',', ';', '|', ' ']).filter(|name| !name.is_empty());
        let types: Vec<String> = types.map(str::to_owned).collect();
        let mut entry = self.kind.plain(line, id)?;
        if !types.is_empty() {
            entry.scan_types.get_or_insert_default().extend(types);
        }
        Ok(entry)
    }
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    builder.from_reader(text.as_bytes())
}

fn fields(line: &str, delimiter: u8) -> Vec<String> {
    let mut record = StringRecord::new();
    match reader(line, delimiter).read_record(&mut record) {
        Ok(true) => record.iter().map(|field| field.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// The first of these columns that the table has.
fn known_column(titles: &[String], names: &[&str]) -> Result<Option<usize>, String> {
    let found = names.iter().map(|name| column(titles, name));
    found
        .into_iter()
        .find(|found| !matches!(found, Ok(None)))
        .unwrap_or(Ok(None))
}

/// The column with this title, as it is written or else nearly.
fn column(titles: &[String], name: &str) -> Result<Option<usize>, String> {
    let places = |is_it: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let titles = titles.iter().enumerate();
        titles
            .filter(|(_, title)| is_it(title))
            .map(|(place, _)| place)
            .collect()
    };
    let exact = places(&|title| title == name);
    let found = if exact.is_empty() {
        places(&|title| is_same_title(title, name))
    } else {
        exact
    };
    match *found {
        [] => Ok(None),
        [place] => Ok(Some(place)),
        _ => Err(format!("several columns are called `{name}`; rename all but one")),
    }
}
