//! `hss rescan`.

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::raw;
use huaweicloud_hss::raw::types::{EnterpriseProjectId, ProjectId, RecreateVulScanTaskRequest};

use crate::args::{HostSelection, RescanArguments};
use crate::commands::{batches, call};
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::input::body;
use crate::input::dedup::dedup;
use crate::output::messages::Messages;
use crate::output::report::Report;

pub(crate) async fn run(arguments: RescanArguments, messages: &Messages) -> Result<Report, CliError> {
    let RescanArguments {
        task_id,
        hosts,
        list: list_options,
        connection,
        call: call_options,
    } = arguments;
    let HostSelection {
        all_failed,
        host,
        list,
        body,
    } = hosts;
    if let Some(file) = list {
        let plan = batches::hosts(&file, &task_id, messages)?;
        return batches::run(plan, list_options, &connection, &call_options, messages).await;
    }
    // Invalid input is reported before a simulator starts.
    let body: Option<RecreateVulScanTaskRequest> = body.map(|file| body::read(&file)).transpose()?;
    let hosts = dedup(host, "host", messages);
    let context = Context::new(&connection, &call_options, Tasks::Demo, messages).await?;
    let response = if let Some(body) = body {
        let task = call::bounded("task_id", &*task_id)?;
        let send = async |raw: &raw::Client, project: &ProjectId, enterprise: Option<&EnterpriseProjectId>| {
            raw.recreate_vul_scan_task(project, &task, enterprise, &body).await
        };
        call::execute_raw(&context, send).await?
    } else {
        let request = context.client.recreate_vul_scan_task(&task_id);
        let request = if all_failed {
            request.all_failed_hosts()
        } else {
            request.hosts(hosts)
        };
        call::execute(&context, request).await?
    };
    Ok(call::report(
        &context,
        Operation::RecreateVulScanTask,
        task_id,
        response,
    ))
}
