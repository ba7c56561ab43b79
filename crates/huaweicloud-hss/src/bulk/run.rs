//! Sending the batches of a plan.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::batch_state::BatchState;
use super::batch_tracker::{BatchTracker, journal_thread_ended};
use super::header::Header;
use super::journal::{self, Journal, Replay};
use super::plan::Plan;
use super::progress::{Event, Progress, WaitReason};
use super::rate_limit::{Pace, RateLimiter};
use super::stop::Stop;
use super::summary::Summary;
use crate::accepted::Accepted;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Outcome, codes};

/// The maximum number of waits in a row after too many calls (429), or after the gateway could not ask IAM about the
/// caller (503 `APIGW.0613`). After that the run ends.
pub const MAX_CONSECUTIVE_THROTTLED: usize = 5;

/// The longest wait that a run accepts from `Retry-After`. Where the service asks for more, the run ends.
const MAX_WAIT: Duration = Duration::from_secs(60 * 60);

/// The number of batches in a row with an unknown outcome after which a run ends.
pub const MAX_CONSECUTIVE_UNKNOWN: usize = 3;

/// A run that can be started. See the [module's page](super).
#[must_use = "nothing is sent until the run is sent"]
pub struct Run<'a> {
    client: Client,
    plan: Plan,
    place: Place,
    pace: Pace,
    parallel: usize,
    resend_unknown: bool,
    retry_refused_after: Option<Duration>,
    stop: Stop,
    listener: Option<Listener<'a>>,
}

type Listener<'a> = Box<dyn FnMut(&Progress<'_>) + Send + 'a>;

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
            .field("pace", &self.pace)
            .field("parallel", &self.parallel)
            .field("resend_unknown", &self.resend_unknown)
            .field("retry_refused_after", &self.retry_refused_after)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sends any number of servers or clusters of one task, a batch at a time. See [`bulk`](crate::bulk).
    pub fn bulk<'a>(&self, plan: &Plan) -> Run<'a> {
        Run::new(self.clone(), plan)
    }
}

impl<'a> Run<'a> {
    fn new(client: Client, plan: &Plan) -> Self {
        Self {
            client,
            plan: plan.clone(),
            place: Place::Nowhere,
            pace: Pace::quota(plan.operation()),
            parallel: 1,
            resend_unknown: false,
            retry_refused_after: None,
            stop: Stop::new(),
            listener: None,
        }
    }

    /// Keeps the journal in this file, or resumes the run whose journal it is. Without a journal, only the [`Summary`]
    /// knows what was sent.
    ///
    /// The file is locked while the run goes on, and only its owner can read it. It holds no secret and no id of a
    /// server or cluster.
    pub fn journal(mut self, file: impl Into<PathBuf>) -> Self {
        self.place = Place::File(file.into());
        self
    }

