//! What one line, row or JSON value of a list holds.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::args::cluster::ClusterArgument;

/// What the list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Hosts,
    Clusters,
}

/// A server, or a cluster with its scan items. The SDK checks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The line of the list, from 1.
    pub(crate) line: u32,
    pub(crate) id: String,
    pub(crate) scan_types: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Host {
    host_id: String,
}

/// A misspelt list of scan items would repeat all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cluster {
    cluster_id: String,
    scan_type_list: Option<Vec<String>>,
}

impl Kind {
    /// The columns that hold the ids, the surest first.
    pub(super) fn id_columns(self) -> [&'static str; 2] {
        match self {
            Self::Hosts => ["host_id", "id"],
            Self::Clusters => ["cluster_id", "id"],
        }
    }

    /// An entry that is written as for `--host` or `--cluster`.
    pub(super) fn plain(self, line: u32, text: &str) -> Result<Entry, String> {
        if self == Self::Hosts {
            return Ok(entry(line, text));
        }
        let ClusterArgument { id, scan_types } = text.parse()?;
        Ok(Entry { line, id, scan_types })
    }

    /// An entry that is a JSON string, or an object as in a request's body.
    pub(super) fn json(self, line: u32, text: &str) -> Result<Entry, String> {
        if text.starts_with('"') {
            return from_json(text).map(|id: String| entry(line, &id));
        }
        if !text.starts_with('{') {
            return Err("expected a JSON string or object".to_owned());
        }
        match self {
            Self::Hosts => from_json(text).map(|host: Host| entry(line, &host.host_id)),
            Self::Clusters => from_json(text).map(|cluster: Cluster| Entry {
                line,
                id: cluster.cluster_id,
                scan_types: cluster.scan_type_list,
            }),
        }
    }
}

fn entry(line: u32, id: &str) -> Entry {
    Entry {
        line,
        id: id.to_owned(),
        scan_types: None,
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| without_place(&error))
}

/// Whether two titles of columns are the same but for letter case, blanks, hyphens and underscores.
pub(super) fn is_same_title(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(title: &str) -> impl Iterator<Item = char> {
    let letters = title.chars().filter(|c| !matches!(c, ' ' | '-' | '_'));
    letters.flat_map(char::to_lowercase)
}

/// The begin of a text, for errors.
pub(super) fn shown(text: &str) -> String {
    const MAX: usize = 80;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// The reason alone: serde_json counts from the start of its text, not of the list.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    let place = reason.rfind(" at line ").unwrap_or(reason.len());
    reason[..place].to_owned()
}
