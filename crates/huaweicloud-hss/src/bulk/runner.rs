//! A run while it sends.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use huaweicloud_auth::{Credentials, Identity};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::plan::Plan;
use super::progress::{AfterFailure, Event, Progress, WaitReason};
use super::rate_limit::{Pace, RateLimiter};
use super::stop::Stop;
use super::summary::Summary;
use super::tracker::Tracker;
use crate::accepted::Accepted;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Outcome, codes};

/// The maximum number of waits in a row after too many calls (429), after the gateway could not ask IAM about the
/// caller (503 `APIGW.0613`), or where IAM or the metadata service gave no credentials. After that the run ends.
pub const MAX_CONSECUTIVE_THROTTLED: usize = 5;

/// The longest wait that a run accepts from `Retry-After`. Where the service asks for more, the run ends.
const MAX_WAIT: Duration = Duration::from_secs(60 * 60);

/// The number of batches in a row with an unknown outcome after which a run ends.
pub const MAX_CONSECUTIVE_UNKNOWN: usize = 3;

type Listener<'a> = Box<dyn FnMut(&Progress<'_>) + Send + 'a>;

type BeforeEach<'a> = Box<dyn FnMut(usize, bool) -> Hook<'a> + Send + 'a>;
type Hook<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// What the caller wants to be called for.
#[derive(Default)]
pub(super) struct Callbacks<'a> {
    pub(super) listener: Option<Listener<'a>>,
    pub(super) before_each: Option<BeforeEach<'a>>,
}

/// How the batches are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) pace: Pace,
    pub(super) parallel: usize,
    pub(super) keep_going: bool,
    pub(super) retry_refused_after: Option<Duration>,
    pub(super) retry_refused_for: Duration,
}

pub(super) struct Runner<'a> {
    client: Client,
    plan: Plan,
    queue: VecDeque<usize>,
    tracker: Tracker,
    limiter: RateLimiter,
    options: Options,
    stop: Stop,
    callbacks: Callbacks<'a>,
    key: Key,
    /// The end of the wait that the service asked for, and its reason.
    wait: Option<(Instant, WaitReason)>,
    /// Batches in a row that were throttled.
    throttled: usize,
    /// Since when the task may be busy.
    busy_since: Option<Instant>,
    /// Batches in a row whose outcome is unknown.
    unknown: usize,
    /// The error that ends the run. Nothing new is sent after it.
    error: Option<Error>,
    /// The first refusal of a run that keeps going.
    refusal: Option<Error>,
}

