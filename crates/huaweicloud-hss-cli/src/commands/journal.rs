//! `hss journal`.

use huaweicloud_hss::bulk::JournalStatus;

use crate::args::{JournalArguments, JournalCommand};
use crate::commands::state_folder::state_folder;
use crate::error::CliError;
use crate::output::messages::Messages;
use crate::output::report::{JournalView, Report};

pub(crate) fn run(command: JournalCommand, messages: &Messages) -> Result<Report, CliError> {
    let (journals, view) = match command {
        JournalCommand::List => (in_folder(messages)?, JournalView::Line),
        JournalCommand::Show(arguments) => (chosen(&arguments, messages)?, JournalView::Whole),
        JournalCommand::Rm(JournalArguments {
            task_id: None,
            journal: None,
        }) => {
            return Err(CliError::invalid("no journal is named").with_hint("name a task, or a file with --journal"));
        }
        JournalCommand::Rm(JournalArguments {
            task_id: None,
            journal: Some(file),
        }) if JournalStatus::read(&file).is_err() && file.exists() => {
            JournalStatus::remove_damaged(&file)?;
            messages.note(&format!("removed {}, which could not be read", file.display()));
            (Vec::new(), JournalView::Removed)
        }
        JournalCommand::Rm(arguments) => {
            let journals = chosen(&arguments, messages)?;
            if let [first, second, ..] = &journals[..] {
                let task_id = first.task_id();
                let message = format!("{} journals are about task {task_id}", journals.len());
                let hint = format!(
                    "name one: --journal {} or --journal {}",
                    first.path().display(),
                    second.path().display()
                );
                return Err(CliError::invalid(message).with_hint(hint));
            }
            for journal in &journals {
                journal.remove()?;
            }
            (journals, JournalView::Removed)
        }
    };
    Ok(Report::Journals { journals, view })
}

/// The journal that is named, or those of a task.
fn chosen(arguments: &JournalArguments, messages: &Messages) -> Result<Vec<JournalStatus>, CliError> {
    let task_id = arguments.task_id.as_deref();
    let is_chosen = |journal: &JournalStatus| task_id.is_none_or(|task_id| task_id == journal.task_id());
    let journals = match &arguments.journal {
        Some(file) => vec![JournalStatus::read(file)?],
        None => in_folder(messages)?,
    };
    let journals: Vec<JournalStatus> = journals.into_iter().filter(is_chosen).collect();
    if let (Some(task_id), true) = (task_id, journals.is_empty()) {
        let message = format!("journal: none is about task {task_id}");
        let hint = "hss journal list shows the tasks that have one; hss journal rm --journal FILE removes one that cannot be read";
        return Err(CliError::invalid(message).with_hint(hint));
    }
    Ok(journals)
}

/// Every journal of the default folder. Those that cannot be read are named on standard error.
fn in_folder(messages: &Messages) -> Result<Vec<JournalStatus>, CliError> {
    let read = JournalStatus::in_folder(state_folder()?)?;
    let good = read.into_iter().filter_map(|journal| match journal {
        Ok(journal) => Some(journal),
        Err(error) => {
            messages.warn(&error.to_string());
            None
        }
    });
    Ok(good.collect())
}
