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
use crate::client::Client;
use crate::error::{Error, ErrorKind, Outcome};
use crate::operations::accepted::Accepted;

/// How many times in a row a run waits before it ends because there were too many calls (429), or because the gateway could
/// not ask who calls (503 `APIGW.0613`).
pub const MAX_CONSECUTIVE_THROTTLED: usize = 5;

/// The longest wait that the service can ask for with `Retry-After`; the run ends where it asks for more.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// After how many batches in a row that ended in doubt no more is sent.
pub const MAX_CONSECUTIVE_UNKNOWN: usize = 3;

/// A run that can be started. See the [module's page](super).
#[must_use = "nothing is sent until the run is sent"]
pub struct Run<'a> {
    client: &'a Client,
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

impl<'a> Run<'a> {
    pub(crate) fn new(client: &'a Client, plan: &Plan) -> Self {
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

    /// Keeps the journal in this file, or goes on with the run whose journal it is. Without a journal, what was sent is
    /// known to the [`Summary`] alone.
    ///
    /// The file is locked while the run goes on, and readable for its owner alone. It holds no secret and no id of a server
    /// or cluster.
    pub fn journal(mut self, file: impl Into<PathBuf>) -> Self {
        self.place = Place::File(file.into());
        self
    }

    /// Keeps the journal in this folder, under a name that is made of everything that makes the run what it is: the same run
    /// finds it again. The folder is made where there is none.
    pub fn journal_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = Place::Folder(folder.into());
        self
    }

    /// How many requests are sent in a minute; the service's quota for one user, 5, where nothing is said.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// How many requests may be in flight at once; 1 where nothing is said, and for 0. The pace holds for all together.
    pub fn parallel(mut self, requests: usize) -> Self {
        self.parallel = requests.max(1);
        self
    }

    /// Sends batches again that earlier runs left in doubt. Their scans may start twice.
    pub fn resend_unknown(mut self, resend: bool) -> Self {
        self.resend_unknown = resend;
        self
    }

    /// Sends a batch again after this time where the service refused it for a reason that can be scans which still run, as
    /// often as it takes. [`Stop`] ends it.
    ///
    /// The vendor names no code for that. Tried again is a refusal of the service itself, not of the gateway, whose code
    /// does not say something else for certain: parameters, permission, a missing resource, a quota, or a server's agent
    /// that is missing or offline (HSS.0001, 0002, 0010, 0011, 0013, 0014, 1001, 1002 and 1007).
    pub fn retry_refused_after(mut self, between: Duration) -> Self {
        self.retry_refused_after = Some(between);
        self
    }

    /// A handle that ends the run from outside.
    pub fn stop(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Called with whatever happens. The run waits for it.
    pub fn on_progress(mut self, listener: impl FnMut(&Progress<'_>) + Send + 'a) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Sends what is still to be sent. Dropped before its end, it leaves the batches in flight in doubt.
    ///
    /// # Errors
    /// Where the run cannot begin; nothing was sent by it then. [`ErrorKind::Invalid`] where the journal cannot be used: it
    /// belongs to another run, another process uses it, it is damaged, or its file cannot be opened or written. What ends a
    /// run that has begun is in its [`Summary`].
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
            // What was before this machine started counts no more.
            if let Some(ended) = now.checked_sub(age) {
                limiter.count(ended);
            }
        }
        let tracker = BatchTracker::new(self.plan.clone(), path, journal, replay);
        let course = Runner {
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
        Ok(course.run().await)
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

/// A run on its way.
struct Runner<'a> {
    client: &'a Client,
    plan: Plan,
    queue: VecDeque<usize>,
    tracker: BatchTracker,
    limiter: RateLimiter,
    /// How long is waited after too many calls where the service does not say.
    window: Duration,
    parallel: usize,
    retry_refused_after: Option<Duration>,
    stop: Stop,
    listener: Option<Listener<'a>>,
    /// Until when the service wants no request, and why.
    wait: Option<(Instant, WaitReason)>,
    /// In a row.
    throttled: usize,
    unknown: usize,
    /// Why nothing new is sent.
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
            let next = next.and_then(|batch| Some((batch, self.departure()?)));
            if in_flight.is_empty() && next.is_none() {
                break;
            }
            let (at, reason) = next.map_or((Instant::now(), WaitReason::Pace), |(_, departure)| departure);
            let time = at.saturating_duration_since(Instant::now());
            if !time.is_zero() && announced != Some(at) {
                announced = Some(at);
                self.tell(Event::Waiting { time, reason });
            }
            // What waits here can be given up at any time. What must be done to its end stands behind the arrows.
            tokio::select! {
                biased;
                () = self.stop.stopped(), if !stopped => {
                    stopped = true;
                    self.tell(Event::Stopping { in_flight: in_flight.len() });
                }
                Some((batch, before, result)) = in_flight.next(), if !in_flight.is_empty() => {
                    self.limiter.answered(Instant::now());
                    self.arrived(batch, before, result).await;
                }
                () = sleep_until(at), if next.is_some() => {
                    if let Some((batch, before)) = self.depart().await {
                        let (plan, client) = (self.plan.clone(), self.client);
                        in_flight.push(async move { (batch, before, plan.send(client, batch).await) });
                    }
                }
            }
        }
        self.tracker.summary(self.error, stopped)
    }

