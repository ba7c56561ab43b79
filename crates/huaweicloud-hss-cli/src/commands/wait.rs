//! `hss wait`, and `--wait` after a request.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::time::Duration;

use huaweicloud_hss::bulk::{Pace, Stop};
use huaweicloud_hss::raw::tasks::types::ScanStatusFilter;
use huaweicloud_hss::reads::{All, TaskKind, TaskState, Wait};
use huaweicloud_hss::{Error, ErrorKind, ListOperation, Outcome, Request};

use crate::args::reads::{WaitArguments, WaitLimits};
use crate::commands::listing::{Reader, unreadable};
use crate::commands::next;
use crate::context::Context;
use crate::context::simulator::Tasks;
use crate::error::CliError;
use crate::output::messages::Messages;
use crate::output::progress::poll::PollView;
use crate::output::reads::item::Item;
use crate::output::reads::task;
use crate::output::reads::wait::{WaitStatus, Waited};
use crate::output::report::Report;
use crate::signal::{self, Interrupts};

/// How often a simulator in this process is polled.
const SIMULATED: Duration = Duration::from_millis(100);

/// What was asked for.
pub(crate) enum Asked {
    /// The whole task.
    All,
    Servers(HashSet<String>),
    /// Clusters, each with its scan items, or without any for all of them.
    Clusters(HashMap<String, Vec<String>>),
}

impl Asked {
    /// Whether a scan that was asked for failed.
    fn has_failed(&self, item: &Item) -> bool {
        item.has_failed()
            && match self {
                Self::All => true,
                Self::Servers(ids) => ids.contains(&item.id),
                Self::Clusters(clusters) => clusters
                    .get(&item.id)
                    .is_some_and(|scans| scans.is_empty() || item.has_failed_in(scans)),
            }
    }

    fn has(&self, item: &Item) -> bool {
        match self {
            Self::All => true,
            Self::Servers(ids) => ids.contains(&item.id),
            Self::Clusters(clusters) => clusters.contains_key(&item.id),
        }
    }
}

/// What a command that ends before the task names as the next one.
enum Hint {
    Failures,
    Wait,
    NewTask,
}

/// A task that is waited for.
pub(crate) struct Waiter<'a> {
    context: &'a Context<'a>,
    kind: TaskKind,
    task_id: String,
    wait: Wait<'a>,
    pace: Option<Pace>,
    /// Whether the task had ended before the request, and nothing of it had failed.
    had_no_failure: bool,
    /// Parts of rows that could not be read.
    unreadable: usize,
}

/// What to do where the task could not be read before the request.
const UNREAD: &str =
    "nothing was sent, because --wait needs to know the task as it was; without --wait nothing is read";

/// How often the task is read before the last request. One batch more or less is no reason to leave the rest unsent, and
/// without this the end cannot be confirmed.
const LOOKS: usize = 3;

impl<'a> Waiter<'a> {
    pub(crate) fn new(context: &'a Context<'a>, kind: TaskKind, task_id: &str, limits: WaitLimits) -> Self {
        let mut wait = context.client.wait_for(kind, task_id);
        if let Some(id) = &context.enterprise_project_id {
            wait = wait.enterprise_project_id(id);
        }
        if let Some(limit) = limits.wait_timeout {
            wait = wait.time_limit(limit);
        }
        let interval = limits.poll_interval.or(context.is_simulated.then_some(SIMULATED));
        if let Some(interval) = interval {
            wait = wait.poll_interval(interval);
        }
        let mut view = PollView::new(context.messages.clone());
        Self {
            context,
            kind,
            task_id: task_id.to_owned(),
            wait: wait.on_poll(move |poll| view.update(poll)),
            pace: interval.map(|_| Pace::off()),
            had_no_failure: false,
            unreadable: 0,
        }
    }

    /// Reads the task before its scans are repeated.
    pub(crate) async fn look_before(&mut self) -> Result<Option<TaskState>, Error> {
        let messages = self.context.messages;
        let state = self.wait.look().await.map_err(|error| {
            let hint = error.hint().map(|hint| format!("{hint}; {UNREAD}"));
            error.with_hint(hint.unwrap_or_else(|| UNREAD.to_owned()))
        })?;
        match &state {
            Some(state) => messages.note(&format!("before the request the task is {}", task::words(state))),
            None => messages.warn("the list of tasks does not have the task: its end may not be confirmed"),
        }
        Ok(state)
    }

    /// The same before a request that is neither the first nor the last of a list, where that takes no time.
    pub(crate) async fn look_between(&mut self) -> Option<TaskState> {
        match self.wait.can_look() {
            true => self.wait.look().await.ok().flatten(),
            false => None,
        }
    }

    /// The same before the last request of a list. What was sent before is worth more than the wait.
    pub(crate) async fn look_before_last(&mut self, stop: &Stop) -> Option<TaskState> {
        for look in 1..=LOOKS {
            match self.look_before().await {
                Ok(state) => return state,
                Err(_) if look < LOOKS && !stop.is_stopped() => {}
                Err(error) => {
                    self.context.messages.warn(&format!(
                        "the task could not be read before the last request, so its end may not be confirmed: {error}"
                    ));
                    break;
                }
            }
        }
        None
    }

