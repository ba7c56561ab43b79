//! An access key in environment variables.

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::env::Env;

/// Reads an access key from variables: those of the official SDKs first, then those of the Terraform provider.
///
/// | id | secret | security token | project |
/// |---|---|---|---|
/// | `HUAWEICLOUD_SDK_AK` | `HUAWEICLOUD_SDK_SK` | `HUAWEICLOUD_SDK_SECURITY_TOKEN` | `HUAWEICLOUD_SDK_PROJECT_ID` |
/// | `HW_ACCESS_KEY` | `HW_SECRET_KEY` | `HW_SECURITY_TOKEN` | |
///
/// An empty variable counts as not set. An id without its secret, or a secret without its id, is an error: the next row or
/// provider would be another identity than the one that was meant.
#[derive(Debug, Clone)]
pub struct EnvAccessKey(Env);

struct Names {
    id: &'static str,
    secret: &'static str,
    security_token: &'static str,
    project_id: Option<&'static str>,
}

const NAMES: [Names; 2] = [
    Names {
        id: "HUAWEICLOUD_SDK_AK",
        secret: "HUAWEICLOUD_SDK_SK",
        security_token: "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        project_id: Some("HUAWEICLOUD_SDK_PROJECT_ID"),
    },
    Names {
        id: "HW_ACCESS_KEY",
        secret: "HW_SECRET_KEY",
        security_token: "HW_SECURITY_TOKEN",
        project_id: None,
    },
];

impl EnvAccessKey {
    /// Reads these variables, mostly [`Env::process`].
    pub fn new(env: Env) -> Self {
        Self(env)
    }

    pub(crate) fn resolve(&self) -> Result<Credentials, ProviderError> {
        for names in &NAMES {
            if let Some(credentials) = self.read(names)? {
                return Ok(credentials);
            }
        }
        let reasons: Vec<String> = NAMES.iter().map(|names| self.0.why_not(names.id)).collect();
        Err(ProviderError::not_found(reasons.join(" and ")))
    }

    fn read(&self, names: &Names) -> Result<Option<Credentials>, ProviderError> {
        let half = |set: &str, missing: &str| {
            let why_not = self.0.why_not(missing);
            Err(ProviderError::invalid(format!("{set} is set but {why_not}")))
        };
        let (id, mut secret) = match (self.0.text(names.id)?, self.0.text(names.secret)?) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) => return Ok(None),
            (Some(_), None) => return half(names.id, names.secret),
            (None, Some(_)) => return half(names.secret, names.id),
        };
        let mut key = AccessKey::new(id.as_str(), std::mem::take(&mut *secret))
            .map_err(|error| ProviderError::invalid_value(format_args!("{} and {}", names.id, names.secret), error))?;
        if let Some(mut token) = self.0.text(names.security_token)? {
            key = key
                .with_security_token(std::mem::take(&mut *token))
                .map_err(|error| ProviderError::invalid_value(names.security_token, error))?;
        }
        let project_id = match names.project_id {
            Some(name) => self.0.text(name)?.map(|text| text.to_string()),
            None => None,
        };
        let credentials = Credentials::from(key)
            .with_source(format!("environment {}", names.id))
            .with_project_id(project_id);
        Ok(Some(credentials))
    }
}

impl Credentials {
    /// The access key in the process's environment, as [`EnvAccessKey`] reads it. For tokens, for files, and for keys that
    /// expire, give a client a [provider](crate::provider) instead.
    ///
    /// # Errors
    ///
    /// No key, or half of one.
    pub fn from_env() -> Result<Self, ProviderError> {
        let provider = EnvAccessKey::new(Env::process());
        provider.resolve().map_err(|error| error.with_provider(provider.name()))
    }
}

impl CredentialsProvider for EnvAccessKey {
    fn name(&self) -> &str {
        "environment"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.resolve())
    }
}
