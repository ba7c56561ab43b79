//! Where a call goes: flags first, then the environment.

use std::env;

use huaweicloud_hss::RetryPolicy;

use crate::arguments::{self, Global};
use crate::failure::Failure;

/// Where a call goes, but for credentials.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) place: Place,
    pub(crate) project_id: String,
}

#[derive(Debug)]
pub(crate) enum Place {
    Region(String),
    Endpoint(String),
}

impl Settings {
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        let endpoint = or_variable(&global.endpoint, "HSS_ENDPOINT")?;
        let region = or_variable(&global.region, "HW_REGION_NAME")?;
        let project_id = or_variable(&global.project_id, "HUAWEICLOUD_SDK_PROJECT_ID")?;
        let place = match (endpoint, region) {
            (Some(endpoint), _) => Place::Endpoint(endpoint),
            (None, Some(region)) => Place::Region(region),
            (None, None) => {
                return Err(Failure::invalid("region: missing, and so is an endpoint")
                    .hint("give --region or HW_REGION_NAME, or try it with --simulate"));
            }
        };
        let project_id = project_id.ok_or_else(|| {
            Failure::invalid("project_id: missing")
                .hint("give --project-id or HUAWEICLOUD_SDK_PROJECT_ID; the console lists it under My Credentials")
        })?;
        Ok(Self { place, project_id })
    }
}

/// The enterprise project, which a simulator is told too.
pub(crate) fn enterprise_project_id(global: &Global) -> Result<Option<String>, Failure> {
    or_variable(&global.enterprise_project_id, "HW_ENTERPRISE_PROJECT_ID")
}

/// How a call is repeated.
pub(crate) fn retry_policy(global: &Global) -> Result<RetryPolicy, Failure> {
    const NAME: &str = "HW_MAX_RETRIES";
    let set = match (global.max_retries, variable(NAME)?) {
        (Some(count), _) => Some(count),
        (None, Some(text)) => {
            Some(arguments::max_retries(&text).map_err(|reason| Failure::invalid(format!("{NAME}: {reason}")))?)
        }
        (None, None) => None,
    };
    let policy = RetryPolicy::new();
    Ok(set.map_or(policy, |retries| policy.max_attempts(retries + 1)))
}

/// A variable's value. An empty one counts as not set: that is how scripts clear them.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Failure> {
    let value = env::var_os(name).filter(|value| !value.is_empty());
    // The value is not shown: it may be a secret.
    let not_text = |_| Failure::invalid(format!("{name}: its value is not UTF-8"));
    value.map(|value| value.into_string().map_err(not_text)).transpose()
}

fn or_variable(flag: &Option<String>, name: &str) -> Result<Option<String>, Failure> {
    match flag {
        Some(value) => Ok(Some(value.clone())),
        None => variable(name),
    }
}
