//! A token in an environment variable.

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::credential::token::Token;
use crate::env::Env;

/// Reads a token from one variable.
#[derive(Debug, Clone)]
pub struct EnvToken {
    name: String,
    variable: String,
    env: Env,
}

impl EnvToken {
    /// Reads the token from the variable of this name. Empty counts as not set.
    pub fn new(variable: impl Into<String>, env: Env) -> Self {
        let variable = variable.into();
        Self {
            name: format!("environment {variable}"),
            variable,
            env,
        }
    }

    pub(crate) fn resolve(&self) -> Result<Credentials, ProviderError> {
        let Some(mut text) = self.env.text(&self.variable)? else {
            return Err(ProviderError::not_found(self.env.why_not(&self.variable)));
        };
        let token = Token::new(std::mem::take(&mut *text))?;
        Ok(Credentials::from(token).with_source(&*self.name))
    }
}

impl CredentialsProvider for EnvToken {
    fn name(&self) -> &str {
        &self.name
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.resolve())
    }
}
