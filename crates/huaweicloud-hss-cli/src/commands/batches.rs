//! `--hosts-from` and `--clusters-from`: a list, sent in batches.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};

use huaweicloud_hss::bulk::{self, AlreadyStarted, Event, IfStarted, Plan, PlanError, Stop, Summary};
use huaweicloud_hss::reads::TaskKind;
use huaweicloud_hss::{Client, Cluster, Error, OperationId, Preview};
use tokio::sync::Mutex;

use crate::args::cluster::ClusterArgument;
use crate::args::options::{ListOptions, RequestOptions};
use crate::args::reads::{DEFAULT_WAIT_TIMEOUT, WaitOptions};
use crate::commands::next;
use crate::commands::state_folder::state_folder;
use crate::commands::wait::{Asked, Baselines, Waiter};
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::input::list::{self, Entries, Entry, Kind, List};
use crate::output::messages::Messages;
use crate::output::progress::list::ProgressView;
use crate::output::reads::item::Item;
use crate::output::reads::wait::{WaitStatus, Waited};
use crate::output::report::Report;
use crate::output::words;
use crate::signal::Interrupts;

/// Reads a list of servers; `None` where it is empty and may be.
pub(crate) fn hosts(
    file: &Path,
    options: &ListOptions,
    task_id: &str,
    messages: &Messages,
) -> Result<Option<Plan>, CliError> {
    plan("--hosts-from", file, Kind::Hosts, options, messages, |entries| {
        Plan::rescan(task_id, entries.into_iter().map(|entry| entry.id))
    })
}

/// Reads a list of clusters, which `check` sees first; `None` where it is empty and may be.
pub(crate) fn clusters(
    file: &Path,
    options: &ListOptions,
    task_id: &str,
    messages: &Messages,
    check: impl FnOnce(&[Cluster]),
) -> Result<Option<Plan>, CliError> {
    plan("--clusters-from", file, Kind::Clusters, options, messages, |entries| {
        let clusters = entries
            .into_iter()
            .map(|Entry { id, scan_types, .. }| ClusterArgument { id, scan_types });
        let clusters: Vec<Cluster> = clusters.map(ClusterArgument::into_cluster).collect();
        check(&clusters);
        Plan::retry(task_id, clusters)
    })
}

fn plan(
    option: &str,
    file: &Path,
    kind: Kind,
    options: &ListOptions,
    messages: &Messages,
    new_plan: impl FnOnce(Entries) -> Result<Plan, PlanError>,
) -> Result<Option<Plan>, CliError> {
    let name = format!("{option} {}", file.display());
    let List {
        mut entries, mut bad, ..
    } = list::read(file, &name, kind, options.column.as_deref())?;
    if entries.is_empty() {
        return match bad.count() {
            0 if options.allow_empty => Ok(None),
            0 => {
                Err(CliError::invalid(format!("{name}: contains no id"))
                    .with_hint("--allow-empty accepts an empty list"))
            }
            _ => Err(bad.into_error(&name)),
        };
    }
    let lines = entries.take_lines();
    let line = |position: usize| lines.get(position).copied().unwrap_or(0);
    let plan = new_plan(entries);
    for entry in plan.as_ref().err().map(PlanError::bad_entries).unwrap_or_default() {
        let reason = match entry.earlier {
            Some(earlier) => format!("{} (on line {})", entry.reason, line(earlier)),
            None => entry.reason.clone(),
        };
        bad.push(line(entry.position), reason);
    }
    if bad.count() > 0 {
        return Err(bad.into_error(&name));
    }
    let plan = plan.map_err(Error::from)?;
    if plan.duplicates() > 0 {
        let duplicates = words::count(plan.duplicates(), "duplicate", "duplicates");
        messages.note(&format!("dropped {duplicates}; each id is sent once"));
    }
    Ok(Some(plan))
}

