//! `hss retry`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::constants::SCAN_TYPE_KNOWN_VALUES;
use huaweicloud_hss::raw::types::{ClusterScanInfo, ProjectId, RetryTaskRequest};
use huaweicloud_hss::{Cluster, raw};

use crate::args::cluster::ClusterArgument;
use crate::args::{ClusterSelection, GlobalOptions, RetryArguments};
use crate::commands::batches;
use crate::context::{Context, bounded};
use crate::error::CliError;
use crate::input::body;
use crate::input::dedup::dedup;
use crate::output::messages::Messages;
use crate::output::report::Report;
use crate::signal;

pub(crate) async fn run(
    arguments: RetryArguments,
    global: GlobalOptions,
    messages: &Messages,
) -> Result<Report, CliError> {
    let RetryArguments {
        task_id,
        selection,
        batches,
    } = arguments;
    let ClusterSelection {
        all_failed,
        cluster,
        from,
        body,
    } = selection;
    if let Some(file) = from {
        let look = |clusters: &[Cluster]| {
            warn_of_unknown(clusters.iter().flat_map(Cluster::named_scan_types).collect(), messages)
        };
        return batches::run(
            batches::clusters(&file, &task_id, messages, look)?,
            batches,
            global,
            messages,
        )
        .await;
    }
    // Before the call is prepared, so that a simulator does not start in vain.
    let body: Option<RetryTaskRequest> = body.map(|file| body::read(&file)).transpose()?;
    let clusters = dedup_clusters(cluster, messages)?;
    warn_of_unknown(scan_types(&clusters, body.as_ref()), messages);
    let call = Context::prepare(global, messages).await?;
    let done = match body {
        Some(body) => {
            let (task, enterprise_project) = (bounded("task_id", &*task_id)?, call.bounded_enterprise_project_id()?);
            let send = async |raw: &raw::Client, project: &ProjectId| {
                raw.retry_task(project, &task, enterprise_project.as_ref(), &body).await
            };
            signal::unless_interrupted(call.raw(send)).await?
        }
        None => {
            let request = call.client.retry_task(&task_id);
            let request = match all_failed {
                true => request.all_failed_clusters(),
                false => request.clusters(clusters.into_iter().map(ClusterArgument::into_cluster)),
            };
            signal::unless_interrupted(call.retry(request)).await?
        }
    };
    Ok(call.report(Operation::RetryTask, task_id, done))
}

/// Each cluster once. The same cluster with other scan items is no duplicate but a contradiction.
fn dedup_clusters(arguments: Vec<ClusterArgument>, messages: &Messages) -> Result<Vec<ClusterArgument>, CliError> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<ClusterArgument> = Vec::with_capacity(arguments.len());
    for mut argument in arguments {
        let types = argument.scan_types.take();
        argument.scan_types = types.map(|types| dedup(types, "scan item", messages));
        match places.entry(argument.id.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(kept.len());
                kept.push(argument);
            }
            Entry::Occupied(entry) => {
                let id = entry.key();
                if kept.get(*entry.get()) != Some(&argument) {
                    return Err(CliError::invalid(format!(
                        "--cluster: {id} was given more than once with different scan items"
                    ))
                    .hint("name all scan items of a cluster in one argument"));
                }
                messages.note(&format!("cluster {id} was given more than once; it is sent once"));
            }
        }
    }
    Ok(kept)
}

/// Every scan item that the request names.
fn scan_types<'a>(clusters: &'a [ClusterArgument], body: Option<&'a RetryTaskRequest>) -> Vec<&'a str> {
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
fn warn_of_unknown(mut types: Vec<&str>, messages: &Messages) {
    types.sort_unstable();
    types.dedup();
    for name in types.into_iter().filter(|name| !SCAN_TYPE_KNOWN_VALUES.contains(name)) {
        let known = SCAN_TYPE_KNOWN_VALUES.join(", ");
        messages.warn(&format!(
            "scan item {name} is not known here and is sent as it is; known are {known}"
        ));
    }
}
