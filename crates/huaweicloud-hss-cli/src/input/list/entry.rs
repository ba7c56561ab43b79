//! What one line, row or JSON value of a list holds.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

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

/// A server as in a request's body, or as `hss hosts` lists it.
#[derive(Deserialize)]
struct Host {
    #[serde(alias = "id")]
    host_id: String,
}

/// A misspelt list of scan items would repeat all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cluster {
    cluster_id: String,
    scan_type_list: Option<Vec<String>>,
}

/// A cluster as `hss clusters` lists it.
#[derive(Deserialize)]
struct ListedCluster {
    id: String,
    scans: Vec<ListedScan>,
}

#[derive(Deserialize)]
struct ListedScan {
    scan: String,
    status: Option<String>,
}

impl ListedCluster {
    fn failed(self) -> Result<(String, Vec<String>), String> {
        let failed = self
            .scans
            .into_iter()
            .filter(|scan| scan.status.as_deref() == Some("failed"));
        let failed: Vec<String> = failed.map(|scan| scan.scan).collect();
        match failed.is_empty() {
            true => Err(format!("no scan item of {} failed", shown(&self.id))),
            false => Ok((self.id, failed)),
        }
    }
}

impl Kind {
    /// The columns that hold the ids, the surest first.
    pub(super) fn id_columns(self) -> [&'static str; 2] {
        match self {
            Self::Hosts => ["host_id", "id"],
            Self::Clusters => ["cluster_id", "id"],
        }
    }

    /// What stands above a single column of ids, whatever the console or a script calls it.
    pub(super) fn titles(self) -> &'static [&'static str] {
        match self {
            Self::Hosts => &[
                "host",
                "host_name",
                "server",
                "server_id",
                "server_name",
                "instance_id",
                "name",
                "uuid",
            ],
            Self::Clusters => &["cluster", "cluster_name", "name", "uuid"],
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
        let members: HashMap<String, IgnoredAny> = from_json(text)?;
        if members.contains_key("items") {
            return Err(
                "the whole list that `--output json` gives; `--output jsonl` or `ids` gives one a line".to_owned(),
            );
        }
        match self {
            Self::Hosts => from_json(text).map(|host: Host| entry(line, &host.host_id)),
            Self::Clusters if members.contains_key("scans") => {
                let (id, failed) = from_json(text).and_then(ListedCluster::failed)?;
                Ok(Entry {
                    line,
                    id,
                    scan_types: Some(failed),
                })
            }
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