    /// Keeps the journal in this folder, under a name that is derived from the run, so that the same run finds it
    /// again. The folder is created if needed.
    pub fn journal_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Place::Folder(folder.into());
        self
    }

    /// The maximum number of requests a minute. The default is the service's quota for one user, 5.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The maximum number of concurrent requests. The default is 1, which 0 means too. The pace holds for all of them
    /// together.
    pub fn parallel(mut self, requests: usize) -> Self {
        self.parallel = requests.max(1);
        self
    }

    /// Resends the batches whose outcome earlier runs left unknown. Their scans may start twice.
    pub fn resend_unknown(mut self, resend: bool) -> Self {
        self.resend_unknown = resend;
        self
    }

    /// Retries a batch at this interval where the service refused it and the task may still be scanning. [`Stop`] ends
    /// the retries.
    ///
    /// The vendor names no code for a task that is still scanning. So every refusal of the service itself is retried, not
    /// of the gateway, unless its code is known to say something else, such as an invalid parameter, a missing permission
    /// or resource, an exhausted quota, or an agent that is missing or offline.
    pub fn retry_refused_after(mut self, interval: Duration) -> Self {
        self.retry_refused_after = Some(interval);
        self
    }

    /// A handle that ends the run from outside.
    pub fn stop(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Calls this with every event of the run. The run waits until it returns.
    pub fn on_progress(mut self, listener: impl FnMut(&Progress<'_>) + Send + 'a) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Sends the batches that are still to be sent. If the future is dropped before its end, the outcome of the batches
    /// in flight is unknown.
    ///
    /// # Errors
    /// Where the run cannot begin; then it sent nothing. [`ErrorKind::Invalid`] where the journal cannot be used: it
    /// belongs to another run, another process uses it, it is damaged, or its file cannot be opened or written. The
    /// error that ends a run which has begun is in its [`Summary`].
    pub async fn send(self) -> Result<Summary, Error> {
        let project_id = self.client.project_id().await?;
        let header = Header::of(
            &self.plan,
            self.client.endpoint(),
            &project_id,
            Timestamp::now().to_string(),
        );
        let (batches, place) = (self.plan.batches(), self.place);
        let opened = spawn_blocking(move || open(place, &header, batches)).await;
        let (path, journal, replay) = opened.map_err(|error| journal_thread_ended(Outcome::NotSent, error))??;
        let (mut limiter, now, clock) = (RateLimiter::new(self.pace), Instant::now(), Timestamp::now());
        for ended in &replay.ended {
            let age = Duration::try_from(clock.duration_since(*ended)).unwrap_or_default();
            // An instant before the start of this machine cannot be represented, and is more than a minute ago.
            if let Some(ended) = now.checked_sub(age) {
                limiter.count(ended);
            }
        }
        let tracker = BatchTracker::new(self.plan.clone(), path, journal, replay);
        let runner = Runner {
            client: self.client,
            queue: tracker.to_send(self.resend_unknown).collect(),
            plan: self.plan,
            tracker,
            limiter,
            window: self.pace.window(),
            parallel: self.parallel,
            retry_refused_after: self.retry_refused_after,
            stop: self.stop,
            listener: self.listener,
            wait: None,
            throttled: 0,
            unknown: 0,
            error: None,
        };
        Ok(runner.run().await)
    }
}

fn open(place: Place, header: &Header, batches: usize) -> Result<(Option<PathBuf>, Option<Journal>, Replay), Error> {
    let path = match place {
        Place::Nowhere => return Ok((None, None, Replay::none(batches))),
        Place::File(path) => path,
        Place::Folder(folder) => {
            journal::make_folder(&folder)?;
            folder.join(header.file_name())
        }
    };
    let (journal, replay) = Journal::open(&path, header, batches)?;
    Ok((Some(path), Some(journal), replay))
}

/// A run while it sends.
struct Runner<'a> {
    client: Client,
    plan: Plan,
    queue: VecDeque<usize>,
    tracker: BatchTracker,
    limiter: RateLimiter,
    /// The wait after too many calls where the service names none.
    window: Duration,
    parallel: usize,
    retry_refused_after: Option<Duration>,
    stop: Stop,
    listener: Option<Listener<'a>>,
    /// The end of the wait that the service asked for, and its reason.
    wait: Option<(Instant, WaitReason)>,
    /// Batches in a row that were throttled.
    throttled: usize,
    /// Batches in a row whose outcome is unknown.
    unknown: usize,
    /// The error that ends the run. Nothing new is sent after it.
    error: Option<Error>,
}