    /// Whether the task runs now. If so, its end is waited for.
    pub(crate) async fn finds_it_running(&mut self) -> Result<bool, CliError> {
        let state = signal::unless_interrupted_read(self.wait.look()).await?;
        let is_running = state.is_some_and(|state| state.is_running());
        if is_running {
            self.wait.saw_running();
        }
        Ok(is_running)
    }

    /// Reads the task before the scans of one request are repeated.
    pub(crate) async fn take_baseline(&mut self) -> Result<(), Error> {
        let task = self.look_before().await?;
        self.set_baseline(task);
        Ok(())
    }

    /// The task as it was before the last scans were repeated.
    pub(crate) fn set_baseline(&mut self, task: Option<TaskState>) {
        self.had_no_failure = task
            .as_ref()
            .is_some_and(|task| task.has_ended() && task.failed == Some(0));
        self.wait.set_baseline(task);
    }

    /// The result without a wait.
    pub(crate) fn not_begun(self, reason: &str) -> Waited {
        Waited {
            reason: Some(reason.to_owned()),
            hint: self.hint(Hint::Failures),
            ..Waited::new(self.task_id)
        }
    }

    /// Waits until the task has ended, and reads what failed; a signal ends the wait.
    pub(crate) async fn run(mut self, asked: &Asked) -> Result<Waited, CliError> {
        let mut interrupts = Interrupts::new()?;
        let mut waited = Waited::new(self.task_id.clone());
        let is_interrupted = {
            let mut run = pin!(self.wait_and_read(asked, &mut waited));
            tokio::select! {
                biased;
                () = &mut run => false,
                () = interrupts.next() => true,
            }
        };
        if is_interrupted {
            waited.status = WaitStatus::Interrupted;
            waited.hint = self.hint(Hint::Wait);
        }
        waited.unreadable = self.unreadable;
        Ok(waited)
    }

    async fn wait_and_read(&mut self, asked: &Asked, waited: &mut Waited) {
        // No scan begins where none had failed, and no change of the task would show an end.
        if matches!(asked, Asked::All) && self.had_no_failure {
            match self.read_in_time(asked).await {
                Ok(Some(failed)) if failed.is_empty() => {
                    (waited.status, waited.failed) = (WaitStatus::NothingFailed, Some(failed));
                    return;
                }
                Ok(Some(_)) | Err(_) => {}
                Ok(None) => self.wait.saw_running(),
            }
        }
        loop {
            let result = match self.wait.until_finished().await {
                Ok(result) => result,
                Err(error) => {
                    waited.reason = Some(error.to_string());
                    waited.hint = self.hint(Hint::Wait);
                    return;
                }
            };
            waited.state = result.state().cloned().or(waited.state.take());
            if !result.is_finished() {
                waited.reason = Some(not_confirmed(result.has_begun(), result.error(), waited.state.as_ref()));
                waited.hint = self.hint(match result.has_begun() {
                    true => Hint::Wait,
                    false => Hint::NewTask,
                });
                return;
            }
            match self.read_in_time(asked).await {
                // The list of tasks and that of servers need not agree at once.
                Ok(None) => self.wait.saw_running(),
                Ok(failed) => {
                    (waited.status, waited.failed) = (WaitStatus::Finished, failed);
                    return;
                }
                Err(reason) => {
                    waited.reason = Some(reason);
                    waited.hint = self.hint(Hint::Failures);
                    return;
                }
            }
        }
    }

    /// What failed, or why the time limit does not allow to say so.
    async fn read_in_time(&mut self, asked: &Asked) -> Result<Option<Vec<Item>>, String> {
        let left = self.wait.time_left();
        match tokio::time::timeout(left, self.read(asked)).await {
            Ok(read) => read.map_err(|error| format!("what failed could not be read whole: {error}")),
            Err(_) => Err("the time passed while what failed was read".to_owned()),
        }
    }

    /// A simulator in this process ends with the command.
    fn hint(&self, hint: Hint) -> Option<String> {
        if self.context.is_simulated {
            return None;
        }
        let (kind, id, context) = (self.kind, &self.task_id, self.context);
        let wait = next::wait(kind, id, context);
        Some(match hint {
            Hint::Failures => next::failures(kind, id, context),
            Hint::Wait => wait,
            Hint::NewTask => format!("{}; {wait}", next::new_task(kind, context)),
        })
    }

    /// What failed of that which was asked for; `None` where some of it is still being scanned.
    async fn read(&mut self, asked: &Asked) -> Result<Option<Vec<Item>>, Error> {
        let client = self.context.client.clone();
        let (scanning, failed) = match self.kind {
            TaskKind::Servers => {
                let all = client.vul_scan_task_hosts(&self.task_id);
                self.not_successful(&all, |status| all.clone().status(status)).await?
            }
            TaskKind::Clusters => {
                let all = client.task_resources(&self.task_id);
                self.not_successful(&all, |status| all.clone().status(status)).await?
            }
        };
        if scanning.iter().any(|item| item.is_scanning() && asked.has(item)) {
            return Ok(None);
        }
        Ok(Some(failed.into_iter().filter(|item| asked.has_failed(item)).collect()))
    }

