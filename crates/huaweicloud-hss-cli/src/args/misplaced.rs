//! A tip for an option that exists, but not where it was written.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::args::Arguments;
use crate::args::short_help::selected;

/// Replaces clap's tip with the place where the option belongs.
pub(crate) fn add_tip(error: &mut clap::Error, words: &[OsString]) {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return;
    };
    if error.kind() != ErrorKind::UnknownArgument {
        return;
    }
    let mut root = Arguments::command();
    root.build();
    let commands = commands_with(&root, option);
    if commands.is_empty() {
        return;
    }
    let written = selected(&root, words);
    let tip = match commands.iter().find(|command| is_same(command, written)) {
        Some(command) => format!("{option} goes after the command: {} ... {option}", path(command)),
        None => {
            let paths: Vec<&str> = commands.iter().map(|command| path(command)).collect();
            format!("{option} is an option of {}", paths.join(", "))
        }
    };
    // clap's own tip, and a usage that it makes up from the tip.
    for kind in [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::Usage,
    ] {
        error.remove(kind);
    }
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
}

fn commands_with<'a>(command: &'a Command, option: &str) -> Vec<&'a Command> {
    let mut found = Vec::new();
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let mut names = command.get_arguments().filter_map(|argument| argument.get_long());
        if names.any(|name| option.strip_prefix("--") == Some(name)) {
            found.push(command);
        }
        found.extend(commands_with(command, option));
    }
    found
}

fn is_same(one: &Command, other: &Command) -> bool {
    path(one) == path(other)
}

fn path(command: &Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}
