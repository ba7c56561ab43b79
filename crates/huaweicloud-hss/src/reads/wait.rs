//! Waiting for the end of a task.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::task_state::TaskState;
use super::watch::Watch;
use crate::bulk::rate_limit::{Pace, RateLimiter};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Outcome};
use crate::operations::{ListOperation, OperationId, Page, Request, TaskKind};

/// At the quota of five a minute, one more call is free every 12 seconds.
const POLL_INTERVAL: Duration = Duration::from_secs(12);

/// The number of rows of a poll. The service is asked for one task, and this is the smallest page.
const ROWS: u32 = 10;

/// A task that this many polls do not show, and none has shown, is not waited for.
const MAX_UNSEEN: usize = 5;

type Listener<'a> = Box<dyn FnMut(&Poll<'_>) + Send + 'a>;

/// Waits for the end of a task, whose row it reads every 12 seconds.
///
/// After scans were repeated, the first answers may still show the end before. So the wait needs to know the task as it
/// was: call [`take_baseline`](Self::take_baseline) just before the request, and [`until_finished`](Self::until_finished)
/// after it. The end counts only after a change that the repetition can have made; where the task ran already, only after
/// one that shows that scans began. Without a baseline, the end of whatever the task does is waited for.
#[must_use = "nothing is read until the wait begins"]
pub struct Wait<'a> {
    client: Client,
    kind: TaskKind,
    task_id: String,
    enterprise_project_id: Option<String>,
    time_limit: Duration,
    poll_interval: Duration,
    watch: Watch,
    limiter: RateLimiter,
    /// When the time limit passes, once the wait has begun.
    end: Option<Instant>,
    next_poll: Option<Instant>,
    /// Whether a poll ended, in whatever way.
    was_answered: bool,
    listener: Option<Listener<'a>>,
}

/// What one poll of a [`Wait`] came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Poll<'a> {
    /// The task, where the poll shows it.
    pub state: Option<&'a TaskState>,
    /// Whether a change was seen that the scans which are waited for can have made.
    pub has_begun: bool,
    /// Why the poll failed. The wait goes on.
    pub error: Option<&'a Error>,
    /// The rest of the time limit.
    pub time_left: Duration,
}

/// How a [`Wait`] ended.
#[derive(Debug, Clone)]
pub struct WaitResult {
    is_finished: bool,
    has_begun: bool,
    state: Option<TaskState>,
    error: Option<Error>,
}

impl WaitResult {
    /// Whether the task was seen to end. `false` where the time limit passed, even if the task shows an end that may be an
    /// older one.
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Whether a change was seen that the scans which are waited for can have made.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The task as it was seen last. That it is finished does not say that its scans succeeded.
    pub fn state(&self) -> Option<&TaskState> {
        self.state.as_ref()
    }

    /// The error of the last poll, if that failed.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

impl Client {
    /// Waits for the end of a task. See [`reads`](crate::reads).
    pub fn wait_for<'a>(&self, kind: TaskKind, task_id: impl Into<String>) -> Wait<'a> {
        let operation = match kind {
            TaskKind::Servers => OperationId::ListVulScanTask,
            TaskKind::Clusters => OperationId::ListTasks,
        };
        Wait {
            client: self.clone(),
            kind,
            task_id: task_id.into(),
            enterprise_project_id: None,
            time_limit: Duration::from_secs(2 * 60 * 60),
            poll_interval: POLL_INTERVAL,
            watch: Watch::of_task(),
            limiter: RateLimiter::new(Pace::quota(operation)),
            end: None,
            next_poll: None,
            was_answered: false,
            listener: None,
        }
    }
}

impl<'a> Wait<'a> {
    /// The enterprise project of the task, as for [`Request::enterprise_project_id`].
    pub fn enterprise_project_id(mut self, id: impl Into<String>) -> Self {
        self.enterprise_project_id = Some(id.into());
        self
    }

    /// How long the wait takes at most, from the begin of [`until_finished`](Self::until_finished). The default is two
    /// hours.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The time between two polls, in place of the 12 seconds that the quota of the service allows. A shorter one is for
    /// a simulator, so that tests need not wait for minutes: the service throttles it.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self.limiter = RateLimiter::new(Pace::off());
        self
    }

    /// Calls this after every poll.
    pub fn on_poll(mut self, listener: impl FnMut(&Poll<'_>) + Send + 'a) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Reads the task as it is before its scans are repeated. Where several requests repeat scans, this goes before the
    /// last one.
    ///
    /// # Errors
    /// Those of the call. The wait can go on; it then takes the task for one that runs.
    pub async fn take_baseline(&mut self) -> Result<Option<TaskState>, Error> {
        self.set_baseline(None);
        let state = self.look().await?;
        self.set_baseline(state.clone());
        Ok(state)
    }

    /// The task as it was before its scans were repeated, which an earlier [`look`](Self::look) found. Without one, the
    /// wait takes it for a task that ran.
    pub fn set_baseline(&mut self, state: Option<TaskState>) {
        self.watch = Watch::of_repetition(state);
    }

    /// Whether the quota allows a [`look`](Self::look) without a delay.
    pub fn can_look(&self) -> bool {
        let now = Instant::now();
        self.limiter.next(now).is_none_or(|at| at <= now)
    }

    /// Reads the task once; `None` where the list does not have it.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn look(&mut self) -> Result<Option<TaskState>, Error> {
        self.read().await
    }

