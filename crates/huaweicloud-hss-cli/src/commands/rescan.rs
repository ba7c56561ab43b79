//! `hss rescan`.

use huaweicloud_hss::OperationId;
use huaweicloud_hss::raw::types::RescanVulScanTaskRequestInfo;
use huaweicloud_hss::reads::TaskKind;

use crate::args::{HostSelection, RescanArguments};
use crate::commands::wait::Asked;
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
        wait,
        options,
    } = arguments;
    let HostSelection {
        all_failed,
        host,
        list,
        body,
    } = hosts;
    wait.check(list_options.retry_refused_after.is_some())?;
    if list.is_none() {
        list_options.check_unused("--hosts-from")?;
    }
    if let Some(file) = list {
        let Some(plan) = batches::hosts(&file, &list_options, &task_id, messages)? else {
            let operation = OperationId::RecreateVulScanTask;
            return batches::empty(operation, TaskKind::Servers, task_id, &options, wait, messages).await;
        };
        return batches::run(plan, list_options, &options, wait, messages).await;
    }
    // Invalid input is reported before a simulator starts.
    let body: Option<RescanVulScanTaskRequestInfo> = body
        .map(|file| body::read(&file, options.call.timeout.timeout))
        .transpose()?;
    let hosts = dedup(host, "host", messages);
    let asked = match &body {
        Some(RescanVulScanTaskRequestInfo::SpecificHost(ids)) => {
            Asked::Servers(ids.iter().map(|id| id.to_string()).collect())
        }
        None if !all_failed => Asked::Servers(hosts.iter().cloned().collect()),
        _ => Asked::All,
    };
    let context = Context::new(&options, Tasks::Demo, messages).await?;
    let request = context.client.recreate_vul_scan_task(&task_id);
    let request = match body {
        Some(body) => request.body(body),
        None if all_failed => request.all_failed_hosts(),
        None => request.hosts(hosts),
    };
    let wait = wait.wait.then_some((TaskKind::Servers, wait.limits, asked));
    call::execute(&context, task_id, request, wait).await
}
