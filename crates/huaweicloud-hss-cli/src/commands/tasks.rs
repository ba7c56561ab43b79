//! `hss tasks`.

use huaweicloud_hss::raw::tasks::types::TaskStatusFilter;
use huaweicloud_hss::{Error, ListOperation, Request};

use crate::args::options::OutputFormat;
use crate::args::reads::{TaskStatus, TasksArguments};
use crate::commands::listing::{Reader, report_list, unreadable};
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::ExitError;
use crate::output::json;
use crate::output::messages::Messages;
use crate::output::reads::item::check;
use crate::output::reads::list::{Whole, tasks_json, tasks_text};
use crate::output::reads::task::Task;
use crate::output::report::Report;
use crate::output::table::terminal_width;

pub(crate) async fn run(
    arguments: TasksArguments,
    format: OutputFormat,
    messages: &Messages,
) -> Result<Report, ExitError> {
    let context = Context::new(&arguments.options, Tasks::Demo, messages).await?;
    let reader = Reader::new(&context, arguments.read.pace);
    let since = arguments.since.map(|since| since.as_millisecond());
    let mut servers = context.client.vul_scan_tasks();
    let mut clusters = context.client.tasks();
    if let Some(since) = since {
        (servers, clusters) = (servers.since(since), clusters.since(since));
    }
    clusters = match arguments.status {
        Some(TaskStatus::Ready) => clusters.status(TaskStatusFilter::Ready),
        Some(TaskStatus::Running) => clusters.status(TaskStatusFilter::Running),
        Some(TaskStatus::Finished) => clusters.status(TaskStatusFilter::Finished),
        None => clusters,
    };
    if context.dry_run {
        let mut previews = Vec::new();
        if !arguments.clusters {
            previews.push(reader.preview(servers).await?);
        }
        if !arguments.servers {
            previews.push(reader.preview(clusters).await?);
        }
        return Ok(Report::Previews(previews));
    }
    let mut tasks: Vec<Task> = Vec::new();
    let (mut whole, mut missing) = (Vec::new(), None);
    if !arguments.clusters {
        collect(&reader, servers, &mut tasks, &mut whole, &mut missing).await?;
    }
    if !arguments.servers {
        collect(&reader, clusters, &mut tasks, &mut whole, &mut missing).await?;
    }
    // The service cannot be asked for the state of vulnerability scan tasks.
    let status = arguments.status.map(|status| match status {
        TaskStatus::Ready => "ready",
        TaskStatus::Running => "running",
        TaskStatus::Finished => "finished",
    });
    tasks.retain(|task| status.is_none() || task.status.as_deref() == status);
    tasks.sort_by_key(|task| std::cmp::Reverse(task.started));
    if let Some(limit) = arguments.limit {
        tasks.truncate(limit as usize);
    }
    let whole = Whole {
        total: whole.iter().map(|whole| whole.total).sum(),
        unreadable: whole.iter().map(|whole| whole.unreadable).sum(),
        complete: missing.is_none(),
    };
    let text = match format {
        OutputFormat::Text => Ok(tasks_text(&tasks, terminal_width())),
        OutputFormat::Json => Ok(tasks_json(&tasks, whole)),
        OutputFormat::Jsonl => Ok(tasks.iter().map(json::to_line).collect::<Vec<_>>().join("\n")),
        OutputFormat::Ids => tasks
            .iter()
            .map(|task| check(&task.task_id, false).map(|()| task.task_id.as_str()))
            .collect::<Result<Vec<_>, _>>()
            .map(|ids| ids.join("\n")),
    };
    report_list(text, missing, format)
}

/// Reads one of the lists.
async fn collect<O>(
    reader: &Reader<'_>,
    request: Request<O>,
    tasks: &mut Vec<Task>,
    whole: &mut Vec<Whole>,
    missing: &mut Option<Error>,
) -> Result<(), ExitError>
where
    O: ListOperation,
    Task: From<O::Row>,
{
    let all = reader.all(request, missing).await?;
    let rows: Vec<Task> = all.rows.into_iter().map(Task::from).collect();
    let parts = rows.iter().map(|task| task.unreadable).sum::<usize>();
    if parts > 0 {
        missing.get_or_insert(unreadable(parts));
    }
    tasks.extend(rows);
    whole.push(Whole {
        total: all.total,
        unreadable: all.unreadable + parts,
        complete: missing.is_none(),
    });
    Ok(())
}
