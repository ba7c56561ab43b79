//! `hss man`: one page for all commands.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::Arguments;

/// The manual page in roff.
pub(crate) fn page() -> io::Result<String> {
    let mut root = Arguments::command();
    root.build();
    let mut page = Vec::new();
    let man = Man::new(root.clone()).manual("Huawei Cloud HSS");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    sections(&root, &mut page)?;
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(rename_extra(&page))
}

/// clap_mangen names the section after the help "extra".
fn rename_extra(page: &[u8]) -> String {
    String::from_utf8_lossy(page).replace(".SH EXTRA", ".SH NOTES")
}

/// A section for each subcommand, depth first.
fn sections(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        page.extend(section(command)?.into_bytes());
        sections(command, page)?;
    }
    Ok(())
}

/// A command as a section of the page, without the global options.
fn section(command: &Command) -> io::Result<String> {
    let local = command.clone().mut_args(|argument| {
        let is_global = argument.is_global_set();
        argument.hide(is_global)
    });
    let man = Man::new(local);
    let mut parts = Vec::new();
    man.render_description_section(&mut parts)?;
    man.render_synopsis_section(&mut parts)?;
    man.render_options_section(&mut parts)?;
    man.render_extra_section(&mut parts)?;
    // clap_mangen renders whole pages; here their sections go one level down.
    let parts = rename_extra(&parts).replace(".SH ", ".SS ");
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    Ok(format!(".SH \"{}\"\n{parts}", name.to_uppercase()))
}
