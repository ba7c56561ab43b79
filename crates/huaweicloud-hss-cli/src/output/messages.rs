//! What people should know beside the result: on standard error, unless they want quiet.

use std::io::{self, Write};

use crate::output::sanitize;

/// Takes messages and warnings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages {
    quiet: bool,
}

impl Messages {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Whether nothing is said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something to know.
    pub(crate) fn note(&self, text: &str) {
        self.say(&format!("note: {}", sanitize::line(text)));
    }

    /// Something that may be a mistake.
    pub(crate) fn warn(&self, text: &str) {
        self.say(&format!("warning: {}", sanitize::line(text)));
    }

    /// A line to copy, as it is.
    pub(crate) fn plain(&self, text: &str) {
        self.say(&sanitize::lines(text));
    }

    fn say(&self, line: &str) {
        if !self.quiet {
            // A closed standard error is no reason to fail.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}
