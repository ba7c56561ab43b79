//! A run that can be started.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::history::{History, OtherItem, key_of};
use super::item_state::ItemState;
use super::items::Item;
use super::journal::{self, Header, Journal};
use super::plan::Plan;
use super::progress::Progress;
use super::rate_limit::{Pace, RateLimiter};
use super::runner::{Callbacks, Options, Runner};
use super::started::{AlreadyStarted, IfStarted};
use super::stop::Stop;
use super::summary::Summary;
use super::tracker::Tracker;
use crate::client::Client;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// A run that can be started. See the [module's page](super).
#[must_use = "nothing is sent until the run is sent"]
pub struct Run<'a> {
    client: Client,
    plan: Plan,
    place: Place,
    options: Options,
    if_started: IfStarted,
    resend_unknown: bool,
    stop: Stop,
    callbacks: Callbacks<'a>,
}

/// Where the journal is.
#[derive(Debug)]
enum Place {
    Nowhere,
    File(PathBuf),
    Folder(PathBuf),
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("plan", &self.plan)
            .field("place", &self.place)
            .field("options", &self.options)
            .field("if_started", &self.if_started)
            .field("resend_unknown", &self.resend_unknown)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sends any number of servers or clusters of one task, a batch at a time. See [`bulk`](crate::bulk).
    pub fn bulk<'a>(&self, plan: &Plan) -> Run<'a> {
        Run {
            client: self.clone(),
            plan: plan.clone(),
            place: Place::Nowhere,
            options: Options {
                pace: Pace::quota(plan.operation()),
                parallel: 1,
                keep_going: false,
                retry_refused_after: None,
                retry_refused_for: Duration::MAX,
            },
            if_started: IfStarted::Refuse,
            resend_unknown: false,
            stop: Stop::new(),
            callbacks: Callbacks::default(),
        }
    }
}

impl<'a> Run<'a> {
    /// Keeps the journal in this file, which is for one task. Without a journal, only the [`Summary`] knows what was
    /// sent.
    ///
    /// The file is locked while the run goes on, and only its owner can read it. It holds the ids, and no secret.
    pub fn journal(mut self, file: impl Into<PathBuf>) -> Self {
        self.place = Place::File(file.into());
        self
    }

