//! Notes and warnings on standard error, which `--quiet` turns off.

use huaweicloud_hss::auth::sanitize;
use std::io::{self, Write};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages {
    quiet: bool,
}

impl Messages {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
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

    fn print(&self, line: &str) {
        if !self.quiet {
            // A closed standard error must not fail the command.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}
