//! A server or a cluster of a task.

use huaweicloud_hss::auth::sanitize::find_invisible;
use huaweicloud_hss::raw::tasks::types::{ClusterScanData, VulScanDetail, VulScanTaskHostInfo};
use serde::Serialize;

const FAILED: &str = "failed";

/// A server or a cluster, with the scans of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Item {
    pub(crate) id: String,
    name: Option<String>,
    pub(crate) status: Option<String>,
    scans: Vec<Scan>,
    row: Row,
    #[serde(skip)]
    pub(crate) unreadable: usize,
}

/// What the service said, under its own names.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Row {
    Server(Box<VulScanTaskHostInfo>),
    Cluster(Box<ClusterScanData>),
}

/// One scan of a server, for a kind of vulnerabilities, or of a cluster, a scan item.
#[derive(Debug, Clone, Serialize)]
struct Scan {
    scan: Option<String>,
    status: Option<String>,
    failed_reason: Option<String>,
}

impl Scan {
    fn has_failed(&self) -> bool {
        self.status.as_deref() == Some(FAILED)
    }

    /// What failed, and why.
    fn failure(&self) -> String {
        let scan = self.scan.as_deref().unwrap_or("a scan");
        match &self.failed_reason {
            Some(reason) => format!("{scan}: {reason}"),
            None => format!("{scan}: no reason given"),
        }
    }
}

fn text(value: &Option<impl ToString>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

impl Item {
    fn word(value: &Option<String>) -> String {
        value.clone().unwrap_or_else(|| "-".to_owned())
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.status.as_deref() == Some(FAILED) || self.scans.iter().any(Scan::has_failed)
    }

    /// Whether the row says that all of these scans succeeded.
    pub(crate) fn has_succeeded_in(&self, scans: &[String]) -> bool {
        scans.iter().all(|name| {
            let mut scan = self.scans.iter().filter(|scan| scan.scan.as_ref() == Some(name));
            scan.next()
                .is_some_and(|scan| scan.status.as_deref() == Some("success"))
        })
    }

    /// Each failure in words.
    pub(crate) fn failures(&self) -> String {
        let failed: Vec<String> = self
            .scans
            .iter()
            .filter(|scan| scan.has_failed())
            .map(Scan::failure)
            .collect();
        match failed.is_empty() {
            true if self.has_failed() => "no reason given".to_owned(),
            _ => failed.join("; "),
        }
    }

    /// A name that says no more than the id takes no room.
    fn shown_name(&self) -> String {
        match &self.name {
            Some(name) if *name != self.id => name.clone(),
            _ => "-".to_owned(),
        }
    }

    pub(crate) fn server_columns() -> [&'static str; 4] {
        ["server", "name", "status", "reason"]
    }

    pub(crate) fn server_cells(&self) -> [String; 4] {
        [
            self.id.clone(),
            self.shown_name(),
            Self::word(&self.status),
            self.failures(),
        ]
    }

    pub(crate) fn cluster_columns() -> [&'static str; 5] {
        ["cluster", "name", "scan item", "status", "reason"]
    }

    /// One row for each scan item.
    pub(crate) fn cluster_cells(&self) -> Vec<[String; 5]> {
        let row = |item: String, status: &Option<String>, reason: String| {
            [self.id.clone(), self.shown_name(), item, Self::word(status), reason]
        };
        if self.scans.is_empty() {
            return vec![row("-".to_owned(), &self.status, self.failures())];
        }
        let scans = self.scans.iter();
        scans
            .map(|scan| {
                let reason = scan.failed_reason.clone().unwrap_or_default();
                row(Self::word(&scan.scan), &scan.status, reason)
            })
            .collect()
    }

    /// The server as a line of a list.
    pub(crate) fn server_line(&self) -> Result<Option<String>, String> {
        check(&self.id, false)?;
        Ok(Some(self.id.clone()))
    }

    /// The cluster as a line of a list, with its failed scan items; `None` where none failed and `all` does not want it.
    pub(crate) fn cluster_line(&self, all: bool) -> Result<Option<String>, String> {
        check(&self.id, true)?;
        let failed: Vec<&str> = self
            .scans
            .iter()
            .filter(|scan| scan.has_failed())
            .map(|scan| scan.scan.as_deref().unwrap_or_default())
            .collect();
        for scan in &failed {
            check(scan, true)?;
        }
        Ok(match failed.is_empty() {
            true => (all || self.has_failed()).then(|| self.id.clone()),
            false => Some(format!("{}={}", self.id, failed.join(","))),
        })
    }
}

/// Refuses what a list would not read as the same id.
pub(crate) fn check(id: &str, is_of_cluster: bool) -> Result<(), String> {
    let problem = if id.is_empty() {
        "is empty".to_owned()
    } else if let Some(found) = find_invisible(id) {
        format!("has {found}")
    } else if id.contains(char::is_whitespace) {
        "has a blank".to_owned()
    } else if id.contains(',') {
        "has a comma".to_owned()
    } else if is_of_cluster && id.contains('=') {
        "has =".to_owned()
    } else {
        return Ok(());
    };
    Err(format!(
        "the id {id:?} of the service {problem}, so a list cannot hold it"
    ))
}

/// The reasons of single vulnerabilities, which only the scan for urgent ones gives.
fn failed_vulnerabilities(scan: &VulScanDetail) -> Option<String> {
    let vulnerabilities = scan.scan_vul_list.as_ref().into_iter().flat_map(|rows| rows.iter());
    let failed = vulnerabilities.filter_map(|vulnerability| {
        let id = vulnerability.vul_id.as_deref().unwrap_or("a vulnerability");
        let reason = vulnerability.failed_reason.as_ref()?;
        Some(format!("{id}: {reason}"))
    });
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| failed.join("; "))
}

