//! An access key in environment variables.

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::env::Variables;

/// Reads an access key from variables: those of the official SDKs first, then those of the Terraform provider.
///
/// | id | secret | security token | project |
/// |---|---|---|---|
/// | `HUAWEICLOUD_SDK_AK` | `HUAWEICLOUD_SDK_SK` | `HUAWEICLOUD_SDK_SECURITY_TOKEN` | `HUAWEICLOUD_SDK_PROJECT_ID` |
/// | `HW_ACCESS_KEY` | `HW_SECRET_KEY` | `HW_SECURITY_TOKEN` | |
///
/// A variable that is empty counts as not set. An id without its secret, or a secret without its id, is an error:
/// another row or another provider would be some other identity than the one that was meant.
#[derive(Debug, Clone)]
pub struct Environment(Variables);

struct Row {
    id: &'static str,
    secret: &'static str,
    security_token: &'static str,
    project_id: Option<&'static str>,
}

const ROWS: [Row; 2] = [
    Row {
        id: "HUAWEICLOUD_SDK_AK",
        secret: "HUAWEICLOUD_SDK_SK",
        security_token: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        project_id: Some("HUAWEICLOUD_SDK_PROJECT_ID"),
    },
    Row {
        id: "HW_ACCESS_KEY",
        secret: "HW_SECRET_KEY",
        security_token: "HW_SECURITY_TOKEN",
        project_id: None,
    },
];

impl Environment {
    /// Reads these variables, mostly [`Variables::of_process`].
    pub fn new(variables: Variables) -> Self {
        Self(variables)
    }

    pub(crate) fn look(&self) -> Result<Credentials, ProviderError> {
        for row in &ROWS {
            if let Some(credentials) = self.row(row)? {
                return Ok(credentials);
            }
        }
        let reasons: Vec<String> = ROWS.iter().map(|row| self.0.why_not(row.id)).collect();
        Err(ProviderError::not_found(reasons.join(" and ")))
    }

    fn row(&self, row: &Row) -> Result<Option<Credentials>, ProviderError> {
        let (id, secret) = (self.0.text(row.id)?, self.0.text(row.secret)?);
        let (id, mut secret) = match (id, secret) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(half(row.id, &self.0.why_not(row.secret))),
            (None, Some(_)) => return Err(half(row.secret, &self.0.why_not(row.id))),
        };
        let key = AccessKey::new(id.as_str(), std::mem::take(&mut *secret)).map_err(|error| {
            ProviderError::invalid(format!("{} and {}: {error}", row.id, row.secret)).with_source(error)
        })?;
        let key = match self.0.text(row.security_token)? {
            Some(mut token) => key.with_security_token(std::mem::take(&mut *token)).map_err(|error| {
                ProviderError::invalid(format!("{}: {error}", row.security_token)).with_source(error)
            })?,
            None => key,
        };
        let project_id = match row.project_id {
            Some(name) => self.0.text(name)?.map(|text| text.to_string()),
            None => None,
        };
        let source = format!("environment {}", row.id);
        Ok(Some(
            Credentials::from(key).with_source(source).with_project_id(project_id),
        ))
    }
}

impl Credentials {
    /// The access key that the process's environment names, as [`Environment`] has it. For tokens, for files, and for keys
    /// that end, give a client a [provider](crate::provider) in place of this.
    ///
    /// # Errors
    ///
    /// Where there is none, or half of one.
    pub fn from_env() -> Result<Self, ProviderError> {
        let environment = Environment::new(Variables::of_process());
        environment.look().map_err(|error| error.of(environment.name()))
    }
}

fn half(there: &str, why_not: &str) -> ProviderError {
    ProviderError::invalid(format!("{there} is set but {why_not}"))
}

impl CredentialsProvider for Environment {
    fn name(&self) -> &str {
        "environment"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.look())
    }
}
