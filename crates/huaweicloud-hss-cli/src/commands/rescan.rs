//! `hss rescan`.

use huaweicloud_hss::OperationId;
use huaweicloud_hss::raw::types::RecreateVulScanTaskRequest;

use crate::args::{GlobalOptions, HostSelection, RescanArguments};
use crate::commands::batches;
use crate::context::Context;
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
    let request = call.client.recreate_vul_scan_task(&task_id);
    let request = match body {
        Some(body) => request.body(body),
        None if all_failed => request.all_failed_hosts(),
        None => request.hosts(hosts),
    };
    let done = signal::unless_interrupted(call.execute(request)).await?;
    Ok(call.report(OperationId::RecreateVulScanTask, task_id, done))
}
