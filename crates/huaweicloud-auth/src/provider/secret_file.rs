//! Files that hold secrets.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;

/// The longest file that is read. A token has 32,768 characters at most.
const MAX_LENGTH: usize = 256 * 1024;

/// The text of a file, in memory that is wiped.
pub(crate) struct SecretFile {
    pub(crate) text: Zeroizing<String>,
    warning: Option<String>,
}

impl SecretFile {
    /// Reads a file; `None` if it does not exist.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ProviderError> {
        let shown = path.display();
        let unreadable = |error: std::io::Error| {
            ProviderError::invalid(format!("{shown} cannot be read: {}", reason(&error))).with_source(error)
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let metadata = file.metadata().map_err(unreadable)?;
        // Allocated once: a growing buffer leaves copies of the secret behind. A pipe does not tell its length.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LENGTH + 1));
        let limit = bytes.capacity() as u64;
        file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() > MAX_LENGTH {
            return Err(ProviderError::invalid(format!("{shown} is larger than 256 KiB")));
        }
        // The error names positions alone.
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| ProviderError::invalid(format!("{shown} is not UTF-8")).with_source(error))?;
        // Some editors put a byte order mark at the start.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let warning = format!("{shown} can be read by other users; chmod 600 it");
        Ok(Some(Self {
            text: Zeroizing::new(text.to_owned()),
            warning: readable_by_others(&metadata).then_some(warning),
        }))
    }

    /// The credentials of this file, with a warning if others than its owner can read it.
    pub(crate) fn warn(&self, credentials: Credentials) -> Credentials {
        match &self.warning {
            Some(warning) => credentials.with_warning(warning),
            None => credentials,
        }
    }
}

/// The common reasons have the same words on every system.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(unix)]
fn readable_by_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.is_file() && metadata.permissions().mode() & 0o044 != 0
}

/// Other systems have access lists, which the standard library does not read.
#[cfg(not(unix))]
fn readable_by_others(_: &Metadata) -> bool {
    false
}
