//! `--hosts-from` and `--clusters-from`: a list, sent in batches.

use std::env;
use std::path::{Path, PathBuf};
use std::pin::pin;

use huaweicloud_hss::bulk::{Plan, PlanError, Stop, Summary};
use huaweicloud_hss::{Client, Cluster, Error, Preview};
use huaweicloud_hss_sim::Simulator;

use crate::args::{BatchOptions, GlobalOptions};
use crate::context::Context;
use crate::error::CliError;
use crate::input::list::{self, Item, List};
use crate::output::messages::Messages;
use crate::output::progress::ProgressView;
use crate::output::report::Report;
use crate::output::words;
use crate::signal::Interrupts;

/// Servers of a file or of standard input.
pub(crate) fn hosts(file: &Path, task_id: &str, messages: &Messages) -> Result<Plan, CliError> {
    plan_from_file("--hosts-from", file, messages, |hosts: Vec<String>| {
        Plan::rescan(task_id, hosts)
    })
}

/// Clusters of a file or of standard input; `look` sees them before they are taken.
pub(crate) fn clusters(
    file: &Path,
    task_id: &str,
    messages: &Messages,
    look: impl FnOnce(&[Cluster]),
) -> Result<Plan, CliError> {
    plan_from_file("--clusters-from", file, messages, |clusters: Vec<Cluster>| {
        look(&clusters);
        Plan::retry(task_id, clusters)
    })
}

fn plan_from_file<T: Item>(
    flag: &str,
    file: &Path,
    messages: &Messages,
    plan: impl FnOnce(Vec<T>) -> Result<Plan, PlanError>,
) -> Result<Plan, CliError> {
    let name = format!("{flag} {}", file.display());
    let List { items, lines, mut bad } = list::read(file, &name)?;
    if items.is_empty() && bad.count() == 0 {
        return Err(CliError::invalid(format!("{name}: there is no id in it")));
    }
    let line = |position: usize| lines.get(position).copied().unwrap_or(0);
    let plan = plan(items);
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
        let plural = if plan.duplicates() == 1 { "" } else { "s" };
        let dropped = words::grouped(plan.duplicates());
        messages.note(&format!("{dropped} duplicate{plural} dropped; each id is sent once"));
    }
    Ok(plan)
}

/// Sends the list, or shows what would be sent.
pub(crate) async fn run(
    plan: Plan,
    arguments: BatchOptions,
    global: GlobalOptions,
    messages: &Messages,
) -> Result<Report, CliError> {
    let is_logging = global.verbose > 0;
    let (dry_run, simulate) = (global.dry_run, global.simulate);
    // Before the call is prepared, so that a simulator does not start in vain.
    let place = match arguments.journal {
        _ if dry_run => None,
        Some(file) => Some(JournalLocation::File(file)),
        // What a simulator did is forgotten with it, so there is nothing to resume.
        None if simulate => None,
        None => Some(JournalLocation::Folder(state_folder()?)),
    };
    // The task of a list is no demo's: whoever tries a list wants to see it taken.
    let call = Context::prepare_with(Simulator::builder().any_task(true), global, messages).await?;
    let plan = match &call.enterprise_project_id {
        Some(id) => plan.enterprise_project_id(id)?,
        None => plan,
    };
    if dry_run {
        return preview_all(&plan, &call.client, messages).await;
    }
    let stop = Stop::new();
    let mut shown = ProgressView::new(&plan, messages, is_logging);
    let mut run = call
        .client
        .bulk(&plan)
        .stop(&stop)
        .resend_unknown(arguments.resend_unknown);
    run = match place {
        Some(JournalLocation::File(file)) => run.journal(file),
        Some(JournalLocation::Folder(folder)) => run.journal_in(folder),
        None => run,
    };
    if let Some(pace) = arguments.pace {
        run = run.pace(pace);
    }
    if let Some(requests) = arguments.parallel {
        run = run.parallel(requests.into());
    }
    if let Some(between) = arguments.retry_refused_after {
        run = run.retry_refused_after(between);
    }
    let run = run.on_progress(move |progress| shown.show(progress));
    let summary = run_until_done(run.send(), &stop).await?;
    if summary.counts_before().remaining().batches == 0 && !arguments.resend_unknown {
        note_nothing_left(&summary, messages);
    }
    Ok(Report::Batches(Box::new(summary)))
}

enum JournalLocation {
    File(PathBuf),
    Folder(PathBuf),
}

/// The first interrupt lets the run finish what is in flight; a second leaves it in doubt.
async fn run_until_done(run: impl Future<Output = Result<Summary, Error>>, stop: &Stop) -> Result<Summary, CliError> {
    let mut interrupts = Interrupts::new()?;
    let mut run = pin!(run);
    loop {
        tokio::select! {
            summary = &mut run => return Ok(summary?),
            () = interrupts.next() => {
                if stop.is_stopped() {
                    return Err(CliError::interrupted("interrupted twice; what was in flight is in doubt")
                        .hint("the same command goes on with the rest, and names what is in doubt"));
                }
                stop.stop();
            }
        }
    }
}

fn note_nothing_left(summary: &Summary, messages: &Messages) {
    let Some(journal) = summary.journal() else { return };
    let journal = journal.display();
    messages.note(&match summary.counts().unknown.batches {
        0 => format!("everything was sent before; to send it anew, name another --journal or remove {journal}"),
        _ => "nothing is left to be sent but what is in doubt; look at the task, then use --resend-unknown".to_owned(),
    });
}

async fn preview_all(plan: &Plan, client: &Client, messages: &Messages) -> Result<Report, CliError> {
    let mut previews: Vec<Preview> = Vec::with_capacity(plan.batches());
    for batch in 0..plan.batches() {
        previews.push(plan.preview(client, batch).await?);
    }
    messages.note(&format!(
        "dry run: nothing was sent, and no journal was looked at; {} in {}",
        words::ids(plan.ids()),
        words::batches(plan.batches())
    ));
    Ok(Report::Previews(previews))
}

/// Where journals are where no one says.
fn state_folder() -> Result<PathBuf, CliError> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| match cfg!(windows) {
        true => absolute("LOCALAPPDATA"),
        false => absolute("HOME").map(|home| home.join(".local/state")),
    });
    let state =
        state.ok_or_else(|| CliError::invalid("journal: there is no place for it").hint("name one with --journal"))?;
    Ok(state.join("hss"))
}
