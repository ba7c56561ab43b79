//! `hss completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;

/// The script that completes `hss` in this shell.
pub(crate) fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "hss", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
