//! `cargo xtask generate` and `--check`.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use similar::TextDiff;

use crate::pipeline::{EXAMPLES, Output, outputs};

/// What `--check` answers where a file is not what the documents make of it.
const STALE: u8 = 4;
/// What both answer where nothing can be made of the document.
const FAILURE: u8 = 100;

/// Writes the files, or with `check` says which are stale, showing how, and writes nothing.
pub fn run(root: &Path, check: bool) -> ExitCode {
    let outputs = match outputs(root) {
        Ok(outputs) => outputs,
        Err(messages) => {
            crate::println_lossy!(" Failure");
            messages.iter().for_each(|message| eprintln!("{message}"));
            return FAILURE.into();
        }
    };
    let result = if check {
        compare(root, &outputs)
    } else {
        write(root, &outputs)
    };
    result.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        FAILURE.into()
    })
}

fn compare(root: &Path, outputs: &[Output]) -> anyhow::Result<ExitCode> {
    let mut stale = 0;
    let mut report = |path: &str, diff: Option<String>| {
        crate::println_lossy!("{:>8} {path}", if diff.is_some() { "Stale" } else { "Fresh" });
        if let Some(diff) = diff {
            crate::println_lossy!("{}", diff.trim_end());
            stale += 1;
        }
    };
    for output in outputs {
        let found = read(&root.join(&output.path))?;
        report(
            &output.path,
            difference(&output.path, found.as_deref(), Some(&output.content)),
        );
    }
    for path in leftovers(root, outputs)? {
        let found = read(&root.join(&path))?;
        report(&path, difference(&path, found.as_deref(), None));
    }
    if stale == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{stale} of the generated files differ from what the documents make. Run: cargo xtask generate");
    Ok(STALE.into())
}

fn write(root: &Path, outputs: &[Output]) -> anyhow::Result<ExitCode> {
    for output in outputs {
        let path = root.join(&output.path);
        let fresh = read(&path)?.as_deref() == Some(&*output.content);
        if !fresh {
            replace(&path, &output.content).map_err(|error| anyhow::anyhow!("{}: {error}", output.path))?;
        }
        crate::println_lossy!("{:>8} {}", if fresh { "Fresh" } else { "Written" }, output.path);
    }
    for path in leftovers(root, outputs)? {
        std::fs::remove_file(root.join(&path))?;
        crate::println_lossy!("{:>8} {path}", "Removed");
    }
    Ok(ExitCode::SUCCESS)
}

/// A whole new file in the place of the old one, so that a killed run leaves no half of it.
fn replace(path: &PathBuf, content: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .permissions(permissions())
        .tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// None where there is no such file.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read(path) {
        // A file with bytes that are no text is stale like any other.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::anyhow!("{}: {error}", path.display())),
    }
}

/// Files among the examples that the document no longer makes.
fn leftovers(root: &Path, outputs: &[Output]) -> anyhow::Result<Vec<String>> {
    let made: HashSet<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
    let mut found = Vec::new();
    match std::fs::read_dir(root.join(EXAMPLES)) {
        Ok(entries) => {
            for entry in entries {
                let path = format!("{EXAMPLES}/{}", entry?.file_name().to_string_lossy());
                if !made.contains(&*path) {
                    found.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    found.sort();
    Ok(found)
}

/// The unified diff from what is there to what belongs there; None where both are the same.
fn difference(path: &str, found: Option<&str>, wanted: Option<&str>) -> Option<String> {
    if found == wanted {
        return None;
    }
    let name = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(found.unwrap_or_default(), wanted.unwrap_or_default());
    let mut diff = diff.unified_diff();
    Some(diff.header(&name("a", found), &name("b", wanted)).to_string())
}
