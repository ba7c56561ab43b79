//! The progress of a list: a bar on a terminal, lines elsewhere.

use std::time::{Duration, Instant};

use huaweicloud_hss::Outcome;
use huaweicloud_hss::bulk::{AfterFailure, Counts, Event, Plan, Progress, WaitReason};
use indicatif::HumanCount;

use super::bar::Bar;
use crate::output::messages::Messages;
use crate::output::words::{batches, duration, items};

const WIDE: &str = "[{bar:20}] {pos}/{len} batches, {msg}, at least {left} left";
const NARROW: &str = "{pos}/{len} batches, at least {left} left";
/// A shorter wait gets no line.
const MIN_REPORTED_WAIT: Duration = Duration::from_secs(2);

/// Shows the events of a run.
pub(crate) struct ProgressView<'a> {
    messages: &'a Messages,
    plan: Plan,
    /// The number of batches of the run.
    batches: usize,
    done: usize,
    bar: Option<Bar>,
    /// The latest refusal, until it is known whether the batch is retried.
    refusal: String,
}

impl<'a> ProgressView<'a> {
    pub(crate) fn new(plan: &Plan, messages: &'a Messages) -> Self {
        Self {
            messages,
            plan: plan.clone(),
            batches: 0,
            done: 0,
            bar: Bar::on_terminal(messages, WIDE, NARROW),
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
                    self.messages.note(&format!("journal: {}", journal.display()));
                }
                if let Some(error) = not_synced {
                    self.messages.warn(&format!(
                        "the folder of the journal cannot be synced ({error}): a crash of this machine may lose the journal"
                    ));
                }
                self.note_resumed(counts);
                if let Some(bar) = &self.bar {
                    bar.set(0, *batches);
                    bar.say(format!("0/{} confirmed", HumanCount(*items as u64)));
                }
            }
            Event::Waiting { time, reason, .. } => {
                let time_text = duration(*time);
                match reason {
                    WaitReason::Throttled | WaitReason::Busy | WaitReason::Credentials => {
                        self.messages
                            .note(&format!("{}; retrying in {time_text}", self.refusal));
                    }
                    _ if self.bar.is_none() && *time >= MIN_REPORTED_WAIT => {
                        self.messages.note(&format!("waiting {time_text} for the rate limit"));
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
                self.messages.note(&format!(
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
                    (Outcome::Unknown, _) => self.messages.warn(&format!("{batch}: outcome unknown: {error}")),
                    (_, AfterFailure::GoesOn) => self.messages.warn(&format!("{batch} refused: {error}")),
                    // The next event reports it: a wait before the retry, or the end of the run.
                    _ => self.refusal = format!("{batch} refused: {error}"),
                }
            }
            Event::Stopping { in_flight: 0, .. } => self.messages.note("stopping"),
            Event::Stopping { in_flight, .. } => {
                self.messages.note(&format!(
                    "stopping; waiting for {} in flight; interrupt again to exit at once",
                    batches(*in_flight)
                ));
            }
            _ => {}
        }
        if let Some(bar) = &self.bar {
            self.done += usize::from(is_done(&progress.event));
            bar.set(self.done, self.batches);
            bar.set_end(Instant::now() + progress.time_left);
            let all = counts.confirmed + counts.unknown + counts.refused + counts.not_sent;
            let [confirmed, all] = [counts.confirmed, all].map(|items| HumanCount(items as u64));
            bar.say(format!("{confirmed}/{all} confirmed"));
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
            self.messages.note(&format!("resumed: {}", parts.join(", ")));
        }
    }

    fn name(&self, batch: usize, number: usize) -> String {
        let number = items(self.plan.operation(), number);
        format!("batch {} of {} ({number})", batch + 1, self.batches)
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
