//! A token in a file.

use std::path::PathBuf;

use crate::credentials::Credentials;
use crate::provider::{BoxFuture, CredentialsProvider, ProviderError, file, ready};
use crate::token::Token;

/// Reads a token from a file, anew whenever it is asked: someone else may renew it.
///
/// One line break at the file's end does not count. A file that others can read gives a
/// [warning](Credentials::warnings). The file is named on purpose, so it is an error where there is none.
#[derive(Debug, Clone)]
pub struct TokenFile {
    path: PathBuf,
    name: String,
}

impl TokenFile {
    /// Reads this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = format!("token file {}", path.display());
        Self { path, name }
    }

    fn look(&self) -> Result<Credentials, ProviderError> {
        let Some(file) = file::read(&self.path)? else {
            return Err(ProviderError::invalid(format!(
                "{} does not exist",
                self.path.display()
            )));
        };
        let text = file.text.strip_suffix('\n').unwrap_or(&file.text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let token = Token::new(text)
            .map_err(|error| ProviderError::invalid(format!("{}: {error}", self.path.display())).with_source(error))?;
        let credentials = Credentials::from(token).with_source(&*self.name);
        Ok(match file.warning {
            Some(warning) => credentials.with_warning(warning),
            None => credentials,
        })
    }
}

impl CredentialsProvider for TokenFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.look())
    }
}
