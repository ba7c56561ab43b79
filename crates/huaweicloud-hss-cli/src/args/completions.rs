//! `hss completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::output::report::Report;

pub(crate) fn run(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "hss", &mut script);
    Report::Text(String::from_utf8_lossy(&script).into_owned())
}
