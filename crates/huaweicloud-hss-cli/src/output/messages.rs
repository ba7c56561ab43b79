//! Notes and warnings on standard error, which `--quiet` turns off.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use huaweicloud_hss::auth::sanitize;
use indicatif::ProgressBar;

/// Clones print above the same bar.
#[derive(Debug, Clone)]
pub(crate) struct Messages {
    quiet: bool,
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Messages {
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            bar: Arc::default(),
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn note(&self, text: &str) {
        self.print(&format!("note: {}", sanitize::escape_line(text)));
    }

    /// Prints something that may be a mistake.
    pub(crate) fn warn(&self, text: &str) {
        self.print(&format!("warning: {}", sanitize::escape_line(text)));
    }

    /// Prints text to copy, without a prefix.
    pub(crate) fn plain(&self, text: &str) {
        self.print(&sanitize::escape_lines(text));
    }

    /// The bar at the bottom of the terminal from now on, which messages must not break up.
    pub(crate) fn print_above(&self, bar: Option<ProgressBar>) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    fn print(&self, line: &str) {
        if self.quiet {
            return;
        }
        let print = || {
            // A closed standard error must not fail the command.
            let _ = writeln!(io::stderr(), "{line}");
        };
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}
