//! The progress of a list: a bar on a terminal, lines elsewhere.

use std::env;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use huaweicloud_hss::Outcome;
use huaweicloud_hss::bulk::{AfterFailure, Counts, Event, Plan, Progress, WaitReason};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::messages::Messages;
use crate::output::words::{batches, duration, items};

/// How often the bar is redrawn between events.
const TICK: Duration = Duration::from_millis(250);
/// The columns that the whole bar takes with a million items.
const WIDE: u16 = 100;
/// A shorter wait gets no line.
const MIN_REPORTED_WAIT: Duration = Duration::from_secs(2);

/// Shows the events of a run.
pub(crate) struct ProgressView<'a> {
    messages: &'a Messages,
    plan: Plan,
    /// The number of batches of the run.
    batches: usize,
    bar: Option<Bar>,
    /// The latest refusal, until it is known whether the batch is retried.
    refusal: String,
}

/// A bar, and when the run ends at the earliest by its pace.
struct Bar {
    bar: ProgressBar,
    end: Arc<Mutex<Instant>>,
}

impl<'a> ProgressView<'a> {
    /// A bar would break up a log on the same terminal, so with a log there are only lines.
    pub(crate) fn new(plan: &Plan, messages: &'a Messages) -> Self {
        let is_terminal = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let wants_bar = is_terminal && !tracing::enabled!(target: "hss", tracing::Level::INFO) && !messages.is_quiet();
        Self {
            messages,
            plan: plan.clone(),
            batches: 0,
            bar: wants_bar.then(Bar::new),
            refusal: String::new(),
        }
    }

    pub(crate) fn update(&mut self, progress: &Progress<'_>) {
        let counts = progress.counts;
        match &progress.event {
            Event::Began {
                journal,
                not_synced,
                batches,
                items,
                ..
            } => {
                self.batches = *batches;
                if let Some(journal) = journal {
                    self.note(&format!("journal: {}", journal.display()));
                }
                if let Some(error) = not_synced {
                    self.warn(&format!(
                        "the folder of the journal cannot be synced ({error}): a crash of this machine may lose the journal"
                    ));
                }
                self.note_resumed(counts);
                if let Some(bar) = &self.bar {
                    bar.begin(*batches, *items);
                }
            }
            Event::Waiting { time, reason, .. } => {
                let time_text = duration(*time);
                match reason {
                    WaitReason::Throttled | WaitReason::Busy | WaitReason::Credentials => {
                        self.note(&format!("{}; retrying in {time_text}", self.refusal));
                    }
                    _ if self.bar.is_none() && *time >= MIN_REPORTED_WAIT => {
                        self.note(&format!("waiting {time_text} for the rate limit"));
                    }
                    _ => {}
                }
            }
            Event::Confirmed {
                batch,
                items,
                request_id,
                ..
            } if self.bar.is_none() => {
                let request_id = request_id.unwrap_or("none");
                self.note(&format!(
                    "{} confirmed (request id {request_id})",
                    self.name(*batch, *items)
                ));
            }
            Event::Failed {
                batch,
                items,
                error,
                next,
                ..
            } => {
                let batch = self.name(*batch, *items);
                match (error.outcome(), next) {
                    (Outcome::Unknown, _) => self.warn(&format!("{batch}: outcome unknown: {error}")),
                    (_, AfterFailure::GoesOn) => self.warn(&format!("{batch} refused: {error}")),
                    // The next event reports it: a wait before the retry, or the end of the run.
                    _ => self.refusal = format!("{batch} refused: {error}"),
                }
            }
            Event::Stopping { in_flight: 0, .. } => self.note("stopping"),
            Event::Stopping { in_flight, .. } => {
                self.note(&format!(
                    "stopping; waiting for {} in flight; interrupt again to exit at once",
                    batches(*in_flight)
                ));
            }
            _ => {}
        }
        if let Some(bar) = &self.bar {
            bar.update(progress);
        }
    }

    fn note_resumed(&self, counts: Counts) {
        let parts = [
            (counts.confirmed, "confirmed earlier"),
            (counts.unknown, "unknown"),
            (counts.skipped, "started by earlier runs and left out"),
        ];
        let parts = parts.into_iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts
            .map(|(number, what)| format!("{} {what}", items(self.plan.operation(), number)))
            .collect();
        if !parts.is_empty() {
            self.note(&format!("resumed: {}", parts.join(", ")));
        }
    }

    fn name(&self, batch: usize, number: usize) -> String {
        let number = items(self.plan.operation(), number);
        format!("batch {} of {} ({number})", batch + 1, self.batches)
    }

    fn note(&self, text: &str) {
        self.above_bar(|| self.messages.note(text));
    }

    fn warn(&self, text: &str) {
        self.above_bar(|| self.messages.warn(text));
    }

    fn above_bar(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.bar.suspend(print),
            None => print(),
        }
    }
}

impl Bar {
    fn new() -> Self {
        let end = Arc::new(Mutex::new(Instant::now()));
        let shared = Arc::clone(&end);
        let left = move |_: &ProgressState, text: &mut dyn Write| {
            let end = *shared.lock().unwrap_or_else(PoisonError::into_inner);
            let left = end.saturating_duration_since(Instant::now());
            let _ = text.write_str(&duration(left));
        };
        // A line that is too long is wrapped, and cannot be taken away.
        let template = match Term::stderr().size_checked() {
            Some((_, ..WIDE)) => "{pos}/{len} batches, {left} left",
            _ => "[{bar:20}] {pos}/{len} batches, {msg}, at least {left} left",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        bar.set_style(style.with_key("left", left).progress_chars("=> "));
        bar.enable_steady_tick(TICK);
        Self { bar, end }
    }

    fn begin(&self, batches: usize, items: usize) {
        self.bar.set_length(batches as u64);
        self.bar
            .set_message(format!("0/{} confirmed", HumanCount(items as u64)));
    }

    fn update(&self, progress: &Progress<'_>) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + progress.time_left;
        self.bar.inc(u64::from(is_done(&progress.event)));
        let counts = progress.counts;
        let all = counts.confirmed + counts.unknown + counts.refused + counts.not_sent;
        let [confirmed, all] = [counts.confirmed, all].map(|items| HumanCount(items as u64));
        self.bar.set_message(format!("{confirmed}/{all} confirmed"));
    }
}

/// Whether a batch will not be sent again.
fn is_done(event: &Event<'_>) -> bool {
    match event {
        Event::Confirmed { .. } => true,
        Event::Failed { next, .. } => *next != AfterFailure::Retries,
        _ => false,
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
