//! How far a run of many batches is: a bar on a terminal, lines elsewhere, nothing where quiet is wanted.

use std::env;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use huaweicloud_hss::Outcome;
use huaweicloud_hss::bulk::{Event, Plan, Progress, WaitReason};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::notes::Notes;

/// How often the bar is drawn while nothing happens.
const TICK: Duration = Duration::from_millis(250);
/// A shorter wait is not worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

/// Shows a run's events.
pub(crate) struct Shown<'a> {
    notes: &'a Notes,
    plan: Plan,
    bar: Option<Bar>,
    /// The latest, in words.
    refusal: String,
}

/// A bar, and when the run will be done by its pace alone.
struct Bar {
    bar: ProgressBar,
    end: Arc<Mutex<Instant>>,
}

impl<'a> Shown<'a> {
    /// With a log on the same terminal, lines are the better choice.
    pub(crate) fn new(plan: &Plan, notes: &'a Notes, is_logging: bool) -> Self {
        let is_terminal = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let wants_bar = is_terminal && !is_logging && !notes.are_off();
        Self {
            notes,
            plan: plan.clone(),
            bar: wants_bar.then(|| Bar::new(plan)),
            refusal: String::new(),
        }
    }

    pub(crate) fn show(&mut self, progress: &Progress<'_>) {
        let counts = progress.counts;
        match &progress.event {
            Event::Began { journal, .. } => {
                if let Some(journal) = journal {
                    self.note(&format!("journal: {}", journal.display()));
                }
                let done = counts.confirmed.batches;
                if done + counts.unknown.batches > 0 {
                    self.note(&format!(
                        "resumed: {done} of {} confirmed before, {} in doubt",
                        batches(self.plan.batches()),
                        counts.unknown.batches
                    ));
                }
            }
            Event::Waiting { time, reason, .. } => {
                let time_text = duration(*time);
                match reason {
                    WaitReason::Throttled | WaitReason::Busy => {
                        self.note(&format!("{}; sending it again in {time_text}", self.refusal));
                    }
                    _ if self.bar.is_none() && *time >= WORTH_A_LINE => {
                        self.note(&format!("waiting {time_text} for the pace"));
                    }
                    _ => {}
                }
            }
            Event::Confirmed { batch, request_id, .. } if self.bar.is_none() => {
                let request_id = request_id.unwrap_or("not told");
                self.note(&format!("{} confirmed (request id {request_id})", self.named(*batch)));
            }
            Event::Failed { batch, error, .. } => {
                let batch = self.named(*batch);
                match error.outcome() {
                    Outcome::Unknown => self.warn(&format!("{batch} in doubt: {error}")),
                    // Either it is waited out, which says so, or it ends the run, whose end tells it.
                    _ => self.refusal = format!("{batch} refused: {error}"),
                }
            }
            Event::Stopping { in_flight, .. } => {
                self.note(&match in_flight {
                    0 => "stopping".to_owned(),
                    _ => format!(
                        "stopping; waiting for {} in flight, interrupt again to leave at once",
                        batches(*in_flight)
                    ),
                });
            }
            _ => {}
        }
        if let Some(bar) = &self.bar {
            bar.update(progress);
        }
    }

    fn named(&self, batch: usize) -> String {
        let count = ids(self.plan.batch(batch).count());
        format!("batch {} of {} ({count})", batch + 1, self.plan.batches())
    }

    fn note(&self, text: &str) {
        self.beside(|| self.notes.note(text));
    }

    fn warn(&self, text: &str) {
        self.beside(|| self.notes.warn(text));
    }

    fn beside(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.bar.suspend(say),
            None => say(),
        }
    }
}

impl Bar {
    fn new(plan: &Plan) -> Self {
        let end = Arc::new(Mutex::new(Instant::now()));
        let shared = Arc::clone(&end);
        let left = move |_: &ProgressState, text: &mut dyn Write| {
            let end = *shared.lock().unwrap_or_else(PoisonError::into_inner);
            let left = end.saturating_duration_since(Instant::now());
            let _ = text.write_str(&duration(left));
        };
        let template = "[{bar:20}] {pos}/{len} batches, {msg}, at least {left} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(plan.batches() as u64), ProgressDrawTarget::stderr());
        bar.set_style(style.with_key("left", left).progress_chars("=> "));
        bar.enable_steady_tick(TICK);
        Self { bar, end }
    }

    fn update(&self, progress: &Progress<'_>) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + progress.time_left;
        let counts = progress.counts;
        let all = [counts.confirmed, counts.unknown, counts.refused, counts.not_sent];
        let ids: usize = all.iter().map(|tally| tally.ids).sum();
        self.bar
            .set_message(format!("{}/{} ids", grouped(counts.confirmed.ids), grouped(ids)));
        self.bar.set_position(counts.confirmed.batches as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

pub(crate) fn batches(count: usize) -> String {
    format!("{} batch{}", grouped(count), if count == 1 { "" } else { "es" })
}

pub(crate) fn ids(count: usize) -> String {
    format!("{} id{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// The number with a comma before every three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Hours, minutes and seconds, those that there are.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m {seconds:02}s"),
        _ => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 00s"),
            (3599, "59m 59s"),
            (3660, "1h 01m"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        assert_eq!(duration(Duration::from_millis(1500)), "2s");
    }
}
