//! A token in a file.

use std::path::PathBuf;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::credential::token::Token;
use crate::provider::secret_file as file;

/// Reads a token from a file, anew whenever it is asked: someone else may renew it.
///
/// One line break at the file's end does not count. A file that others can read gives a
/// [warning](Credentials::warnings). The file is named on purpose, so it is an error where there is none.
#[derive(Debug, Clone)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// Reads this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn look(&self) -> Result<Credentials, ProviderError> {
        let shown = self.0.display();
        let Some(file) = file::read(&self.0)? else {
            return Err(ProviderError::invalid(format!("{shown} does not exist")));
        };
        let text = file.text.strip_suffix('\n').unwrap_or(&file.text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(ProviderError::invalid(format!("{shown}: the token is empty")));
        }
        let token =
            Token::new(text).map_err(|error| ProviderError::invalid(format!("{shown}: {error}")).with_source(error))?;
        let credentials = Credentials::from(token).with_source(format!("token file {shown}"));
        Ok(match file.warning {
            Some(warning) => credentials.with_warning(warning),
            None => credentials,
        })
    }
}

impl CredentialsProvider for TokenFile {
    fn name(&self) -> &str {
        "token file"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.look())
    }
}