    /// The rows of scans that run and of those that failed. All others must be of scans that succeeded.
    async fn not_successful<O>(
        &mut self,
        all: &Request<O>,
        with: impl Fn(ScanStatusFilter) -> Request<O>,
    ) -> Result<(Vec<Item>, Vec<Item>), Error>
    where
        O: ListOperation,
        Item: From<O::Row>,
    {
        let scanning = self.items(with(ScanStatusFilter::Scanning)).await?;
        let failed = self.items(with(ScanStatusFilter::Failed)).await?;
        let successful = self.total(with(ScanStatusFilter::Success)).await?;
        let rows = self.total(all.clone()).await?;
        match rows.abs_diff(successful + (scanning.len() + failed.len()) as u64) {
            // Scans that run are waited for, and can end between two answers.
            0 => Ok((scanning, failed)),
            _ if !scanning.is_empty() => Ok((scanning, failed)),
            others => {
                let message = format!("rows of the list that are neither of a success nor of a failure: {others}");
                Err(Error::builder(ErrorKind::Protocol, Outcome::NoEffect, message).build())
            }
        }
    }

    /// The number of rows by the service.
    async fn total<O: ListOperation>(&self, request: Request<O>) -> Result<u64, Error> {
        let mut listing = Reader::new(self.context, self.pace).listing(request);
        listing.next_page().await?;
        let none = "the service does not say how many rows the list has";
        let error = || Error::builder(ErrorKind::Protocol, Outcome::NoEffect, none).build();
        listing.total().ok_or_else(error)
    }

    async fn items<O>(&mut self, request: Request<O>) -> Result<Vec<Item>, Error>
    where
        O: ListOperation,
        Item: From<O::Row>,
    {
        let all: All<O::Row> = Reader::new(self.context, self.pace).listing(request).all().await?;
        let complete = all.complete();
        let items: Vec<Item> = all.rows.into_iter().map(Item::from).collect();
        let parts = items.iter().map(|item| item.unreadable).sum();
        self.unreadable += all.unreadable + parts;
        complete?;
        match parts {
            0 => Ok(items),
            parts => Err(unreadable(parts)),
        }
    }
}

/// Why the time passed without an end that counts.
fn not_confirmed(has_begun: bool, error: Option<&Error>, state: Option<&TaskState>) -> String {
    if let Some(error) = error {
        return format!("the time passed, and the last poll failed: {error}");
    }
    match state {
        None => "the list of tasks does not have the task",
        Some(_) if has_begun => "the time passed while scans ran",
        Some(state) if state.has_ended() => {
            "the time passed, and the end that the task shows may be one from before: no scan was seen to begin"
        }
        Some(state) if state.is_running() => {
            "the time passed while the task ran, as it did before the request: whether the scans of this command run was not seen"
        }
        Some(_) => "the time passed, and no scan was seen to begin after the request",
    }
    .to_owned()
}

/// `hss wait`.
pub(crate) async fn run(arguments: WaitArguments, messages: &Messages) -> Result<Report, CliError> {
    let context = Context::new(&arguments.options, Tasks::Demo, messages).await?;
    let task_id = &arguments.task_id;
    let kind = match arguments.kind.servers {
        true => TaskKind::Servers,
        false => TaskKind::Clusters,
    };
    if context.dry_run {
        let reader = Reader::new(&context, None);
        return Ok(Report::Preview(match kind {
            TaskKind::Servers => reader.preview(context.client.vul_scan_tasks().task_id(task_id)).await?,
            TaskKind::Clusters => reader.preview(context.client.tasks().task_id(task_id)).await?,
        }));
    }
    let mut waiter = Waiter::new(&context, kind, task_id, arguments.limits);
    // Whoever mistypes an id must not wait for hours.
    let Some(state) = signal::unless_interrupted_read(waiter.wait.look()).await? else {
        let message = format!("the list of tasks does not have the task {task_id}");
        let error = Error::builder(ErrorKind::NotFound, Outcome::NoEffect, message);
        let other = match kind {
            TaskKind::Servers => "hss wait --clusters is for tasks that scan clusters",
            TaskKind::Clusters => "hss wait --servers is for tasks that scan servers",
        };
        return Err(error
            .with_hint(format!("hss tasks lists the tasks; {other}"))
            .build()
            .into());
    };
    if state.has_ended() {
        messages.note(&format!(
            "the task has ended: {}; waiting for scans that begin now{}",
            task::words(&state),
            waiter
                .hint(Hint::Failures)
                .map(|hint| format!("; {hint}"))
                .unwrap_or_default()
        ));
    }
    let waited = waiter.run(&Asked::All).await?;
    Ok(Report::Waited { sent: None, waited })
}