    /// Keeps the journal in this folder, under a name that is derived from the task, its project and its endpoint. The
    /// folder is created if needed.
    pub fn journal_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Place::Folder(folder.into());
        self
    }

    /// The maximum number of requests a minute. The default is the service's quota for one user, 5.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.options.pace = pace;
        self
    }

    /// The maximum number of concurrent requests. The default is 1, which 0 means too. The pace holds for all of them
    /// together. With an access key the first request goes alone, until the service has accepted the key.
    pub fn parallel(mut self, requests: usize) -> Self {
        self.options.parallel = requests.max(1);
        self
    }

    /// What to do where a run of the task that has closed started some of the items. The default is to
    /// [refuse](IfStarted::Refuse) the run.
    pub fn if_started(mut self, choice: IfStarted) -> Self {
        self.if_started = choice;
        self
    }

    /// Resends the items whose outcome earlier runs left unknown. Their scans may start twice.
    pub fn resend_unknown(mut self, resend: bool) -> Self {
        self.resend_unknown = resend;
        self
    }

    /// Sends the other batches where the service refused one for what is in it. By default a refusal ends the run.
    pub fn keep_going(mut self, keep_going: bool) -> Self {
        self.options.keep_going = keep_going;
        self
    }

    /// Retries a batch at this interval where the service refused it and the task may still be scanning. [`Stop`] ends
    /// the retries.
    ///
    /// The vendor names no code for a task that is still scanning. So every refusal of the service itself is retried, not
    /// of the gateway, unless its code is known to say something else, such as an invalid parameter, a missing permission
    /// or resource, an exhausted quota, or an agent that is missing or offline.
    pub fn retry_refused_after(mut self, interval: Duration) -> Self {
        self.options.retry_refused_after = Some(interval);
        self
    }

    /// The longest time for which batches are [retried](Self::retry_refused_after) without one that is accepted. Then the
    /// refusal counts as any other. By default there is no limit.
    pub fn retry_refused_for(mut self, limit: Duration) -> Self {
        self.options.retry_refused_for = limit;
        self
    }

    /// A handle that ends the run from outside.
    pub fn stop(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Calls this with every event of the run. The run waits until it returns.
    pub fn on_progress(mut self, listener: impl FnMut(&Progress<'_>) + Send + 'a) -> Self {
        self.callbacks.listener = Some(Box::new(listener));
        self
    }

    /// Runs this before each batch, such as to see the task as it is until then. It gets the number of the batch, as events
    /// have it, and whether no other batch is left. A batch that is retried comes again. The batch is sent when the future
    /// has ended, unless [`Stop`] was used meanwhile. An error ends the run without it, and is the run's.
    #[cfg(feature = "tasks")]
    pub fn before_each<F>(mut self, mut hook: impl FnMut(usize, bool) -> F + Send + 'a) -> Self
    where
        F: Future<Output = Result<(), Error>> + Send + 'a,
    {
        self.callbacks.before_each = Some(Box::new(move |batch, is_last| Box::pin(hook(batch, is_last))));
        self
    }

    /// Sends the items that are still to be sent. If the future is dropped before its end, the outcome of the batches
    /// in flight is unknown.
    ///
    /// # Errors
    /// Where the run cannot begin; then it sent nothing. [`ErrorKind::Invalid`] where a closed run started some of the
    /// items, with [`AlreadyStarted`] as the source, and where the journal cannot be used: it is about another task,
    /// another process uses it, it is damaged, or its file cannot be opened or written. The error that ends a run which
    /// has begun is in its [`Summary`].
    pub async fn send(self) -> Result<Summary, Error> {
        let project_id = self.client.project_id().await?;
        let header = Header::of(&self.plan, self.client.endpoint(), &project_id);
        let (plan, place, if_started) = (self.plan.clone(), self.place, self.if_started);
        let opened = spawn_blocking(move || open(place, &header, &plan, if_started)).await;
        let opened = opened.map_err(|error| journal::thread_ended(Outcome::NotSent, error))??;
        let limiter = limiter(self.options.pace, &opened.history.ended);
        let Opened { path, journal, history } = opened;
        let tracker = Tracker::new(self.plan.clone(), path, journal, history, self.resend_unknown);
        let runner = Runner::new(
            self.client,
            self.plan,
            tracker,
            limiter,
            self.options,
            self.stop,
            self.callbacks,
        );
        Ok(runner.run().await)
    }
}

struct Opened {
    path: Option<PathBuf>,
    journal: Option<Journal>,
    history: History,
}

fn open(place: Place, header: &Header, plan: &Plan, if_started: IfStarted) -> Result<Opened, Error> {
    let path = match place {
        Place::Nowhere => {
            return Ok(Opened {
                path: None,
                journal: None,
                history: History::of(plan),
            });
        }
        Place::File(path) => path,
        Place::Folder(folder) => {
            journal::make_folder(&folder)?;
            folder.join(header.file_name())
        }
    };
    let (mut journal, mut history) = Journal::open(&path, header, plan)?;
    if if_started == IfStarted::Again && history.last_run.is_some() {
        again(&mut journal, &mut history, header, plan);
    }
    history.set_closed_apart();
    if let Some(item) = history.cluster_started_otherwise(plan) {
        return Err(started_otherwise(item));
    }
    let states = history.states.iter();
    let started = states.filter(|state| **state == ItemState::StartedBefore).count();
    if let (1.., IfStarted::Refuse, Some(began)) = (started, if_started, history.last_closed) {
        return Err(AlreadyStarted::new(started, plan.items(), began).into());
    }
    Ok(Opened {
        path: Some(path),
        journal: Some(journal),
        history,
    })
}

/// Begins anew with the first send: until then a run that ends leaves everything as it was. What is unknown in a run that has
/// not closed stays unknown.
fn again(journal: &mut Journal, history: &mut History, header: &Header, plan: &Plan) {
    history.set_closed_apart();
    let ours = history
        .states
        .iter()
        .enumerate()
        .filter(|(_, state)| state.is_unknown());
    let ours = ours.filter_map(|(index, _)| plan.item(index)).map(key_of);
    let others = history.others.iter().filter(|(_, state)| state.is_unknown());
    let mut unknown: Vec<OtherItem> = ours.chain(others.map(|(item, _)| item.clone())).collect();
    // The scan items of a cluster follow each other in a record.
    unknown.sort_unstable();
    for state in history.states.iter_mut().chain(history.others.values_mut()) {
        *state = match state.is_unknown() {
            true => ItemState::Unknown,
            false => ItemState::NotSent,
        };
    }
    history.last_run = history.last_run.filter(|_| !unknown.is_empty());
    journal.begin_anew(header.clone(), unknown);
}

/// The limiter with the requests of earlier runs that still count.
fn limiter(pace: Pace, ended: &[Timestamp]) -> RateLimiter {
    let (mut limiter, now, clock) = (RateLimiter::new(pace), Instant::now(), Timestamp::now());
    for ended in ended {
        let age = Duration::try_from(clock.duration_since(*ended)).unwrap_or_default();
        // An instant before the start of this machine cannot be represented, and is more than a minute ago.
        if let Some(ended) = now.checked_sub(age) {
            limiter.count(ended);
        }
    }
    limiter
}

fn started_otherwise(item: Item<'_>) -> Error {
    let (now, before) = match item.scan_type() {
        Some(_) => ("scan items", "all its failed scan items"),
        None => ("all failed scan items", "some of its scan items"),
    };
    let message = format!(
        "cluster {}: the list asks for {now}, and the run that is open started {before}",
        item.id()
    );
    ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, message)
        .with_hint("leave the cluster out until that run has closed")
        .build()
}