    /// Something else, such as the list of servers, shows scans that are waited for while they run. The end that was seen
    /// was not theirs; [`until_finished`](Self::until_finished) can go on within the same time limit.
    pub fn saw_running(&mut self) {
        self.watch.saw_running();
    }

    /// The rest of the time limit.
    pub fn time_left(&self) -> Duration {
        self.end
            .map_or(self.time_limit, |end| end.saturating_duration_since(Instant::now()))
    }

    /// Polls until the task has ended, or the time limit has passed. The wait also ends where five polls in a row do not
    /// find the task and none has found it.
    ///
    /// # Errors
    /// Where a poll is refused for a reason that does not pass. After other failures the wait goes on.
    pub async fn until_finished(&mut self) -> Result<WaitResult, Error> {
        let limit = self.time_limit;
        let end = *self
            .end
            .get_or_insert_with(|| Instant::now() + limit.min(Duration::from_secs(365 * 24 * 60 * 60)));
        let mut result = WaitResult {
            is_finished: false,
            has_begun: self.watch.has_begun(),
            state: None,
            error: None,
        };
        // An error leaves by the poll itself.
        match timeout_at(end, self.poll_to_the_end(&mut result)).await {
            Ok(failed) => failed.map(|()| result),
            Err(_) => {
                if !self.was_answered {
                    let message = "no answer came to a poll";
                    result.error = Some(Error::builder(ErrorKind::Timeout, Outcome::NoEffect, message).build());
                }
                Ok(result)
            }
        }
    }

    async fn poll_to_the_end(&mut self, result: &mut WaitResult) -> Result<(), Error> {
        let mut unseen = 0;
        loop {
            if let Some(at) = self.next_poll {
                sleep_until(at).await;
            }
            let read = self.read().await;
            self.next_poll = Some(Instant::now() + self.poll_interval);
            self.was_answered = true;
            let (state, error) = match read {
                Ok(state) => (state, None),
                Err(error) if passes(&error) => (None, Some(error)),
                Err(error) => return Err(error),
            };
            result.is_finished = state.as_ref().is_some_and(|state| self.watch.observe(state));
            result.has_begun = self.watch.has_begun();
            let time_left = self.time_left();
            if let Some(listener) = &mut self.listener {
                listener(&Poll {
                    state: state.as_ref(),
                    has_begun: result.has_begun,
                    error: error.as_ref(),
                    time_left,
                });
            }
            result.state = state.or(result.state.take());
            result.error = error;
            unseen = if result.error.is_none() && result.state.is_none() {
                unseen + 1
            } else {
                0
            };
            if result.is_finished || unseen == MAX_UNSEEN {
                return Ok(());
            }
        }
    }

    /// The row of the task, where the list has it.
    async fn read(&mut self) -> Result<Option<TaskState>, Error> {
        if let Some(at) = self.limiter.next(Instant::now()) {
            sleep_until(at).await;
        }
        self.limiter.sent();
        let (client, id) = (self.client.clone(), self.task_id.clone());
        let enterprise_project_id = self.enterprise_project_id.clone();
        let state = match self.kind {
            TaskKind::Servers => {
                let page = page(client.vul_scan_tasks().task_id(&id), enterprise_project_id).await;
                page.map(|page| {
                    page.rows
                        .iter()
                        .find(|row| row.id.as_ref() == Some(&id))
                        .map(TaskState::from)
                })
            }
            TaskKind::Clusters => {
                let page = page(client.tasks().task_id(&id), enterprise_project_id).await;
                page.map(|page| {
                    page.rows
                        .iter()
                        .find(|row| row.task_id.as_ref() == Some(&id))
                        .map(TaskState::from)
                })
            }
        };
        self.limiter.answered(Instant::now());
        state
    }
}

/// The first rows of a list.
async fn page<O: ListOperation>(
    request: Request<O>,
    enterprise_project_id: Option<String>,
) -> Result<Page<O::Row>, Error> {
    let request = request.page(0, ROWS);
    let request = match enterprise_project_id {
        Some(id) => request.enterprise_project_id(id),
        None => request,
    };
    request.send().await
}

/// Whether a later poll can succeed.
fn passes(error: &Error) -> bool {
    use ErrorKind::{Connect, Protocol, Server, Throttled, Timeout};
    matches!(error.kind(), Connect | Protocol | Server | Throttled | Timeout)
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("kind", &self.kind)
            .field("task_id", &self.task_id)
            .field("time_limit", &self.time_limit)
            .field("watch", &self.watch)
            .finish_non_exhaustive()
    }
}