/// The access key that requests are signed with. More than five wrong signatures in a row lock a key, so one request
/// goes alone until the service has accepted it.
#[derive(Default)]
struct Key {
    accepted: Option<Credentials>,
    /// The one that the request in flight tries.
    tried: Option<Credentials>,
    /// The next request must wait for those in flight.
    is_new: bool,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        client: Client,
        plan: Plan,
        tracker: Tracker,
        limiter: RateLimiter,
        options: Options,
        stop: Stop,
        callbacks: Callbacks<'a>,
    ) -> Self {
        Self {
            client,
            plan,
            queue: (0..tracker.batches().len()).collect(),
            tracker,
            limiter,
            options,
            stop,
            callbacks,
            key: Key::default(),
            wait: None,
            throttled: 0,
            busy_since: None,
            unknown: 0,
            error: None,
            refusal: None,
        }
    }

    pub(super) async fn run(mut self) -> Summary {
        // Spawned, so that the requests go on while the journal is written.
        let mut in_flight = JoinSet::new();
        let mut stopped = false;
        let mut announced = None;
        self.tell_begin();
        loop {
            let has_place = in_flight.is_empty() || (in_flight.len() < self.options.parallel && self.key.allows_more());
            let may_send = !stopped && self.error.is_none() && !self.queue.is_empty() && has_place;
            let next = if may_send { self.next_send() } else { None };
            if in_flight.is_empty() && next.is_none() {
                break;
            }
            let (at, reason) = next.unwrap_or((Instant::now(), WaitReason::Pace));
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
                Some(ended) = in_flight.join_next(), if !in_flight.is_empty() => {
                    // A panic is a fault of this crate, and must not be taken for an outcome.
                    let (batch, result) = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
                    self.limiter.answered(Instant::now());
                    self.end_send(batch, result).await;
                }
                () = sleep_until(at), if next.is_some() => {
                    self.try_key(in_flight.is_empty()).await;
                    if (in_flight.is_empty() || self.key.allows_more()) && let Some(batch) = self.begin_send().await {
                        let (plan, client) = (self.plan.clone(), self.client.clone());
                        let items = self.tracker.batches().get(batch).to_vec();
                        in_flight.spawn(async move { (batch, plan.send(&client, &items).await) });
                    }
                }
            }
        }
        if let Err(error) = self.tracker.close().await {
            self.error.get_or_insert(error);
        }
        self.tracker.summary(self.error.or(self.refusal), stopped)
    }

    /// When the next batch may be sent, and what it waits for until then; `None` where a response must come first.
    fn next_send(&self) -> Option<(Instant, WaitReason)> {
        let by_pace = self.limiter.next(Instant::now())?;
        Some(match self.wait {
            Some((until, reason)) if until > by_pace => (until, reason),
            _ => (by_pace, WaitReason::Pace),
        })
    }

    /// Looks which key the next request will be signed with. `is_alone` says whether no other request is in flight.
    async fn try_key(&mut self, is_alone: bool) {
        if self.options.parallel == 1 {
            return;
        }
        // If none come, the request itself finds the reason.
        let credentials = self.client.credentials().await.ok();
        self.key.use_next(credentials, is_alone);
    }

    /// Records that the next batch is being sent. If it cannot be recorded, the run ends.
    async fn begin_send(&mut self) -> Option<usize> {
        let batch = *self.queue.front()?;
        if let Some(hook) = &mut self.callbacks.before_each {
            if let Err(error) = hook(batch, self.queue.len() == 1).await {
                self.error.get_or_insert(error);
                return None;
            }
            if self.stop.is_stopped() {
                return None;
            }
        }
        self.queue.pop_front();
        match self.tracker.sending(batch).await {
            Ok(()) => {
                self.limiter.sent();
                let items = self.tracker.batches().get(batch).len();
                self.tell(Event::Sending { batch, items });
                Some(batch)
            }
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    async fn end_send(&mut self, batch: usize, result: Result<Accepted, Error>) {
        let noted = self.tracker.ended(batch, &result).await;
        self.key.ended(&result);
        let items = self.tracker.batches().get(batch).len();
        match result {
            Ok(accepted) => {
                (self.throttled, self.unknown, self.busy_since) = (0, 0, None);
                let request_id = accepted.request_id();
                self.tell(Event::Confirmed {
                    batch,
                    items,
                    request_id,
                });
            }
            Err(error) => {
                let next = self.failed(batch, &error);
                self.tell(Event::Failed {
                    batch,
                    items,
                    error: &error,
                    next,
                });
                if next != AfterFailure::Retries && error.outcome() == Outcome::Refused {
                    self.tracker.refused(batch, error.clone());
                }
                match (next, error.outcome()) {
                    (AfterFailure::Ends, _) => {
                        self.error.get_or_insert(error);
                    }
                    (AfterFailure::GoesOn, Outcome::Refused) => {
                        self.refusal.get_or_insert(error);
                    }
                    _ => {}
                }
            }
        }
        if let Err(error) = noted {
            self.error.get_or_insert(error);
        }
    }

    /// Decides whether the batch is retried, the run goes on with the others, or the run ends.
    fn failed(&mut self, batch: usize, error: &Error) -> AfterFailure {
        let is_unknown = error.outcome() == Outcome::Unknown;
        let reason = temporary(error);
        let now = Instant::now();
        let is_waiting = self.wait.is_some_and(|(until, _)| until > now);
        self.throttled = match reason {
            // A request that was sent before the wait says nothing about those after it.
            Some(_) if is_waiting => self.throttled,
            Some(_) => self.throttled + 1,
            None => 0,
        };
        self.unknown = if is_unknown { self.unknown + 1 } else { 0 };
        let asked = error.retry_after().unwrap_or(self.limiter.window());
        let can_wait = self.throttled <= MAX_CONSECUTIVE_THROTTLED && asked <= MAX_WAIT;
        let again = match (reason, self.options.retry_refused_after) {
            (Some(reason), _) if can_wait => Some((asked, reason)),
            (_, Some(interval)) if may_be_busy(error) => {
                let since = *self.busy_since.get_or_insert(now);
                let next = now.saturating_duration_since(since).saturating_add(interval);
                (next <= self.options.retry_refused_for).then_some((interval, WaitReason::Busy))
            }
            _ => None,
        };
        let again = again.and_then(|(time, reason)| Some((now.checked_add(time)?, reason)));
        if let Some((until, reason)) = again {
            self.queue.push_front(batch);
            // The service may have asked another batch to wait longer.
            if self.wait.is_none_or(|(pending, _)| pending < until) {
                self.wait = Some((until, reason));
            }
            return AfterFailure::Retries;
        }
        let goes_on = match error.outcome() {
            Outcome::Unknown => self.unknown < MAX_CONSECUTIVE_UNKNOWN || self.queue.is_empty(),
            Outcome::Refused => self.options.keep_going && is_about_the_batch(error),
            Outcome::NotSent | Outcome::NoEffect => false,
        };
        if goes_on {
            AfterFailure::GoesOn
        } else {
            AfterFailure::Ends
        }
    }

    fn tell_begin(&mut self) {
        let path = self.tracker.path().map(ToOwned::to_owned);
        let not_synced = self
            .tracker
            .not_synced()
            .map(|error| std::io::Error::new(error.kind(), error.to_string()));
        let (batches, items) = (self.tracker.batches().len(), self.tracker.batches().items());
        self.tell(Event::Began {
            journal: path.as_deref(),
            not_synced: not_synced.as_ref(),
            batches,
            items,
        });
    }

    fn tell(&mut self, event: Event<'_>) {
        if let Some(listener) = &mut self.callbacks.listener {
            let counts = self.tracker.counts();
            listener(&Progress {
                event,
                counts,
                time_left: self.limiter.min_time(self.queue.len(), Instant::now()),
            });
        }
    }
}

impl Key {
    /// Whether a request may go beside others.
    fn allows_more(&self) -> bool {
        self.tried.is_none() && !self.is_new
    }

    /// The next request will be signed with this key. `is_alone` says whether no other request is in flight.
    fn use_next(&mut self, credentials: Option<Credentials>, is_alone: bool) {
        let key = credentials.filter(|credentials| matches!(credentials.identity(), Identity::AccessKey(_)));
        let accepted = self.accepted.as_ref();
        let new = key.filter(|key| !accepted.is_some_and(|accepted| accepted.same_identity(key)));
        self.is_new = new.is_some() && !is_alone;
        if is_alone {
            self.tried = new;
        }
    }

    /// A request that was tried alone ended. Any answer of HSS itself shows that the gateway let it through.
    fn ended(&mut self, result: &Result<Accepted, Error>) {
        let tried = self.tried.take();
        let is_accepted = match result {
            Ok(_) => true,
            Err(error) => error.code().is_some_and(codes::is_of_service),
        };
        if is_accepted && tried.is_some() {
            self.accepted = tried;
        }
    }
}

/// Why a batch that was not acted on can be sent later; none where the failure will stay.
fn temporary(error: &Error) -> Option<WaitReason> {
    // The only refusal of the kind `Server` is the gateway's that could not ask IAM about the caller.
    let is_throttled = matches!(error.kind(), ErrorKind::Throttled | ErrorKind::Server);
    if error.outcome() == Outcome::Refused && is_throttled {
        return Some(WaitReason::Throttled);
    }
    error.is_credentials_unavailable().then_some(WaitReason::Credentials)
}

/// Whether the service refused the batch for a reason that can be a scan of the task that still runs.
fn may_be_busy(error: &Error) -> bool {
    error.outcome() == Outcome::Refused && codes::may_be_busy(error.status(), error.code())
}

/// Whether the refusal says nothing about other batches: it is not about the caller or the call as such.
fn is_about_the_batch(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use huaweicloud_auth::{BoxFuture, CredentialsProvider, ProviderError, ProviderErrorKind};
    use huaweicloud_hss_sim::{Fault, Quota, Simulator};

    use super::*;
    use crate::RetryPolicy;
    use crate::generated::client::types::HostIdList;

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

    const BATCH: usize = HostIdList::MAX;

    fn plan(batches: usize) -> Plan {
        Plan::rescan("task", (0..batches * BATCH).map(|number| number.to_string())).unwrap()
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
        assert_eq!(summary.counts().confirmed, 2 * BATCH);
        assert!(waits <= MAX_CONSECUTIVE_THROTTLED, "{waits}");

        simulator.inject(throttled().times(100)).unwrap();
        let before = simulator.requests().len();
        let summary = client.bulk(&plan(2)).pace(pace).send().await.unwrap();
        assert_eq!(summary.error().map(Error::kind), Some(ErrorKind::Throttled));
        assert_eq!(summary.counts().refused, BATCH);
        assert_eq!(simulator.requests().len() - before, MAX_CONSECUTIVE_THROTTLED + 1);
    }

    #[tokio::test]
    async fn waits_as_long_as_the_service_asks_up_to_an_hour() {
        let throttled = |wait: &str| Fault::answer(429).header("Retry-After", wait);
        let (simulator, client) = cloud().await;
        simulator.inject(throttled("0")).unwrap();
        let summary = client.bulk(&plan(1)).pace(Pace::off()).send().await.unwrap();
        assert_eq!(summary.counts().confirmed, BATCH, "no minute was waited");

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
        assert_eq!(summary.counts().confirmed, BURST * BATCH, "{summary:?}");
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
        assert_eq!(summary.counts().confirmed, 2 * BATCH, "{summary:?}");
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
        assert_eq!(summary.counts().confirmed, 5 * BATCH);
        assert!(begun.elapsed() >= 2 * WINDOW);
        assert_eq!((left[0], left[left.len() - 1]), (2 * WINDOW, Duration::ZERO));
    }

    /// Gives credentials only every third time.
    #[derive(Debug)]
    struct Unsteady(Credentials, std::sync::atomic::AtomicUsize);

    impl CredentialsProvider for Unsteady {
        fn name(&self) -> &str {
            "unsteady"
        }

        fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
            let asked = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let unavailable = ProviderError::new(ProviderErrorKind::Unavailable, "later");
            let provided = if asked % 3 == 2 {
                Ok(self.0.clone())
            } else {
                Err(unavailable)
            };
            Box::pin(async move { provided })
        }
    }

    #[tokio::test]
    async fn waits_while_no_credentials_come() {
        let (simulator, _) = cloud().await;
        let token = huaweicloud_auth::Token::new(simulator.token()).unwrap();
        let client = Client::builder()
            .endpoint(simulator.endpoint())
            .project_id(simulator.project_id())
            .retry_policy(RetryPolicy::none())
            .credentials_provider(Unsteady(token.into(), Default::default()));
        let (client, plan) = (client.build().unwrap(), plan(3));
        let mut waits = 0;
        let run = client.bulk(&plan).pace(Pace::off().within(Duration::from_millis(1)));
        let run = run.on_progress(|progress| {
            if let Event::Waiting { reason, .. } = progress.event {
                waits += usize::from(reason == WaitReason::Credentials);
            }
        });
        let summary = run.send().await.unwrap();
        assert_eq!(summary.counts().confirmed, 3 * BATCH, "{summary:?}");
        assert!(waits <= 6, "{waits}");
        assert_eq!(simulator.requests().len(), 3);
    }

    #[tokio::test]
    async fn requests_of_the_previous_run_count_against_the_pace() {
        let (simulator, client) = cloud().await;
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(3);
        let run = || client.bulk(&plan).journal(folder.path().join("j")).pace(pace(1));
        simulator.inject(Fault::answer(400)).unwrap();
        let refused = run().send().await.unwrap();
        assert_eq!(refused.counts().refused, BATCH);
        let mut first = None;
        let resumed = run().on_progress(|progress| {
            if let Event::Waiting { time, .. } = progress.event {
                first = first.or(Some((time, progress.counts.confirmed)));
            }
        });
        resumed.send().await.unwrap();
        let (time, confirmed) = first.unwrap();
        assert_eq!(confirmed, 0);
        assert!(time <= WINDOW, "{time:?}");
    }
}
