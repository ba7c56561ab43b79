//! What is printed when a command is missing: usage and commands on a few lines.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Command, CommandFactory};

use crate::args::Arguments;

const TEMPLATE: &str = "{usage-heading} {usage}\n\nCommands:\n{subcommands}";

/// The short help of the command that the words name.
pub(crate) fn short_help(words: &[OsString]) -> StyledStr {
    let mut root = Arguments::command().next_line_help(false);
    root.build();
    let command = selected(&root, words);
    let pointer = format!("For options and examples, see {}", help_of(command));
    let template = format!("{TEMPLATE}\n\n{pointer}");
    command.clone().help_template(template).render_help()
}

/// How to ask for the whole help of the command that the words name.
pub(crate) fn help_command(words: &[OsString]) -> String {
    let mut root = Arguments::command();
    root.build();
    help_of(selected(&root, words))
}

fn help_of(command: &Command) -> String {
    format!(
        "{} --help",
        command.get_bin_name().unwrap_or_else(|| command.get_name())
    )
}

/// The deepest command that the words name. They could not be parsed, so an option's value may be taken for a command.
pub(crate) fn selected<'a>(root: &'a Command, words: &[OsString]) -> &'a Command {
    words.iter().skip(1).fold(root, |command, word| {
        word.to_str()
            .and_then(|word| command.find_subcommand(word))
            .unwrap_or(command)
    })
}
