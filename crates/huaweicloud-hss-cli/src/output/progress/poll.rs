//! What the polls of a wait show: a bar on a terminal, lines elsewhere.

use std::time::Instant;

use huaweicloud_hss::reads::{Poll, TaskState};

use super::bar::Bar;
use crate::output::messages::Messages;
use crate::output::reads::task::words;
use crate::output::words::duration;

const WIDE: &str = "[{bar:20}] {msg}, at most {left} left";
const NARROW: &str = "{msg}, at most {left} left";

/// Shows polls that say something new.
pub(crate) struct PollView {
    messages: Messages,
    /// From the first poll on, until the task has ended.
    bar: Option<Bar>,
    last: Option<String>,
}

impl PollView {
    pub(crate) fn new(messages: Messages) -> Self {
        Self {
            messages,
            bar: None,
            last: None,
        }
    }

    pub(crate) fn update(&mut self, poll: &Poll<'_>) {
        let has_ended = poll.has_begun && poll.state.is_some_and(TaskState::has_ended);
        let text = match (poll.error, poll.state) {
            (Some(error), _) => format!("the poll failed and is repeated: {error}"),
            (None, None) => "the list of tasks does not have the task yet".to_owned(),
            (None, Some(state)) if state.has_ended() && !poll.has_begun => {
                format!("{} (may be from before: waiting for a change)", words(state))
            }
            (None, Some(state)) => words(state),
        };
        let is_new = self.last.as_ref() != Some(&text);
        self.bar = match has_ended {
            true => None,
            false => self
                .bar
                .take()
                .or_else(|| Bar::on_terminal(&self.messages, WIDE, NARROW)),
        };
        match (&self.bar, poll.state) {
            (Some(bar), Some(state)) if poll.has_begun => {
                let number = |value: Option<i32>| value.map_or(0, |value| usize::try_from(value).unwrap_or(0));
                let scanned = number(state.success) + number(state.failed);
                bar.set(scanned, scanned + number(state.scanning));
                bar.set_end(Instant::now() + poll.time_left);
                let scanning = number(state.scanning);
                match bar.is_narrow() {
                    true => bar.say(format!("{scanning} scanning")),
                    false => bar.say(&text),
                }
            }
            (Some(bar), _) => {
                bar.set_end(Instant::now() + poll.time_left);
                bar.say("waiting for a change");
                if is_new {
                    self.messages.note(&text);
                }
            }
            (None, _) if is_new && has_ended => self.messages.note(&text),
            (None, _) if is_new => {
                let left = duration(poll.time_left);
                self.messages.note(&format!("{text}; at most {left} left"));
            }
            (None, _) => {}
        }
        self.last = Some(text);
    }
}
