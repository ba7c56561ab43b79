//! The clusters that the body of `retryTask` names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::Refusal;
use super::scan::Progress;

/// A cluster that a body names.
pub(super) struct Wanted<'b> {
    pub(super) id: &'b str,
    /// `None` means every scan item that failed.
    scan_types: Option<Vec<&'b str>>,
}

impl Wanted<'_> {
    /// Refuses a scan item that the cluster does not have.
    pub(super) fn check(&self, position: usize, scans: &BTreeMap<String, Progress>) -> Result<(), Refusal> {
        let mut types = self.scan_types.iter().flatten();
        match types.position(|scan| !scans.contains_key(*scan)) {
            Some(index) => Err(Refusal::ParameterInvalid(format!(
                "body /cluster_scan_info/cluster_info_list/{position}/scan_type_list/{index} \
                 is no scan item of the cluster"
            ))),
            None => Ok(()),
        }
    }

    /// Whether a scan item is named; `None` where only its state decides.
    pub(super) fn names(&self, scan: &str) -> Option<bool> {
        self.scan_types.as_ref().map(|types| types.contains(&scan))
    }
}

/// The list of clusters of a body; `None` means all that failed, which is also how a body without `cluster_scan_info` is
/// read.
pub(super) fn named_clusters(body: &Value) -> Result<Option<&[Value]>, Refusal> {
    if body["task_type"] != "cluster_scan" {
        return Err(Refusal::not_simulated("/task_type", "service/wanted.rs"));
    }
    let Some(info) = body.get("cluster_scan_info") else {
        return Ok(None);
    };
    match info["range_type"].as_str() {
        Some("all_failed_cluster") => Ok(None),
        Some("specific_cluster") => Ok(info["cluster_info_list"].as_array().map(Vec::as_slice)),
        _ => Err(Refusal::not_simulated(
            "/cluster_scan_info/range_type",
            "service/wanted.rs",
        )),
    }
}

/// The clusters of a list.
pub(super) fn wanted_clusters(list: &[Value]) -> Result<Vec<Wanted<'_>>, Refusal> {
    let wanted = list.iter().enumerate().map(|(position, cluster)| {
        // The vendor's table does not require the id, but an entry without one names nothing.
        let id = cluster.get("cluster_id").and_then(Value::as_str).ok_or_else(|| {
            Refusal::ParameterInvalid(format!(
                "body /cluster_scan_info/cluster_info_list/{position}/cluster_id is missing, so that no cluster is named"
            ))
        })?;
        let types = cluster.get("scan_type_list").and_then(Value::as_array);
        Ok(Wanted {
            id,
            scan_types: types.map(|types| types.iter().filter_map(Value::as_str).collect()),
        })
    });
    wanted.collect()
}
