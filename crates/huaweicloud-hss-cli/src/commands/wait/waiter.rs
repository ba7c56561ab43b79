//! Waiting for the end of a task, from the look at it before a request to what failed after it.

use std::pin::pin;
use std::time::Duration;

use huaweicloud_hss::Error;
use huaweicloud_hss::bulk::{Pace, Stop};
use huaweicloud_hss::reads::{TaskKind, TaskState, Wait};

use super::failures::{Asked, Failures};
use crate::args::reads::WaitLimits;
use crate::commands::next;
use crate::context::Context;
use crate::error::CliError;
use crate::output::progress::poll::PollView;
use crate::output::reads::item::Item;
use crate::output::reads::task;
use crate::output::reads::wait::{WaitStatus, Waited};
use crate::signal::{self, Interrupts};

/// How often a simulator in this process is polled.
const SIMULATED: Duration = Duration::from_millis(100);

/// What to do where the task could not be read before the request.
const UNREAD: &str =
    "nothing was sent, because --wait needs to know the task as it was; without --wait nothing is read";

/// How often the task is read before the last request. One batch more or less is no reason to leave the rest unsent, and
/// without this the end cannot be confirmed.
const LOOKS: usize = 3;

/// What a command that ends before the task names as the next one.
pub(super) enum Hint {
    Failures,
    /// The task has ended, and its end may be an older one.
    Ended,
    Wait,
    NewTask,
}

/// How often what failed is read until it is read whole.
const READS: usize = 3;

/// A task that is waited for.
pub(crate) struct Waiter<'a> {
    context: &'a Context<'a>,
    kind: TaskKind,
    task_id: String,
    wait: Wait<'a>,
    failures: Failures<'a>,
    /// Whether the task had ended before the request, and nothing of it had failed.
    had_no_failure: bool,
}

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
            failures: Failures::new(context, kind, task_id, interval.map(|_| Pace::off())),
            had_no_failure: false,
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
        let state = self.look().await?;
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

    /// The result where a signal came before the wait.
    pub(crate) fn interrupted(self) -> Waited {
        Waited {
            status: WaitStatus::Interrupted,
            hint: self.hint(Hint::Wait),
            ..Waited::new(self.task_id)
        }
    }

    /// The result without a wait.
    pub(crate) fn not_begun(self, reason: &str) -> Waited {
        Waited {
            reason: Some(reason.to_owned()),
            hint: self.hint(Hint::Failures),
            ..Waited::new(self.task_id)
        }
    }

    /// Waits for what an earlier command started, where the task runs; otherwise the result is what fails now. The end that
    /// it shows may be an older one.
    pub(crate) async fn take_up(mut self, asked: &Asked) -> Result<Waited, CliError> {
        let state = match self.look().await {
            Ok(state) => state,
            Err(error) => {
                let reason = format!("the task could not be read: {}", error.message());
                return Ok(self.not_begun(&reason));
            }
        };
        if state.as_ref().is_some_and(TaskState::is_running) {
            self.wait.saw_running();
            return self.run(asked).await;
        }
        let by_task = state.as_ref().and_then(|state| state.failed);
        let read = async { Ok::<_, CliError>(self.read_in_time(asked, by_task).await) };
        let (failed, reason) = match signal::unless_interrupted_read(read).await {
            Err(_) => return Ok(self.interrupted()),
            // The list shows scans that the task does not.
            Ok(Ok(None)) => {
                self.wait.saw_running();
                return self.run(asked).await;
            }
            Ok(Ok(failed)) => (
                failed,
                "this command started nothing, and the task does not run now".to_owned(),
            ),
            Ok(Err(reason)) => (None, reason),
        };
        Ok(Waited {
            state,
            failed,
            unreadable: self.failures.unreadable,
            ..self.not_begun(&reason)
        })
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
        waited.unreadable = self.failures.unreadable;
        Ok(waited)
    }

    async fn wait_and_read(&mut self, asked: &Asked, waited: &mut Waited) {
        // No scan begins where none had failed, and no change of the task would show an end.
        if matches!(asked, Asked::All) && self.had_no_failure {
            match self.read_in_time(asked, Some(0)).await {
                Ok(Some(failed)) if failed.is_empty() => {
                    (waited.status, waited.failed) = (WaitStatus::NothingFailed, Some(failed));
                    return;
                }
                Ok(Some(_)) | Err(_) => {}
                Ok(None) => self.wait.saw_running(),
            }
        }
        let mut unread = Vec::new();
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
                let state = waited.state.as_ref();
                let reason = unread.pop();
                waited.reason = reason.or_else(|| Some(not_confirmed(result.has_begun(), result.error(), state)));
                waited.hint = self.hint(match (&waited.state, result.has_begun()) {
                    (Some(state), _) if state.has_ended() => Hint::Ended,
                    (_, true) => Hint::Wait,
                    (_, false) => Hint::NewTask,
                });
                return;
            }
            let by_task = waited.state.as_ref().and_then(|state| state.failed);
            match self.read_in_time(asked, by_task).await {
                // The list of tasks and that of servers need not agree at once.
                Ok(None) => self.wait.saw_running(),
                Ok(Some(failed)) => {
                    waited.hint = if failed.is_empty() {
                        None
                    } else {
                        self.hint(Hint::Failures)
                    };
                    (waited.status, waited.failed) = (WaitStatus::Finished, Some(failed));
                    return;
                }
                // Rows can move while they are read.
                Err(reason) if unread.len() + 1 < READS => {
                    unread.push(reason);
                    self.wait.saw_running();
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
    async fn read_in_time(&mut self, asked: &Asked, by_task: Option<i32>) -> Result<Option<Vec<Item>>, String> {
        let left = self.wait.time_left();
        match tokio::time::timeout(left, self.failures.read(asked, by_task)).await {
            Ok(read) => read.map_err(|error| format!("what failed could not be read whole: {error}")),
            Err(_) => Err("the time passed while what failed was read".to_owned()),
        }
    }

    /// A simulator in this process ends with the command.
    pub(super) fn hint(&self, hint: Hint) -> Option<String> {
        if self.context.is_simulated {
            return None;
        }
        let (kind, id, context) = (self.kind, &self.task_id, self.context);
        let wait = next::wait(kind, id, context);
        Some(match hint {
            Hint::Failures => next::failures(kind, id, context),
            Hint::Ended => format!(
                "{}; {}",
                next::failures(kind, id, context),
                next::new_task(kind, context)
            ),
            Hint::Wait => wait,
            Hint::NewTask => format!("{}; {wait}", next::new_task(kind, context)),
        })
    }

    /// Reads the task, whatever it does.
    pub(crate) async fn look(&mut self) -> Result<Option<TaskState>, CliError> {
        signal::unless_interrupted_read(self.wait.look()).await
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
