//! `hss hosts` and `hss clusters`.

use huaweicloud_hss::{ListOperation, OperationId, Request};

use crate::args::options::OutputFormat;
use crate::args::reads::{ItemsArguments, ScanStatus};
use crate::commands::listing::{Reader, report_list, unreadable};
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::ExitError;
use crate::output::messages::Messages;
use crate::output::reads::item::Item;
use crate::output::reads::list::{Whole, clusters_text, items_json, servers_text};
use crate::output::report::Report;
use crate::output::table::terminal_width;
use crate::output::{self, json};

pub(crate) async fn hosts(
    arguments: ItemsArguments,
    format: OutputFormat,
    messages: &Messages,
) -> Result<Report, ExitError> {
    let context = Context::new(&arguments.options, Tasks::Demo, messages).await?;
    let request = context.client.vul_scan_task_hosts(&arguments.task_id);
    let request = match arguments.status {
        Some(status) => request.status(status.into()),
        None => request,
    };
    list(&context, &arguments, request, format).await
}

pub(crate) async fn clusters(
    arguments: ItemsArguments,
    format: OutputFormat,
    messages: &Messages,
) -> Result<Report, ExitError> {
    let context = Context::new(&arguments.options, Tasks::Demo, messages).await?;
    let request = context.client.task_resources(&arguments.task_id);
    let request = match arguments.status {
        Some(status) => request.status(status.into()),
        None => request,
    };
    list(&context, &arguments, request, format).await
}

async fn list<O>(
    context: &Context<'_>,
    arguments: &ItemsArguments,
    request: Request<O>,
    format: OutputFormat,
) -> Result<Report, ExitError>
where
    O: ListOperation,
    Item: From<O::Row>,
{
    let reader = Reader::new(context, arguments.read.pace);
    if context.dry_run {
        return Ok(Report::Preview(reader.preview(request).await?));
    }
    let mut listing = reader.listing(request);
    let is_servers = O::ID == OperationId::ListVulScanTaskHost;
    let others = matches!(arguments.status, Some(ScanStatus::Scanning | ScanStatus::Success));
    let line = |item: &Item| match is_servers {
        true => item.server_line(),
        false => item.cluster_line(others),
    };
    let (mut items, mut lines, mut parts) = (Vec::new(), Vec::new(), 0);
    while let Some(page) = reader.page(&mut listing).await? {
        let page = page.into_iter().map(Item::from);
        let page = page.inspect(|item| parts += item.unreadable);
        match format {
            OutputFormat::Text | OutputFormat::Json => items.extend(page),
            // There can be many: only their lines are kept.
            OutputFormat::Ids => {
                for item in page {
                    match line(&item) {
                        Ok(line) => lines.extend(line),
                        Err(reason) => return report_list(Err(reason), None, format),
                    }
                }
            }
            OutputFormat::Jsonl => {
                for item in page {
                    let written = output::write_or_closed(&json::to_line(&item));
                    if !written.map_err(|error| ExitError::Unwritten { error, result: None })? {
                        // The reader has what it wanted.
                        return Ok(Report::Nothing);
                    }
                }
            }
        }
    }
    let missing = listing.complete().err().or((parts > 0).then(|| unreadable(parts)));
    let whole = Whole {
        total: listing.total(),
        unreadable: listing.unreadable() + parts,
        complete: missing.is_none(),
    };
    let text = match format {
        OutputFormat::Text if is_servers => servers_text(&items, terminal_width()),
        OutputFormat::Text => clusters_text(&items, terminal_width()),
        OutputFormat::Json => items_json(O::ID.as_str(), &arguments.task_id, &items, whole),
        OutputFormat::Jsonl => String::new(),
        OutputFormat::Ids => lines.join("\n"),
    };
    report_list(Ok(text), missing, format)
}
