//! Lists of servers or clusters from a file or standard input.
//!
//! A line holds an id or a JSON value. The whole list is read and checked before anything is sent. Its size is bounded,
//! so that an endless file cannot exhaust the memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use huaweicloud_hss::Cluster;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::args::cluster::ClusterArgument;
use crate::error::CliError;
use crate::output::words;

/// The maximum length of a line: a batch of 1,000 stays below the limit of the gateway.
const MAX_LINE_BYTES: usize = 8 * 1024;
const MAX_LIST_BYTES: u64 = 256 * 1024 * 1024;
/// A list of this length takes more than three hours at the service's quota.
const MAX_IDS: usize = 1_000_000;
/// The maximum number of invalid lines that an error shows.
const MAX_NAMED_LINES: usize = 20;

/// The items, and the line number of each.
#[derive(Debug)]
pub(crate) struct List<T> {
    pub(crate) items: Vec<T>,
    pub(crate) lines: Vec<u32>,
    pub(crate) bad: BadLines,
}

/// The first invalid lines, and the number of all.
#[derive(Debug, Default)]
pub(crate) struct BadLines {
    first: BTreeMap<u32, String>,
    count: usize,
}

impl BadLines {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn push(&mut self, line: u32, reason: String) {
        self.count += 1;
        self.first.insert(line, reason);
        if self.first.len() > MAX_NAMED_LINES {
            self.first.pop_last();
        }
    }

    pub(crate) fn into_error(self, name: &str) -> CliError {
        let count = words::count(self.count, "invalid line", "invalid lines");
        let more = self.count - self.first.len();
        let first = self.first.into_iter();
        let mut details: Vec<String> = first.map(|(line, reason)| format!("line {line}: {reason}")).collect();
        if more > 0 {
            details.push(format!("and {more} more"));
        }
        CliError::invalid(format!("{name}: {count}")).with_details(details)
    }
}

/// What a line holds.
pub(crate) trait Item: Sized {
    /// Parses a line that is not JSON.
    fn plain(text: &str) -> Result<Self, String>;
    /// Parses a line of JSON.
    fn json(text: &str) -> Result<Self, String>;
}

impl Item for String {
    fn plain(text: &str) -> Result<Self, String> {
        if text.contains(',') {
            return Err("contains a comma; write one id per line, and an id with a comma as a JSON string".to_owned());
        }
        Ok(text.to_owned())
    }

    fn json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Host {
            host_id: String,
        }
        if text.starts_with('"') {
            from_json(text)
        } else {
            from_json(text).map(|host: Host| host.host_id)
        }
    }
}

impl Item for Cluster {
    fn plain(text: &str) -> Result<Self, String> {
        text.parse().map(ClusterArgument::into_cluster).map_err(str::to_owned)
    }

    fn json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            cluster_id: String,
            scan_type_list: Option<Vec<String>>,
        }
        if text.starts_with('"') {
            return from_json(text).map(|id: String| Self::new(id));
        }
        let Object {
            cluster_id,
            scan_type_list,
        } = from_json(text)?;
        let cluster = Self::new(cluster_id);
        Ok(match scan_type_list {
            Some(types) => cluster.scan_types(types),
            None => cluster,
        })
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        // serde_json counts from the start of this text, not of the list.
        let place = reason.rfind(" at line ").unwrap_or(reason.len());
        reason[..place].to_owned()
    })
}

/// Reads a list from a file, or from standard input if the file is `-`. Errors call it `name`.
pub(crate) fn read<T: Item>(file: &Path, name: &str) -> Result<List<T>, CliError> {
    let unreadable = |error: io::Error| CliError::invalid(format!("{name}: cannot be read")).with_cause(error);
    let list = match file.to_str() {
        Some("-") => read_lines(&mut io::stdin().lock(), name),
        _ => read_lines(&mut BufReader::new(File::open(file).map_err(unreadable)?), name),
    };
    list.map_err(unreadable)?
}

fn read_lines<T: Item>(reader: &mut impl BufRead, name: &str) -> io::Result<Result<List<T>, CliError>> {
    let too_large = |what: &str| Ok(Err(CliError::invalid(format!("{name}: {what}"))));
    let mut list = List {
        items: Vec::new(),
        lines: Vec::new(),
        bad: BadLines::default(),
    };
    let (mut line, mut number, mut size) = (Vec::new(), 0_u32, 0_u64);
    loop {
        line.clear();
        let length = reader
            .by_ref()
            .take(MAX_LINE_BYTES as u64 + 1)
            .read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(Ok(list));
        }
        number = number.saturating_add(1);
        size += length as u64;
        if length > MAX_LINE_BYTES {
            return too_large(&format!("line {number} is longer than {MAX_LINE_BYTES} bytes"));
        }
        if size > MAX_LIST_BYTES {
            return too_large(&format!("larger than {} MiB", MAX_LIST_BYTES / 1024 / 1024));
        }
        match item(&line, number == 1) {
            Ok(None) => {}
            Ok(Some(_)) if list.items.len() == MAX_IDS => return too_large(&format!("more than {MAX_IDS} ids")),
            Ok(Some(item)) => {
                list.items.push(item);
                list.lines.push(number);
            }
            Err(reason) => list.bad.push(number, reason),
        }
    }
}

