//! `hss retry`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use huaweicloud_hss::constants::SCAN_TYPE_KNOWN_VALUES;
use huaweicloud_hss::raw::types::{ClusterScanInfo, RetryTaskRequestBody};
use huaweicloud_hss::reads::TaskKind;
use huaweicloud_hss::{Cluster, OperationId};

use crate::args::cluster::ClusterArgument;
use crate::args::{ClusterSelection, RetryArguments};
use crate::commands::wait::Asked;
use crate::commands::{batches, call};
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::input::body;
use crate::input::dedup::dedup;
use crate::output::messages::Messages;
use crate::output::report::Report;

pub(crate) async fn run(arguments: RetryArguments, messages: &Messages) -> Result<Report, CliError> {
    let RetryArguments {
        task_id,
        clusters,
        list: list_options,
        wait,
        options,
    } = arguments;
    let ClusterSelection {
        all_failed,
        cluster,
        list,
        body,
    } = clusters;
    wait.check(list_options.retry_refused_after.is_some())?;
    if list.is_none() {
        list_options.check_unused("--clusters-from")?;
    }
    if let Some(file) = list {
        let check = |clusters: &[Cluster]| {
            warn_of_unknown(clusters.iter().flat_map(Cluster::named_scan_types).collect(), messages)
        };
        let Some(plan) = batches::clusters(&file, &list_options, &task_id, messages, check)? else {
            let operation = OperationId::RetryTask;
            return batches::empty(operation, TaskKind::Clusters, task_id, &options, wait, messages).await;
        };
        return batches::run(plan, list_options, &options, wait, messages).await;
    }
    // Invalid input is reported before a simulator starts.
    let body: Option<RetryTaskRequestBody> = body
        .map(|file| body::read(&file, options.call.timeout.timeout))
        .transpose()?;
    let clusters = dedup_clusters(cluster, messages)?;
    warn_of_unknown(scan_types(&clusters, body.as_ref()), messages);
    let asked = asked(&clusters, body.as_ref());
    let context = Context::new(&options, Tasks::Demo, messages).await?;
    let request = context.client.retry_task(&task_id);
    let request = match body {
        Some(body) => request.body(body),
        None if all_failed => request.all_failed_clusters(),
        None => request.clusters(clusters.into_iter().map(ClusterArgument::into_cluster)),
    };
    let wait = wait.wait.then_some((TaskKind::Clusters, wait.limits, asked));
    call::execute(&context, task_id, request, wait).await
}

/// What the request asks for.
fn asked(clusters: &[ClusterArgument], body: Option<&RetryTaskRequestBody>) -> Asked {
    let of_body = match body.and_then(|body| body.cluster_scan_info.as_ref()) {
        Some(ClusterScanInfo::SpecificCluster(list)) => &**list,
        _ => &[],
    };
    let of_body = of_body.iter().map(|cluster| {
        let id = cluster.cluster_id.as_deref().unwrap_or_default().to_owned();
        let types = cluster.scan_type_list.iter().flat_map(|types| types.iter());
        (id, types.map(ToString::to_string).collect())
    });
    let given = clusters
        .iter()
        .map(|cluster| (cluster.id.clone(), cluster.scan_types.clone().unwrap_or_default()));
    let all: HashMap<String, Vec<String>> = of_body.chain(given).collect();
    if all.is_empty() {
        Asked::All
    } else {
        Asked::Clusters(all)
    }
}

/// The distinct clusters. The same cluster with different scan items is an error, not a duplicate.
fn dedup_clusters(arguments: Vec<ClusterArgument>, messages: &Messages) -> Result<Vec<ClusterArgument>, CliError> {
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut distinct: Vec<ClusterArgument> = Vec::with_capacity(arguments.len());
    for mut argument in arguments {
        let types = argument.scan_types.take();
        argument.scan_types = types.map(|types| dedup(types, "scan item", messages));
        match positions.entry(argument.id.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(distinct.len());
                distinct.push(argument);
            }
            Entry::Occupied(entry) => {
                let id = entry.key();
                if distinct.get(*entry.get()) != Some(&argument) {
                    return Err(CliError::invalid(format!(
                        "--cluster: {id} was given more than once with different scan items"
                    ))
                    .with_hint("name all scan items of a cluster in one argument"));
                }
                messages.note(&format!("cluster {id} was given more than once; it is sent once"));
            }
        }
    }
    Ok(distinct)
}

/// All scan items of the request.
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

/// The vendor's page lists no scan items, so an unknown one can be valid or a typing error.
fn warn_of_unknown(mut types: Vec<&str>, messages: &Messages) {
    types.sort_unstable();
    types.dedup();
    for name in types.into_iter().filter(|name| !SCAN_TYPE_KNOWN_VALUES.contains(name)) {
        let known = SCAN_TYPE_KNOWN_VALUES.join(", ");
        messages.warn(&format!("unknown scan item {name} is sent as is; known items: {known}"));
    }
}