    /// When the next batch may leave, and what it waits for until then; `None` where an answer must come first.
    fn departure(&self) -> Option<(Instant, WaitReason)> {
        let by_pace = self.limiter.next(Instant::now())?;
        Some(match self.wait {
            Some((until, reason)) if until > by_pace => (until, reason),
            _ => (by_pace, WaitReason::Pace),
        })
    }

    /// Notes that the next batch is sent; gives it and how it stood. Where that cannot be noted, nothing is sent any more.
    async fn depart(&mut self) -> Option<(usize, BatchState)> {
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

    async fn arrived(&mut self, batch: usize, before: BatchState, result: Result<Accepted, Error>) {
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

    /// Whether the batch is tried again, the run goes on with the others, or ends.
    fn failed(&mut self, batch: usize, error: Error) {
        // The one refusal of the kind `Server` is the gateway's when it could not ask who calls, which passes too.
        let passes = matches!(error.kind(), ErrorKind::Throttled | ErrorKind::Server);
        let is_throttled = error.outcome() == Outcome::Refused && passes;
        let is_unknown = error.outcome() == Outcome::Unknown;
        let now = Instant::now();
        let is_waiting = self.wait.is_some_and(|(until, _)| until > now);
        self.throttled = match is_throttled {
            // What left before the wait says nothing of what will come after it.
            true if is_waiting => self.throttled,
            true => self.throttled + 1,
            false => 0,
        };
        self.unknown = if is_unknown { self.unknown + 1 } else { 0 };
        let asked = error.retry_after().unwrap_or(self.window);
        let can_wait = is_throttled && self.throttled <= MAX_CONSECUTIVE_THROTTLED && asked <= LONGEST_WAIT;
        let again = match self.retry_refused_after {
            _ if can_wait => Some((asked, WaitReason::Throttled)),
            Some(between) if may_be_busy(&error) => Some((between, WaitReason::Busy)),
            _ => None,
        };
        let again = again.and_then(|(time, reason)| Some((now.checked_add(time)?, reason)));
        if let Some((until, reason)) = again {
            self.queue.push_front(batch);
            // Another batch may have been told to wait longer.
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
                time_left: self.limiter.least_time(self.queue.len(), Instant::now()),
            });
        }
    }
}

/// Whether a refusal may mean that scans of the task still run: no one knows its code, so it is every code that is not
/// known to mean something else.
fn may_be_busy(error: &Error) -> bool {
    const OTHER: [&str; 9] = ["0001", "0002", "0010", "0011", "0013", "0014", "1001", "1002", "1007"];
    let code = error.code().and_then(|code| code.strip_prefix("HSS."));
    error.outcome() == Outcome::Refused
        && error.kind() == ErrorKind::Refused
        && code.is_some_and(|code| !OTHER.contains(&code))
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
    async fn too_many_calls_are_waited_out_so_many_times() {
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
    async fn the_service_says_how_long() {
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

    /// All that left together are told together that it was too much.
    #[tokio::test]
    async fn a_burst_of_refusals_counts_once() {
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
    async fn a_shorter_wait_does_not_end_a_longer_one() {
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
    async fn the_pace_is_kept_and_time_left_is_told() {
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
    async fn calls_of_the_run_before_count() {
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
