//! Files that hold secrets.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::credential::error::ProviderError;

/// The most that is read of a file. A token has 32,768 characters at most.
const MOST: usize = 256 * 1024;

/// A file's text, in memory that is wiped, and a warning where others than its owner can read it.
pub(crate) struct SecretFile {
    pub(crate) text: Zeroizing<String>,
    pub(crate) warning: Option<String>,
}

/// Reads a file; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<SecretFile>, ProviderError> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        ProviderError::invalid(format!("{shown} cannot be read: {}", reason(error.kind()))).with_source(error)
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    // Of the right size from the start: a growing one leaves copies behind. A pipe has no size.
    let mut bytes = Zeroizing::new(vec![0; MOST + 1]);
    let mut length = 0;
    let mut file = file;
    while length < bytes.len() {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    if length > MOST {
        return Err(ProviderError::invalid(format!("{shown} is larger than 256 KiB")));
    }
    // The error of UTF-8 names positions alone.
    let text = std::str::from_utf8(&bytes[..length])
        .map_err(|error| ProviderError::invalid(format!("{shown} is not UTF-8")).with_source(error))?;
    // Editors of some systems begin a file so.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(Some(SecretFile {
        text: Zeroizing::new(text.to_owned()),
        warning: readable_by_others(&metadata).then(|| format!("{shown} can be read by other users; chmod 600 it")),
    }))
}

/// The usual reasons in words that are the same on every system.
fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::IsADirectory => "it is a directory",
        _ => "the system said no",
    }
}

#[cfg(unix)]
fn readable_by_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.is_file() && metadata.permissions().mode() & 0o044 != 0
}

/// Elsewhere access lists rule, which the standard library does not read.
#[cfg(not(unix))]
fn readable_by_others(_: &std::fs::Metadata) -> bool {
    false
}
