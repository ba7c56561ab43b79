//! `hss rescan`.

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::raw;
use huaweicloud_hss::raw::types::{ProjectId, RecreateVulScanTaskRequest};

use crate::args::{GlobalOptions, HostSelection, RescanArguments};
use crate::commands::batches;
use crate::context::{Context, bounded};
use crate::error::CliError;
use crate::input::body;
use crate::input::dedup::dedup;
use crate::output::messages::Messages;
use crate::output::report::Report;
use crate::signal;

pub(crate) async fn run(
    arguments: RescanArguments,
    global: GlobalOptions,
    messages: &Messages,
) -> Result<Report, CliError> {
    let RescanArguments {
        task_id,
        selection,
        batches,
    } = arguments;
    let HostSelection {
        all_failed,
        host,
        from,
        body,
    } = selection;
    if let Some(file) = from {
        return batches::run(batches::hosts(&file, &task_id, messages)?, batches, global, messages).await;
    }
    // Before the call is prepared, so that a simulator does not start in vain.
    let body: Option<RecreateVulScanTaskRequest> = body.map(|file| body::read(&file)).transpose()?;
    let hosts = dedup(host, "host", messages);
    let call = Context::prepare(global, messages).await?;
    let done = match body {
        Some(body) => {
            let (task, enterprise_project) = (bounded("task_id", &*task_id)?, call.bounded_enterprise_project_id()?);
            let send = async |raw: &raw::Client, project: &ProjectId| {
                raw.recreate_vul_scan_task(project, &task, enterprise_project.as_ref(), &body)
                    .await
            };
            signal::unless_interrupted(call.raw(send)).await?
        }
        None => {
            let request = call.client.recreate_vul_scan_task(&task_id);
            let request = match all_failed {
                true => request.all_failed_hosts(),
                false => request.hosts(hosts),
            };
            signal::unless_interrupted(call.rescan(request)).await?
        }
    };
    Ok(call.report(Operation::RecreateVulScanTask, task_id, done))
}
