//! A token in a file.

use std::path::PathBuf;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::credential::token::Token;
use crate::provider::secret_file::SecretFile;

/// Reads a token from a file whenever it is asked, because another program may renew it.
///
/// One line break at the end of the file is ignored. A file that others can read gives a
/// [warning](Credentials::warnings). The caller names the file, so it is an error if it does not exist. It has at most
/// 256 KiB; a pipe can take 10 seconds.
#[derive(Debug, Clone)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// Reads this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    async fn resolve(&self) -> Result<Credentials, ProviderError> {
        let shown = self.0.display();
        let Some(file) = SecretFile::read(&self.0).await? else {
            return Err(ProviderError::invalid(format!("{shown} does not exist")));
        };
        let text = file.text.strip_suffix('\n').unwrap_or(&file.text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(ProviderError::invalid(format!("{shown}: the token is empty")));
        }
        let token = Token::new(text).map_err(|error| ProviderError::invalid_value(shown, error))?;
        let source = format!("token file {}", self.0.display());
        Ok(file.warn(Credentials::from(token).with_source(source)))
    }
}

impl CredentialsProvider for TokenFile {
    fn name(&self) -> &str {
        "token file"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.resolve())
    }
}