impl Runner<'_> {
    async fn run(mut self) -> Summary {
        let mut in_flight = FuturesUnordered::new();
        let mut stopped = false;
        let mut announced = None;
        let path = self.tracker.path().cloned();
        self.tell(Event::Began {
            journal: path.as_deref(),
        });
        loop {
            let may_send = !stopped && self.error.is_none() && in_flight.len() < self.parallel;
            let next = self.queue.front().copied().filter(|_| may_send);
            let next = next.and_then(|batch| Some((batch, self.next_send()?)));
            if in_flight.is_empty() && next.is_none() {
                break;
            }
            let (at, reason) = next.map_or((Instant::now(), WaitReason::Pace), |(_, send)| send);
            let time = at.saturating_duration_since(Instant::now());
            if !time.is_zero() && announced != Some(at) {
                announced = Some(at);
                self.tell(Event::Waiting { time, reason });
            }
            // The awaited futures are cancel-safe; work that must finish runs in the branch bodies.
            tokio::select! {
                biased;
                () = self.stop.stopped(), if !stopped => {
                    stopped = true;
                    self.tell(Event::Stopping { in_flight: in_flight.len() });
                }
                Some((batch, before, result)) = in_flight.next(), if !in_flight.is_empty() => {
                    self.limiter.answered(Instant::now());
                    self.end_send(batch, before, result).await;
                }
                () = sleep_until(at), if next.is_some() => {
                    if let Some((batch, before)) = self.begin_send().await {
                        let (plan, client) = (self.plan.clone(), self.client.clone());
                        in_flight.push(async move { (batch, before, plan.send(&client, batch).await) });
                    }
                }
            }
        }
        self.tracker.summary(self.error, stopped)
    }

    /// When the next batch may be sent, and what it waits for until then; `None` where a response must come first.
    fn next_send(&self) -> Option<(Instant, WaitReason)> {
        let by_pace = self.limiter.next(Instant::now())?;
        Some(match self.wait {
            Some((until, reason)) if until > by_pace => (until, reason),
            _ => (by_pace, WaitReason::Pace),
        })
    }

    /// Records that the next batch is being sent. Gives the batch and its state before that. If it cannot be recorded,
    /// the run ends.
    async fn begin_send(&mut self) -> Option<(usize, BatchState)> {
        let batch = self.queue.pop_front()?;
        match self.tracker.sending(batch).await {
            Ok(before) => {
                self.limiter.sent();
                self.tell(Event::Sending { batch });
                Some((batch, before))
            }
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    async fn end_send(&mut self, batch: usize, before: BatchState, result: Result<Accepted, Error>) {
        let noted = self.tracker.ended(batch, before, &result).await;
        match result {
            Ok(accepted) => {
                (self.throttled, self.unknown) = (0, 0);
                let request_id = accepted.request_id();
                self.tell(Event::Confirmed { batch, request_id });
            }
            Err(error) => {
                self.tell(Event::Failed { batch, error: &error });
                self.failed(batch, error);
            }
        }
        if let Err(error) = noted {
            self.error.get_or_insert(error);
        }
    }

    /// Decides whether the batch is retried, the run goes on with the others, or the run ends.
    fn failed(&mut self, batch: usize, error: Error) {
        // The only refusal of the kind `Server` is the gateway's that could not ask IAM about the caller, which is
        // temporary too.
        let is_temporary = matches!(error.kind(), ErrorKind::Throttled | ErrorKind::Server);
        let is_throttled = error.outcome() == Outcome::Refused && is_temporary;
        let is_unknown = error.outcome() == Outcome::Unknown;
        let now = Instant::now();
        let is_waiting = self.wait.is_some_and(|(until, _)| until > now);
        self.throttled = match is_throttled {
            // A request that was sent before the wait says nothing about those after it.
            true if is_waiting => self.throttled,
            true => self.throttled + 1,
            false => 0,
        };
        self.unknown = if is_unknown { self.unknown + 1 } else { 0 };
        let asked = error.retry_after().unwrap_or(self.window);
        let can_wait = is_throttled && self.throttled <= MAX_CONSECUTIVE_THROTTLED && asked <= MAX_WAIT;
        let again = match self.retry_refused_after {
            _ if can_wait => Some((asked, WaitReason::Throttled)),
            Some(interval) if may_be_busy(&error) => Some((interval, WaitReason::Busy)),
            _ => None,
        };
        let again = again.and_then(|(time, reason)| Some((now.checked_add(time)?, reason)));
        if let Some((until, reason)) = again {
            self.queue.push_front(batch);
            // The service may have asked another batch to wait longer.
            if self.wait.is_none_or(|(pending, _)| pending < until) {
                self.wait = Some((until, reason));
            }
        } else if !is_unknown || (self.unknown >= MAX_CONSECUTIVE_UNKNOWN && !self.queue.is_empty()) {
            self.error.get_or_insert(error);
        }
    }

    fn tell(&mut self, event: Event<'_>) {
        if let Some(listener) = &mut self.listener {
            let counts = self.tracker.counts();
            listener(&Progress {
                event,
                counts,
                time_left: self.limiter.min_time(self.queue.len(), Instant::now()),
            });
        }
    }
}

/// Whether the service refused the batch for a reason that can be a scan of the task that still runs.
fn may_be_busy(error: &Error) -> bool {
    error.outcome() == Outcome::Refused && codes::may_be_busy(error.status(), error.code())
}

#[cfg(test)]
mod tests {
    use huaweicloud_hss_sim::{Fault, Quota, Simulator};

    use super::*;
    use crate::RetryPolicy;

    const WINDOW: Duration = Duration::from_millis(300);

    async fn cloud() -> (Simulator, Client) {
        let simulator = Simulator::builder().quota(Quota::off()).any_task(true);
        let simulator = simulator.start().await.unwrap();
        let client = Client::builder()
            .endpoint(simulator.endpoint())
            .project_id(simulator.project_id())
            .retry_policy(RetryPolicy::none())
            .token(simulator.token());
        (simulator, client.build().unwrap())
    }

    fn plan(batches: usize) -> Plan {
        Plan::rescan("task", (0..batches * 1000).map(|number| number.to_string())).unwrap()
    }

    fn pace(calls: u32) -> Pace {
        Pace::per_minute(calls).unwrap().within(WINDOW)
    }

    #[tokio::test]
    async fn ends_after_too_many_throttled_responses_in_a_row() {
        let (simulator, client) = cloud().await;
        let throttled = || Fault::answer(429).body(r#"{"error_code": "APIGW.0308", "error_msg": "too many"}"#);
        let pace = Pace::off().within(Duration::from_millis(1));
        simulator
            .inject(throttled().times(MAX_CONSECUTIVE_THROTTLED as u64))
            .unwrap();
        let mut waits = 0;
        let run = client.bulk(&plan(2)).pace(pace).on_progress(|progress| {
            let Event::Waiting { reason, .. } = progress.event else {
                return;
            };
            waits += usize::from(reason == WaitReason::Throttled);
        });
        let summary = run.send().await.unwrap();
        assert_eq!(summary.counts().confirmed.batches, 2);
        assert!(waits <= MAX_CONSECUTIVE_THROTTLED, "{waits}");

        simulator.inject(throttled().times(100)).unwrap();
        let before = simulator.requests().len();
        let summary = client.bulk(&plan(2)).pace(pace).send().await.unwrap();
        assert_eq!(summary.error().map(Error::kind), Some(ErrorKind::Throttled));
        assert_eq!(summary.counts().refused.batches, 1);
        assert_eq!(simulator.requests().len() - before, MAX_CONSECUTIVE_THROTTLED + 1);
    }

    #[tokio::test]
    async fn waits_as_long_as_the_service_asks_up_to_an_hour() {
        let throttled = |wait: &str| Fault::answer(429).header("Retry-After", wait);
        let (simulator, client) = cloud().await;
        simulator.inject(throttled("0")).unwrap();
        let summary = client.bulk(&plan(1)).pace(Pace::off()).send().await.unwrap();
        assert_eq!(summary.counts().confirmed.batches, 1, "no minute was waited");

        for absurd in ["3601", "99999999999999999999"] {
            simulator.inject(throttled(absurd)).unwrap();
            let summary = client.bulk(&plan(1)).pace(Pace::off()).send().await.unwrap();
            assert_eq!(summary.error().map(Error::kind), Some(ErrorKind::Throttled), "{absurd}");
        }
    }

    /// The service throttles all requests that were sent together.
    #[tokio::test]
    async fn counts_a_burst_of_throttled_responses_once() {
        const BURST: usize = MAX_CONSECUTIVE_THROTTLED + 3;
        let (simulator, client) = cloud().await;
        simulator.inject(Fault::answer(429).times(BURST as u64)).unwrap();
        let pace = Pace::off().within(Duration::from_secs(1));
        let run = client.bulk(&plan(BURST)).pace(pace).parallel(BURST);
        let summary = run.send().await.unwrap();
        assert_eq!(summary.counts().confirmed.batches, BURST, "{summary:?}");
        assert_eq!(simulator.requests().len(), 2 * BURST);
    }

    #[tokio::test]
    async fn a_shorter_wait_does_not_replace_a_longer_one() {
        let (simulator, client) = cloud().await;
        let throttled = |wait: &str| Fault::answer(429).header("Retry-After", wait);
        simulator.inject(throttled("1")).unwrap();
        let late = Duration::from_millis(300);
        simulator.inject(throttled("0").after(late)).unwrap();
        let (mut sent, begun) = (Vec::new(), Instant::now());
        let run = client.bulk(&plan(2)).pace(Pace::off()).parallel(2);
        let run = run.on_progress(|progress| {
            if matches!(progress.event, Event::Sending { .. }) {
                sent.push(begun.elapsed());
            }
        });
        let summary = run.send().await.unwrap();
        assert_eq!(summary.counts().confirmed.batches, 2, "{summary:?}");
        assert_eq!(sent.len(), 4);
        assert!(sent[2] >= Duration::from_secs(1), "{sent:?}");
    }

    #[tokio::test]
    async fn keeps_the_pace_and_reports_the_time_left() {
        let (_simulator, client) = cloud().await;
        let begun = Instant::now();
        let mut left = Vec::new();
        let run = client.bulk(&plan(5)).pace(pace(2)).parallel(3);
        let summary = run
            .on_progress(|progress| left.push(progress.time_left))
            .send()
            .await
            .unwrap();
        assert_eq!(summary.counts().confirmed.batches, 5);
        assert!(begun.elapsed() >= 2 * WINDOW);
        assert_eq!((left[0], left[left.len() - 1]), (2 * WINDOW, Duration::ZERO));
    }

    #[tokio::test]
    async fn requests_of_the_previous_run_count_against_the_pace() {
        let (simulator, client) = cloud().await;
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(3);
        let run = || client.bulk(&plan).journal(folder.path().join("j")).pace(pace(1));
        simulator.inject(Fault::answer(400)).unwrap();
        let refused = run().send().await.unwrap();
        assert_eq!(refused.counts().refused.batches, 1);
        let mut first = None;
        let resumed = run().on_progress(|progress| {
            if let Event::Waiting { time, .. } = progress.event {
                first = first.or(Some((time, progress.counts.confirmed.batches)));
            }
        });
        resumed.send().await.unwrap();
        let (time, confirmed) = first.unwrap();
        assert_eq!(confirmed, 0);
        assert!(time <= WINDOW, "{time:?}");
    }
}