/// Sends the list, or previews its requests in a dry run.
pub(crate) async fn run(
    plan: Plan,
    list: ListOptions,
    options: &RequestOptions,
    wait: WaitOptions,
    messages: &Messages,
) -> Result<Report, CliError> {
    let call = &options.call;
    // A missing folder is reported before a simulator starts.
    let journal = match list.journal {
        _ if call.dry_run => None,
        Some(file) => Some(Journal::File(file)),
        // A simulator forgets its tasks, so a later run cannot resume.
        None if call.simulate => None,
        None => Some(Journal::InFolder(state_folder()?)),
    };
    // A list to try out does not name the tasks of the demo.
    let context = Context::new(options, Tasks::Any, messages).await?;
    let plan = match &context.enterprise_project_id {
        Some(id) => plan.enterprise_project_id(id)?,
        None => plan,
    };
    if call.dry_run {
        return preview_all(&plan, &context.client, messages).await;
    }
    let kind = plan.task_kind();
    let waiter = wait
        .wait
        .then(|| Mutex::new(Waiter::new(&context, kind, plan.task_id(), wait.limits)));
    let baselines = Baselines::default();
    let stop = Stop::new();
    let mut view = ProgressView::new(&plan, messages);
    let mut run = context
        .client
        .bulk(&plan)
        .stop(&stop)
        .if_started(match (list.again, list.skip_started) {
            (true, _) => IfStarted::Again,
            (_, true) => IfStarted::Skip,
            _ => IfStarted::Refuse,
        })
        .keep_going(list.keep_going)
        .resend_unknown(list.resend_unknown);
    run = match journal {
        Some(Journal::File(file)) => run.journal(file),
        Some(Journal::InFolder(folder)) => run.journal_in(folder),
        None => run,
    };
    if let Some(pace) = list.pace {
        run = run.pace(pace);
    }
    if let Some(requests) = list.parallel {
        run = run.parallel(requests.into());
    }
    if let Some(interval) = list.retry_refused_after {
        let limit = wait.limits.wait_timeout.unwrap_or(DEFAULT_WAIT_TIMEOUT);
        run = run.retry_refused_after(interval).retry_refused_for(limit);
    }
    let (baselines, stop_looking) = (&baselines, stop.clone());
    // The view ends with the run, and its bar with it.
    let sent = &AtomicU32::new(0);
    let mut run = run.on_progress(move |progress| {
        sent.fetch_add(
            matches!(progress.event, Event::Sending { .. }).into(),
            Ordering::Relaxed,
        );
        baselines.update(&progress.event);
        view.update(progress);
    });
    if let Some(waiter) = &waiter {
        run = run.before_each(move |batch, is_last| {
            let stop = stop_looking.clone();
            async move {
                let mut waiter = waiter.lock().await;
                let task = match (baselines.is_empty(), is_last) {
                    (true, _) => waiter.look_before().await?,
                    (false, true) => waiter.look_before_last(&stop).await,
                    (false, false) => waiter.look_between().await,
                };
                baselines.sending(batch, task);
                Ok(())
            }
        });
    }
    let summary = match run_until_done(run.send(), &stop, sent).await? {
        Ok(summary) => summary,
        Err(error) => return Err(not_begun(error, &next::wait(kind, plan.task_id(), &context))),
    };
    if summary.batches() == 0 && summary.counts().unknown > 0 {
        messages.note("only what has an unknown outcome is left; check the task, then use --resend-unknown");
    }
    if summary.counts().unknown > 0 {
        messages.note(&next::scanning(kind, plan.task_id(), &context));
    }
    let sent = Report::Batches(Box::new(summary.clone()));
    let Some(mut waiter) = waiter.map(Mutex::into_inner) else {
        return Ok(sent);
    };
    let has_ended_early = summary.is_stopped() || summary.error().is_some();
    let waited = match baselines.last() {
        Some(_) if summary.is_stopped() => waiter.interrupted(),
        Some(task) => {
            waiter.set_baseline(task);
            waiter.run(&asked(&plan)).await?
        }
        None if has_ended_early => waiter.not_begun("this command started nothing that could be waited for"),
        // An earlier command started what this one asks for.
        None => waiter.take_up(&asked(&plan)).await?,
    };
    record_failed(&summary, &waited, messages).await;
    Ok(Report::Waited {
        sent: Some(Box::new(sent)),
        waited,
    })
}

