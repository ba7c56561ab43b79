//! Files that hold secrets.

use std::fmt;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::bounded_file::BoundedFile;
use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;

/// The longest file that is read. A token has 32,768 characters at most.
const MAX_LENGTH: usize = 256 * 1024;

/// How long a pipe may take. A program that renews a token and prints it asks another service first.
const MAX_TIME: Duration = Duration::from_secs(10);

/// The text of a file, in memory that is wiped.
pub(crate) struct SecretFile {
    pub(crate) text: Zeroizing<String>,
    warning: Option<String>,
}

impl SecretFile {
    /// Reads a file; `None` if it does not exist.
    pub(crate) async fn read(path: &Path) -> Result<Option<Self>, ProviderError> {
        let shown = path.display();
        let file = match BoundedFile::read_async(path.to_owned(), MAX_LENGTH, MAX_TIME).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("{shown} cannot be read: {}", reason(&error));
                return Err(ProviderError::invalid(message).with_source(error));
            }
        };
        // The error names positions alone.
        let text = std::str::from_utf8(file.bytes())
            .map_err(|error| ProviderError::invalid(format!("{shown} is not UTF-8")).with_source(error))?;
        // Some editors put a byte order mark at the start.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let warning = format!("{shown} can be read by other users; chmod 600 it");
        Ok(Some(Self {
            text: Zeroizing::new(text.to_owned()),
            warning: readable_by_others(file.metadata()).then_some(warning),
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

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretFile(***)")
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
