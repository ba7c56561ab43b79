//! Where a call goes and how it gets there: from the options, then from the environment.

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use huaweicloud_hss::auth::{Env, HttpOptions, IamEndpoint, regions};
use huaweicloud_hss::{Client, ClientBuilder, RetryPolicy};

use crate::args::options::{self, ConnectionOptions};
use crate::error::CliError;

/// The time limit for a request to IAM.
const MAX_IAM_TIMEOUT: Duration = Duration::from_secs(15);

/// The resolved connection options, without the credentials.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) iam_endpoint: Option<String>,
    pub(crate) project_id: Option<String>,
    certificates: Option<Vec<u8>>,
    timeout: Duration,
}

impl Settings {
    pub(crate) fn resolve(connection: &ConnectionOptions, timeout: Duration) -> Result<Self, CliError> {
        let region = or_variable(&connection.region, "HW_REGION_NAME")?;
        let endpoint = match (or_variable(&connection.endpoint, "HSS_ENDPOINT")?, &region) {
            (None, Some(region)) => regions::endpoint_override("HSS", region, &Env::process()).map_err(|error| {
                CliError::invalid(error.to_string())
                    .with_hint("a region is an id such as cn-north-4; its endpoint is a URL")
            })?,
            (endpoint, _) => endpoint,
        };
        Ok(Self {
            endpoint,
            region,
            iam_endpoint: or_variable(&connection.iam_endpoint, "HUAWEICLOUD_SDK_IAM_ENDPOINT")?,
            project_id: or_variable(&connection.project_id, "HUAWEICLOUD_SDK_PROJECT_ID")?,
            certificates: connection.ca_bundle.as_deref().map(read_certificates).transpose()?,
            timeout,
        })
    }

    /// A client builder with everything but the credentials.
    pub(crate) fn client(&self) -> Result<ClientBuilder, CliError> {
        if self.endpoint.is_none() && self.region.is_none() {
            return Err(CliError::invalid("region: missing, and no endpoint is set")
                .with_hint("set --region or HW_REGION_NAME, or use --simulate"));
        }
        let mut client = Client::builder();
        if let Some(endpoint) = &self.endpoint {
            client = client.endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            client = client.region(region);
        }
        if let Some(endpoint) = &self.iam_endpoint {
            client = client.iam_endpoint(endpoint);
        }
        if let Some(id) = &self.project_id {
            client = client.project_id(id);
        }
        if let Some(certificates) = &self.certificates {
            client = client.ca_certificates(certificates.clone());
        }
        Ok(client)
    }

    /// How credential sources are reached: in the same way as the service.
    pub(crate) fn http_options(&self) -> Result<HttpOptions, CliError> {
        let options = HttpOptions::new()
            .timeout(self.timeout.min(MAX_IAM_TIMEOUT))
            .user_agent(concat!("hss/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| CliError::invalid(error.to_string()))?;
        let Some(pem) = &self.certificates else {
            return Ok(options);
        };
        options.ca_certificates(pem).map_err(|error| {
            CliError::invalid(format!("--ca-bundle: {error}")).with_hint("the file must contain PEM certificates")
        })
    }

    /// The IAM endpoint, unless the credentials name another.
    pub(crate) fn iam(&self) -> Result<IamEndpoint, CliError> {
        let invalid = |name: &'static str| move |error| CliError::invalid(format!("{name}: {error}"));
        match (&self.iam_endpoint, &self.region) {
            (Some(url), _) => IamEndpoint::new(url).map_err(invalid("iam_endpoint")),
            (None, Some(region)) => IamEndpoint::of_region(region).map_err(invalid("region")),
            (None, None) => Ok(IamEndpoint::global()),
        }
    }
}

fn read_certificates(file: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(file)
        .map_err(|error| CliError::invalid(format!("--ca-bundle {}: cannot be read", file.display())).with_cause(error))
}

pub(crate) fn enterprise_project_id(connection: &ConnectionOptions) -> Result<Option<String>, CliError> {
    or_variable(&connection.enterprise_project_id, "HW_ENTERPRISE_PROJECT_ID")
}

pub(crate) fn retry_policy(max_retries: Option<u32>) -> Result<RetryPolicy, CliError> {
    const NAME: &str = "HW_MAX_RETRIES";
    let max_retries = match (max_retries, variable(NAME)?) {
        (None, Some(text)) => {
            Some(options::max_retries(&text).map_err(|reason| CliError::invalid(format!("{NAME}: {reason}")))?)
        }
        (option, _) => option,
    };
    let policy = RetryPolicy::new();
    Ok(max_retries.map_or(policy, |retries| policy.max_attempts(retries + 1)))
}

/// The value of an environment variable. An empty one counts as not set, because scripts clear variables that way.
pub(crate) fn variable(name: &str) -> Result<Option<String>, CliError> {
    let value = env::var_os(name).filter(|value| !value.is_empty());
    // The value may be a secret, so the error does not show it.
    let not_utf8 = |_| CliError::invalid(format!("{name}: the value is not UTF-8"));
    value.map(|value| value.into_string().map_err(not_utf8)).transpose()
}

fn or_variable(option: &Option<String>, name: &str) -> Result<Option<String>, CliError> {
    if let Some(value) = option {
        return Ok(Some(value.clone()));
    }
    let value = variable(name)?;
    let checked = value.as_deref().map(options::visible).transpose();
    checked.map_err(|reason| CliError::invalid(format!("{name}: {reason}")))
}