/// Sets free in the journal what failed again, where the end was seen: what a task shows before may be from an older scan.
async fn record_failed(summary: &Summary, waited: &Waited, messages: &Messages) {
    if waited.status != WaitStatus::Finished {
        return;
    }
    let failed: HashMap<&str, &Item> = waited.failed.iter().flatten().map(|item| (&*item.id, item)).collect();
    let has_failed = |item: bulk::Item<'_>| {
        failed.get(item.id()).is_some_and(|failed| match item.scan_type() {
            Some(scan) => !failed.has_succeeded_in(&[scan.to_owned()]),
            None => true,
        })
    };
    match summary.record_failed(has_failed).await {
        Ok(0) => {}
        Ok(number) => messages.note(&format!(
            "{} failed again; the journal lets a later command send them without --again",
            words::items(summary.plan().operation(), number)
        )),
        Err(error) => messages.warn(&format!(
            "what failed again is not in the journal, so that sending it takes --again: {error}"
        )),
    }
}

/// What the list asks for.
fn asked(plan: &Plan) -> Asked {
    match plan.task_kind() {
        TaskKind::Servers => Asked::Servers(plan.iter().map(|item| item.id().to_owned()).collect()),
        TaskKind::Clusters => {
            let mut clusters: HashMap<String, Vec<String>> = HashMap::new();
            for item in plan.iter() {
                let scans = clusters.entry(item.id().to_owned()).or_default();
                scans.extend(item.scan_type().map(str::to_owned));
            }
            Asked::Clusters(clusters)
        }
    }
}

/// Waits all the same where the task runs: a command before this one may have started it.
pub(crate) async fn empty(
    operation: OperationId,
    kind: TaskKind,
    task_id: String,
    options: &RequestOptions,
    wait: WaitOptions,
    messages: &Messages,
) -> Result<Report, CliError> {
    let report = |task_id: &str| Report::Empty {
        operation,
        task_id: task_id.to_owned(),
    };
    if !wait.wait || options.call.dry_run {
        return Ok(report(&task_id));
    }
    let context = Context::new(options, Tasks::Any, messages).await?;
    let mut waiter = Waiter::new(&context, kind, &task_id, wait.limits);
    if !waiter.finds_it_running().await? {
        return Ok(report(&task_id));
    }
    Ok(Report::Waited {
        sent: Some(Box::new(report(&task_id))),
        waited: waiter.run(&Asked::All).await?,
    })
}

enum Journal {
    File(PathBuf),
    InFolder(PathBuf),
}

/// The first signal lets the requests in flight finish; the second ends the command at once.
async fn run_until_done<T>(run: impl Future<Output = T>, stop: &Stop, sent: &AtomicU32) -> Result<T, CliError> {
    let mut interrupts = Interrupts::new()?;
    let mut run = pin!(run);
    loop {
        tokio::select! {
            ended = &mut run => return Ok(ended),
            () = interrupts.next() => {
                if stop.is_stopped() {
                    return Err(CliError::interrupted(
                        "interrupted twice; the outcome of the requests in flight is unknown",
                    )
                    .with_attempts(sent.load(Ordering::Relaxed))
                    .with_hint("run the same command again to send the rest; it lists the ids whose outcome is unknown"));
                }
                stop.stop();
            }
        }
    }
}

/// The options that decide about items that an earlier run started are the command line's own.
fn not_begun(error: Error, wait: &str) -> CliError {
    let started = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<AlreadyStarted>());
    match started {
        Some(started) => CliError::invalid(started.to_string())
            .with_hint(format!("--again sends them, --skip-started leaves them out; {wait}")),
        None => error.into(),
    }
}

async fn preview_all(plan: &Plan, client: &Client, messages: &Messages) -> Result<Report, CliError> {
    let mut previews: Vec<Preview> = Vec::with_capacity(plan.batches());
    for batch in 0..plan.batches() {
        previews.push(plan.preview(client, batch).await?);
    }
    messages.note(&format!(
        "dry run: nothing was sent and no journal was read; {} in {}",
        words::items(plan.operation(), plan.items()),
        words::batches(plan.batches())
    ));
    Ok(Report::Previews(previews))
}
