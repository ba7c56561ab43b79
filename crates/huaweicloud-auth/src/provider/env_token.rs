//! A token in an environment variable.

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::credential::token::Token;
use crate::env::Variables;

/// Reads a token from one variable.
#[derive(Debug, Clone)]
pub struct EnvironmentToken {
    name: String,
    variable: String,
    variables: Variables,
}

impl EnvironmentToken {
    /// Reads the token from the variable of this name, which is empty or not set where there is none.
    pub fn new(variable: impl Into<String>, variables: Variables) -> Self {
        let variable = variable.into();
        Self {
            name: format!("environment {variable}"),
            variable,
            variables,
        }
    }

    fn look(&self) -> Result<Credentials, ProviderError> {
        let Some(mut text) = self.variables.text(&self.variable)? else {
            return Err(ProviderError::not_found(self.variables.why_not(&self.variable)));
        };
        let token = Token::new(std::mem::take(&mut *text))
            .map_err(|error| ProviderError::invalid(error.to_string()).with_source(error))?;
        Ok(Credentials::from(token).with_source(&*self.name))
    }
}

impl CredentialsProvider for EnvironmentToken {
    fn name(&self) -> &str {
        &self.name
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.look())
    }
}
