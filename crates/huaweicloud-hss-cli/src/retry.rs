//! `hss retry`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::str::FromStr;

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::constants::SCAN_TYPE_KNOWN_VALUES;
use huaweicloud_hss::raw::types::{ClusterScanInfo, ProjectId, RetryTaskRequestBody};
use huaweicloud_hss::{Cluster, raw};

use crate::arguments::{Global, RetryArguments, RetryForm};
use crate::body;
use crate::bulk;
use crate::call::{Call, bounded};
use crate::failure::Failure;
use crate::interrupt;
use crate::notes::Notes;
use crate::once::once;
use crate::report::Report;

/// The value of `--cluster`: an id, and after the first `=` the scan items to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClusterArgument {
    id: String,
    scan_types: Option<Vec<String>>,
}

impl FromStr for ClusterArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, types) = match text.split_once('=') {
            Some((id, types)) => (id, Some(types)),
            None => (text, None),
        };
        if id.is_empty() {
            return Err("the id of the cluster is empty");
        }
        let scan_types: Option<Vec<String>> = types.map(|types| types.split(',').map(str::to_owned).collect());
        if scan_types.iter().flatten().any(String::is_empty) {
            return Err("a scan item is empty; leave = out for all that failed");
        }
        Ok(Self {
            id: id.to_owned(),
            scan_types,
        })
    }
}

impl ClusterArgument {
    pub(crate) fn into_cluster(self) -> Cluster {
        let cluster = Cluster::new(self.id);
        match self.scan_types {
            Some(types) => cluster.scan_types(types),
            None => cluster,
        }
    }
}

pub(crate) async fn run(arguments: RetryArguments, global: Global, notes: &Notes) -> Result<Report, Failure> {
    let RetryArguments { task_id, form, batches } = arguments;
    let RetryForm {
        all_failed,
        cluster,
        from,
        body,
    } = form;
    if let Some(file) = from {
        let look = |clusters: &[Cluster]| {
            warn_of_unknown(clusters.iter().flat_map(Cluster::named_scan_types).collect(), notes)
        };
        return bulk::run(bulk::clusters(&file, &task_id, notes, look)?, batches, global, notes).await;
    }
    // Before the call is prepared, so that a simulator does not start in vain.
    let body: Option<RetryTaskRequestBody> = body.map(|file| body::read(&file)).transpose()?;
    let clusters = each_once(cluster, notes)?;
    warn_of_unknown(scan_types(&clusters, body.as_ref()), notes);
    let call = Call::prepare(global, notes).await?;
    let done = match body {
        Some(body) => {
            let (task, enterprise_project) = (bounded("task_id", &*task_id)?, call.bounded_enterprise_project_id()?);
            let send = async |raw: &raw::Client, project: &ProjectId| {
                raw.retry_task(project, &task, enterprise_project.as_ref(), &body).await
            };
            interrupt::or(call.raw(send)).await?
        }
        None => {
            let request = call.client.retry_task(&task_id);
            let request = match all_failed {
                true => request.all_failed_clusters(),
                false => request.clusters(clusters.into_iter().map(ClusterArgument::into_cluster)),
            };
            interrupt::or(call.retry(request)).await?
        }
    };
    Ok(call.report(Operation::RetryTask, task_id, done))
}

/// Each cluster once. The same cluster with other scan items is no duplicate but a contradiction.
fn each_once(arguments: Vec<ClusterArgument>, notes: &Notes) -> Result<Vec<ClusterArgument>, Failure> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<ClusterArgument> = Vec::with_capacity(arguments.len());
    for mut argument in arguments {
        let types = argument.scan_types.take();
        argument.scan_types = types.map(|types| once(types, "scan item", notes));
        match places.entry(argument.id.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(kept.len());
                kept.push(argument);
            }
            Entry::Occupied(entry) => {
                let id = entry.key();
                if kept.get(*entry.get()) != Some(&argument) {
                    return Err(Failure::invalid(format!(
                        "--cluster: {id} was given more than once with different scan items"
                    ))
                    .hint("name all scan items of a cluster in one argument"));
                }
                notes.note(&format!("cluster {id} was given more than once; it is sent once"));
            }
        }
    }
    Ok(kept)
}

/// Every scan item that the request names.
fn scan_types<'a>(clusters: &'a [ClusterArgument], body: Option<&'a RetryTaskRequestBody>) -> Vec<&'a str> {
    let listed = match body.and_then(|body| body.cluster_scan_info.as_ref()) {
        Some(ClusterScanInfo::SpecificCluster(list)) => &**list,
        _ => &[],
    };
    let listed = listed.iter().filter_map(|cluster| cluster.scan_type_list.as_deref());
    let listed = listed.flatten().map(|scan_type| scan_type.as_str());
    let given = clusters.iter().filter_map(|cluster| cluster.scan_types.as_deref());
    given.flatten().map(String::as_str).chain(listed).collect()
}

/// The vendor's page names no scan items, so an unknown one may be right, or a slip of the pen.
fn warn_of_unknown(mut types: Vec<&str>, notes: &Notes) {
    types.sort_unstable();
    types.dedup();
    for name in types.into_iter().filter(|name| !SCAN_TYPE_KNOWN_VALUES.contains(name)) {
        let known = SCAN_TYPE_KNOWN_VALUES.join(", ");
        notes.warn(&format!(
            "scan item {name} is not known here and is sent as it is; known are {known}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<Vec<String>>) {
        let argument: ClusterArgument = text.parse().unwrap();
        (argument.id, argument.scan_types)
    }

    #[test]
    fn a_cluster_splits_at_its_first_equals_sign() {
        assert_eq!(parsed("c"), ("c".to_owned(), None));
        assert_eq!(parsed("c,d"), ("c,d".to_owned(), None));
        assert_eq!(
            parsed("c=a,b=b"),
            ("c".to_owned(), Some(vec!["a".to_owned(), "b=b".to_owned()]))
        );
    }

    #[test]
    fn empty_pieces_are_refused() {
        for text in ["", "=a", "c=", "c=a,", "c=,a", "c=a,,b"] {
            assert!(text.parse::<ClusterArgument>().is_err(), "{text}");
        }
    }
}
