//! `--hosts-from` and `--clusters-from`: a list, sent in batches.

use std::env;
use std::path::{Path, PathBuf};
use std::pin::pin;

use huaweicloud_hss::bulk::{Plan, PlanError, Stop, Summary};
use huaweicloud_hss::{Client, Cluster, Error, Preview};
use huaweicloud_hss_sim::Simulator;

use crate::arguments::{BatchArguments, Global};
use crate::call::Call;
use crate::failure::Failure;
use crate::interrupt::Interrupts;
use crate::list::{self, Item, List};
use crate::notes::Notes;
use crate::progress::{self, Shown};
use crate::report::Report;

/// Servers of a file or of standard input.
pub(crate) fn hosts(file: &Path, task_id: &str, notes: &Notes) -> Result<Plan, Failure> {
    planned("--hosts-from", file, notes, |hosts: Vec<String>| {
        Plan::rescan(task_id, hosts)
    })
}

/// Clusters of a file or of standard input; `look` sees them before they are taken.
pub(crate) fn clusters(
    file: &Path,
    task_id: &str,
    notes: &Notes,
    look: impl FnOnce(&[Cluster]),
) -> Result<Plan, Failure> {
    planned("--clusters-from", file, notes, |clusters: Vec<Cluster>| {
        look(&clusters);
        Plan::retry(task_id, clusters)
    })
}

fn planned<T: Item>(
    flag: &str,
    file: &Path,
    notes: &Notes,
    plan: impl FnOnce(Vec<T>) -> Result<Plan, PlanError>,
) -> Result<Plan, Failure> {
    let name = format!("{flag} {}", file.display());
    let List { items, lines, mut bad } = list::read(file, &name)?;
    if items.is_empty() && bad.count() == 0 {
        return Err(Failure::invalid(format!("{name}: there is no id in it")));
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
        return Err(bad.into_failure(&name));
    }
    let plan = plan.map_err(Error::from)?;
    if plan.duplicates() > 0 {
        let plural = if plan.duplicates() == 1 { "" } else { "s" };
        let dropped = progress::grouped(plan.duplicates());
        notes.note(&format!("{dropped} duplicate{plural} dropped; each id is sent once"));
    }
    Ok(plan)
}

/// Sends the list, or shows what would be sent.
pub(crate) async fn run(
    plan: Plan,
    arguments: BatchArguments,
    global: Global,
    notes: &Notes,
) -> Result<Report, Failure> {
    let is_logging = global.verbose > 0;
    let (dry_run, simulate) = (global.dry_run, global.simulate);
    // Before the call is prepared, so that a simulator does not start in vain.
    let place = match arguments.journal {
        _ if dry_run => None,
        Some(file) => Some(Place::File(file)),
        // What a simulator did is forgotten with it, so there is nothing to resume.
        None if simulate => None,
        None => Some(Place::Folder(state_folder()?)),
    };
    // The task of a list is no demo's: whoever tries a list wants to see it taken.
    let call = Call::prepare_with(Simulator::builder().any_task(true), global, notes).await?;
    let plan = match &call.enterprise_project_id {
        Some(id) => plan.enterprise_project_id(id)?,
        None => plan,
    };
    if dry_run {
        return previewed(&plan, &call.client, notes).await;
    }
    let stop = Stop::new();
    let mut shown = Shown::new(&plan, notes, is_logging);
    let mut run = call
        .client
        .bulk(&plan)
        .stop(&stop)
        .resend_unknown(arguments.resend_unknown);
    run = match place {
        Some(Place::File(file)) => run.journal(file),
        Some(Place::Folder(folder)) => run.journal_in(folder),
        None => run,
    };
    if let Some(pace) = arguments.pace {
        run = run.pace(pace);
    }
    if let Some(requests) = arguments.parallel {
        run = run.parallel(requests.into());
    }
    if let Some(between) = arguments.wait_busy {
        run = run.retry_refused_after(between);
    }
    let run = run.on_progress(move |progress| shown.show(progress));
    let summary = finished(run.send(), &stop).await?;
    if summary.counts_before().remaining().batches == 0 && !arguments.resend_unknown {
        told_nothing_left(&summary, notes);
    }
    Ok(Report::Batches(Box::new(summary)))
}

enum Place {
    File(PathBuf),
    Folder(PathBuf),
}

/// The first interrupt lets the run finish what is in flight; a second leaves it in doubt.
async fn finished(run: impl Future<Output = Result<Summary, Error>>, stop: &Stop) -> Result<Summary, Failure> {
    let mut interrupts = Interrupts::new()?;
    let mut run = pin!(run);
    loop {
        tokio::select! {
            summary = &mut run => return Ok(summary?),
            () = interrupts.next() => {
                if stop.is_stopped() {
                    return Err(Failure::interrupted("interrupted twice; what was in flight is in doubt")
                        .hint("the same command goes on with the rest, and names what is in doubt"));
                }
                stop.stop();
            }
        }
    }
}

fn told_nothing_left(summary: &Summary, notes: &Notes) {
    let Some(journal) = summary.journal() else { return };
    let journal = journal.display();
    notes.note(&match summary.counts().unknown.batches {
        0 => format!("everything was sent before; to send it anew, name another --journal or remove {journal}"),
        _ => "nothing is left to be sent but what is in doubt; look at the task, then use --resend-unknown".to_owned(),
    });
}

async fn previewed(plan: &Plan, client: &Client, notes: &Notes) -> Result<Report, Failure> {
    let mut previews: Vec<Preview> = Vec::with_capacity(plan.batches());
    for batch in 0..plan.batches() {
        previews.push(plan.preview(client, batch).await?);
    }
    notes.note(&format!(
        "dry run: nothing was sent, and no journal was looked at; {} in {}",
        progress::ids(plan.ids()),
        progress::batches(plan.batches())
    ));
    Ok(Report::Previews(previews))
}

/// Where journals are where no one says.
fn state_folder() -> Result<PathBuf, Failure> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| match cfg!(windows) {
        true => absolute("LOCALAPPDATA"),
        false => absolute("HOME").map(|home| home.join(".local/state")),
    });
    let state =
        state.ok_or_else(|| Failure::invalid("journal: there is no place for it").hint("name one with --journal"))?;
    Ok(state.join("hss"))
}
