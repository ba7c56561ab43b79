//! Where a call goes and how it gets there: flags first, then the environment.

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use huaweicloud_hss::auth::{Env, HttpOptions, IamEndpoint, regions};
use huaweicloud_hss::{Client, ClientBuilder};

use huaweicloud_hss::RetryPolicy;

use crate::args::{self, GlobalOptions};
use crate::error::CliError;

/// The longest that IAM is waited for.
const IAM_TIMEOUT: Duration = Duration::from_secs(15);

/// Where a call goes, but for credentials.
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
    pub(crate) fn find(global: &GlobalOptions) -> Result<Self, CliError> {
        let region = or_variable(&global.region, "HW_REGION_NAME")?;
        let endpoint = or_variable(&global.endpoint, "HSS_ENDPOINT")?;
        let endpoint = match (&endpoint, &region) {
            (None, Some(region)) => regions::endpoint_override("HSS", region, &Env::process()).map_err(|error| {
                CliError::invalid(error.to_string()).hint("a region is an id such as cn-north-4, its endpoint a URL")
            })?,
            _ => endpoint,
        };
        let read = |file: &Path| {
            let unreadable =
                |error| CliError::invalid(format!("--ca-bundle {}: it cannot be read", file.display())).cause(error);
            fs::read(file).map_err(unreadable)
        };
        Ok(Self {
            endpoint,
            region,
            iam_endpoint: or_variable(&global.iam_endpoint, "HUAWEICLOUD_SDK_IAM_ENDPOINT")?,
            project_id: or_variable(&global.project_id, "HUAWEICLOUD_SDK_PROJECT_ID")?,
            certificates: global.ca_bundle.as_deref().map(read).transpose()?,
            timeout: global.timeout,
        })
    }

    /// The beginning of a client.
    pub(crate) fn client(&self) -> Result<ClientBuilder, CliError> {
        if self.endpoint.is_none() && self.region.is_none() {
            return Err(CliError::invalid("region: missing, and so is an endpoint")
                .hint("give --region or HW_REGION_NAME, or try it with --simulate"));
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

    /// How the places that credentials come from are reached: as the service is.
    pub(crate) fn http_options(&self) -> Result<HttpOptions, CliError> {
        let options = HttpOptions::new()
            .timeout(self.timeout.min(IAM_TIMEOUT))
            .user_agent(concat!("hss/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| CliError::invalid(error.to_string()))?;
        match &self.certificates {
            Some(pem) => options.ca_certificates(pem).map_err(|error| {
                CliError::invalid(format!("--ca-bundle: {error}")).hint("it takes certificates in PEM, one or more")
            }),
            None => Ok(options),
        }
    }

    /// Where IAM is, unless the credentials name another one.
    pub(crate) fn iam(&self) -> Result<IamEndpoint, CliError> {
        let invalid = |name: &'static str| move |error| CliError::invalid(format!("{name}: {error}"));
        match (&self.iam_endpoint, &self.region) {
            (Some(url), _) => IamEndpoint::new(url).map_err(invalid("iam_endpoint")),
            (None, Some(region)) => IamEndpoint::of_region(region).map_err(invalid("region")),
            (None, None) => Ok(IamEndpoint::global()),
        }
    }
}

/// The enterprise project, which a simulator is told too.
pub(crate) fn enterprise_project_id(global: &GlobalOptions) -> Result<Option<String>, CliError> {
    or_variable(&global.enterprise_project_id, "HW_ENTERPRISE_PROJECT_ID")
}

/// How a call is repeated.
pub(crate) fn retry_policy(global: &GlobalOptions) -> Result<RetryPolicy, CliError> {
    const NAME: &str = "HW_MAX_RETRIES";
    let set = match (global.max_retries, variable(NAME)?) {
        (Some(count), _) => Some(count),
        (None, Some(text)) => {
            Some(args::max_retries(&text).map_err(|reason| CliError::invalid(format!("{NAME}: {reason}")))?)
        }
        (None, None) => None,
    };
    let policy = RetryPolicy::new();
    Ok(set.map_or(policy, |retries| policy.max_attempts(retries + 1)))
}

/// A variable's value. An empty one counts as not set: that is how scripts clear them.
pub(crate) fn variable(name: &str) -> Result<Option<String>, CliError> {
    let value = env::var_os(name).filter(|value| !value.is_empty());
    // The value is not shown: it may be a secret.
    let not_text = |_| CliError::invalid(format!("{name}: its value is not UTF-8"));
    value.map(|value| value.into_string().map_err(not_text)).transpose()
}

fn or_variable(flag: &Option<String>, name: &str) -> Result<Option<String>, CliError> {
    match flag {
        Some(value) => Ok(Some(value.clone())),
        None => variable(name),
    }
}