/// Parses a line. A blank line or a comment holds nothing.
fn item<T: Item>(line: &[u8], is_first: bool) -> Result<Option<T>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
    let text = if is_first {
        text.strip_prefix('\u{feff}').unwrap_or(text)
    } else {
        text
    };
    let text = text.trim();
    match text.chars().next() {
        None | Some('#') => Ok(None),
        Some('{' | '"') => T::json(text).map(Some),
        Some('[') => Err("a JSON array; write one id per line".to_owned()),
        Some(_) if text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Err("contains white space or a control character; write such an id as a JSON string".to_owned())
        }
        Some(_) => T::plain(text).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &[u8]) -> List<String> {
        read_lines(&mut &*text, "list").unwrap().unwrap()
    }

    #[test]
    fn lines_hold_ids_json_strings_or_objects() {
        let text = "\u{feff}host-a\r\n\r\n# a comment\n  host-b\t\n\"host, c\\n\"\n{\"host_id\": \"host-d\"}\nh#=é中";
        let list = hosts(text.as_bytes());
        assert_eq!(list.items, ["host-a", "host-b", "host, c\n", "host-d", "h#=é中"]);
        assert_eq!(list.lines, [1, 4, 5, 6, 7]);
    }

    #[test]
    fn cluster_lines_hold_ids_and_scan_items() {
        let text =
            b"c-1\nc-2=benchmark,cluster_vul\n\"c=3\"\n{\"cluster_id\":\"c-4\",\"scan_type_list\":[\"benchmark\"]}\n";
        let list: List<Cluster> = read_lines(&mut &text[..], "list").unwrap().unwrap();
        assert_eq!(
            list.items,
            [
                Cluster::new("c-1"),
                Cluster::new("c-2").scan_types(["benchmark", "cluster_vul"]),
                Cluster::new("c=3"),
                Cluster::new("c-4").scan_types(["benchmark"]),
            ]
        );
        for bad in [
            "=a",
            "c=",
            "c=a,,b",
            r#"{"cluster_id": "c", "scan_types": []}"#,
            r#"{"scan_type_list": []}"#,
        ] {
            assert!(item::<Cluster>(bad.as_bytes(), true).is_err(), "{bad}");
        }
    }

    #[test]
    fn error_shows_the_first_invalid_lines() {
        let text = b"ok\na b\na,b\n\xff\n[\"a\"]\n{\"host_id\": 7}\n{\"host\": \"a\"}\n\"open\nok";
        let list = hosts(text);
        assert_eq!((list.items.len(), list.bad.count()), (2, 7));
        let error = list.bad.into_error("list");
        assert_eq!(error.message(), "list: 7 invalid lines");
        let expected = [
            "line 2: contains white space or a control character; write such an id as a JSON string",
            "line 3: contains a comma; write one id per line, and an id with a comma as a JSON string",
            "line 4: not UTF-8",
            "line 5: a JSON array; write one id per line",
            "line 6: invalid type: integer `7`, expected a string",
            "line 7: unknown field `host`, expected `host_id`",
            "line 8: EOF while parsing a string",
        ];
        assert_eq!(error.details(), expected);
        let error = hosts("a b\n".repeat(MAX_NAMED_LINES + 5).as_bytes())
            .bad
            .into_error("list");
        assert_eq!(error.details().len(), MAX_NAMED_LINES + 1);
        assert_eq!(error.details().last().unwrap(), "and 5 more");
    }

    #[test]
    fn endless_input_is_an_error() {
        let endless = |bytes: &'static [u8]| {
            let mut reader = BufReader::new(Endless(bytes));
            read_lines::<String>(&mut reader, "list")
                .unwrap()
                .unwrap_err()
                .message()
                .to_owned()
        };
        assert_eq!(endless(b"\0"), "list: line 1 is longer than 8192 bytes");
        assert_eq!(endless(b"x\n"), "list: more than 1000000 ids");
        assert_eq!(endless(b"#### no id ####\n"), "list: larger than 256 MiB");
    }

    /// Repeats the same bytes forever.
    struct Endless(&'static [u8]);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let whole = buffer.len() - buffer.len() % self.0.len();
            for chunk in buffer[..whole].chunks_mut(self.0.len()) {
                chunk.copy_from_slice(self.0);
            }
            Ok(whole)
        }
    }
}
