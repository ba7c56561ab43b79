//! A bar at the bottom of a terminal.

use std::env;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use huaweicloud_hss::auth::sanitize;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::messages::Messages;
use crate::output::words::duration;

/// How often the bar is redrawn between events.
const TICK: Duration = Duration::from_millis(250);
/// The columns that a whole bar takes.
const COLUMNS: u16 = 100;

/// A bar, and the end to which it counts down.
pub(super) struct Bar {
    bar: ProgressBar,
    end: Arc<Mutex<Instant>>,
    messages: Messages,
    is_narrow: bool,
}

impl Bar {
    /// A bar, where standard error is a terminal that can show one. The templates are those of indicatif, with `{left}`
    /// as the time left. A bar would break up a log on the same terminal, so with a log there is none.
    pub(super) fn on_terminal(messages: &Messages, wide: &str, narrow: &str) -> Option<Self> {
        let is_terminal = io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let is_wanted = is_terminal && !tracing::enabled!(target: "hss", tracing::Level::INFO) && !messages.is_quiet();
        is_wanted.then(|| Self::new(messages.clone(), wide, narrow))
    }

    fn new(messages: Messages, wide: &str, narrow: &str) -> Self {
        let end = Arc::new(Mutex::new(Instant::now()));
        let shared = Arc::clone(&end);
        let left = move |_: &ProgressState, text: &mut dyn Write| {
            let end = *shared.lock().unwrap_or_else(PoisonError::into_inner);
            let left = end.saturating_duration_since(Instant::now());
            let _ = text.write_str(&duration(left));
        };
        // A line that is too long is wrapped, and cannot be taken away.
        let is_narrow = matches!(Term::stderr().size_checked(), Some((_, ..COLUMNS)));
        let template = if is_narrow { narrow } else { wide };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        // It shows once it has something to say.
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        bar.set_style(style.with_key("left", left).progress_chars("=> "));
        Self {
            bar,
            end,
            messages,
            is_narrow,
        }
    }

    /// Whether the terminal has no room for the wide template.
    pub(super) fn is_narrow(&self) -> bool {
        self.is_narrow
    }

    pub(super) fn set(&self, position: usize, length: usize) {
        self.bar.set_length(length as u64);
        self.bar.set_position(position as u64);
    }

    pub(super) fn set_end(&self, end: Instant) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    pub(super) fn say(&self, text: impl AsRef<str>) {
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(TICK);
            self.messages.print_above(Some(self.bar.clone()));
        }
        self.bar.set_message(sanitize::escape_line(text.as_ref()));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.messages.print_above(None);
        self.bar.finish_and_clear();
    }
}
