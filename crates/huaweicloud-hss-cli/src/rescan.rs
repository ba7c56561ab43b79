//! `hss rescan`.

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::raw;
use huaweicloud_hss::raw::types::{ProjectId, RescanVulScanTaskRequestInfo};

use crate::arguments::{Global, RescanArguments, RescanForm};
use crate::body;
use crate::bulk;
use crate::call::{Call, bounded};
use crate::failure::Failure;
use crate::interrupt;
use crate::notes::Notes;
use crate::once::once;
use crate::report::Report;

pub(crate) async fn run(arguments: RescanArguments, global: Global, notes: &Notes) -> Result<Report, Failure> {
    let RescanArguments { task_id, form, batches } = arguments;
    let RescanForm {
        all_failed,
        host,
        from,
        body,
    } = form;
    if let Some(file) = from {
        return bulk::run(bulk::hosts(&file, &task_id, notes)?, batches, global, notes).await;
    }
    // Before the call is prepared, so that a simulator does not start in vain.
    let body: Option<RescanVulScanTaskRequestInfo> = body.map(|file| body::read(&file)).transpose()?;
    let hosts = once(host, "host", notes);
    let call = Call::prepare(global, notes).await?;
    let done = match body {
        Some(body) => {
            let (task, enterprise_project) = (bounded("task_id", &*task_id)?, call.bounded_enterprise_project_id()?);
            let send = async |raw: &raw::Client, project: &ProjectId| {
                raw.recreate_vul_scan_task(project, &task, enterprise_project.as_ref(), &body)
                    .await
            };
            interrupt::or(call.raw(send)).await?
        }
        None => {
            let request = call.client.recreate_vul_scan_task(&task_id);
            let request = match all_failed {
                true => request.all_failed_hosts(),
                false => request.hosts(hosts),
            };
            interrupt::or(call.rescan(request)).await?
        }
    };
    Ok(call.report(Operation::RecreateVulScanTask, task_id, done))
}