impl From<VulScanTaskHostInfo> for Item {
    fn from(row: VulScanTaskHostInfo) -> Self {
        let (details, reasons) = (row.vul_scan_details.as_ref(), row.failed_reasons.as_ref());
        let unreadable = details.map_or(0, |rows| rows.unreadable()) + reasons.map_or(0, |rows| rows.unreadable());
        let mut scans: Vec<Scan> = details
            .into_iter()
            .flat_map(|rows| rows.iter())
            .map(|scan| Scan {
                scan: text(&scan.vul_type),
                status: text(&scan.status),
                failed_reason: scan.failed_reason.clone().or_else(|| failed_vulnerabilities(scan)),
            })
            .collect();
        // The vendor withdraws this list in favour of the other.
        if scans.is_empty() {
            let reasons = reasons.into_iter().flat_map(|rows| rows.iter());
            scans.extend(reasons.map(|reason| Scan {
                scan: text(&reason.vul_type),
                status: Some(FAILED.to_owned()),
                failed_reason: reason.failed_reason.clone(),
            }));
        }
        Self {
            id: row.host_id.clone().unwrap_or_default(),
            name: row.host_name.clone(),
            status: text(&row.scan_status),
            scans,
            unreadable,
            row: Row::Server(Box::new(row)),
        }
    }
}

impl From<ClusterScanData> for Item {
    fn from(row: ClusterScanData) -> Self {
        let details = row.scan_detail_list.as_ref();
        let scans = details.into_iter().flat_map(|rows| rows.iter()).map(|scan| Scan {
            scan: text(&scan.scan_type),
            status: text(&scan.status),
            failed_reason: scan.failed_reason.clone(),
        });
        Self {
            scans: scans.collect(),
            unreadable: details.map_or(0, |rows| rows.unreadable()),
            id: row.cluster_id.clone().unwrap_or_default(),
            name: row.cluster_name.clone(),
            status: text(&row.scan_status),
            row: Row::Cluster(Box::new(row)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_a_list_would_read_otherwise_are_refused_by_name() {
        for (id, of_cluster, expected) in [
            ("a,b", false, "has a comma"),
            ("a b", false, "has a blank"),
            ("a\u{1b}[2J", false, "has "),
            ("", false, "is empty"),
            ("a=b", true, "has ="),
        ] {
            let error = check(id, of_cluster).unwrap_err();
            assert!(error.contains(expected) && !error.contains('\u{1b}'), "{error}");
        }
        assert_eq!(check("a=b", false), Ok(()));
    }
}
