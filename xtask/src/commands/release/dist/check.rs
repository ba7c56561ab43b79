//! The archive as those who get it meet it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Entries;

const BLOCK: &str = "```sh simulator\n";

/// Runs the README's commands in a folder that holds the archive alone; the last one has to be answered with 200.
pub fn run(entries: &Entries, archive: &Path) -> Result<()> {
    let readme = entries.get("README.md").context("the hand-over has no README.md")?;
    let readme = String::from_utf8_lossy(&readme.bytes);
    let block = readme.split(BLOCK).nth(1).and_then(|rest| rest.split("```").next());
    let block = block.context("the README has no commands for the simulator")?;
    let folder = tempfile::tempdir()?;
    let name = archive.file_name().context("the archive has no name")?;
    fs::copy(archive, folder.path().join(name))?;
    let output = Command::new("sh")
        .args(["-e", "-c", &format!("trap 'kill $!' EXIT\n{block}")])
        .current_dir(folder.path())
        .output()?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    ensure!(
        output.status.success() && out.contains("HTTP/1.1 200 OK"),
        "the README's commands for the simulator do not work:\n{block}\n{out}{err}"
    );
    crate::println_lossy!("the archive's simulator answers the README's commands");
    Ok(())
}
