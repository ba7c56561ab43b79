//! Where a call goes and how it gets there: from the options, the environment and the profile.

use std::time::Duration;
use std::{env, io};

use huaweicloud_hss::auth::BoundedFile;
use huaweicloud_hss::auth::provider::{DefaultChain, Profile, ProfileSettings};
use huaweicloud_hss::auth::{Env, HttpOptions, IamEndpoint, regions};
use huaweicloud_hss::{Client, ClientBuilder, Error, ErrorKind, Outcome, RetryPolicy};

use crate::args::options::{self, ConnectionOptions};
use crate::error::CliError;

/// The time limit for a request to IAM.
const MAX_IAM_TIMEOUT: Duration = Duration::from_secs(15);

/// More than the certificates of all public authorities.
const MAX_CERTIFICATES: usize = 8 * 1024 * 1024;

const TOKEN: &str = "HSS_AUTH_TOKEN";
const PROFILE: &str = "HSS_PROFILE";
const ENTERPRISE_PROJECT_ID: &str = "HW_ENTERPRISE_PROJECT_ID";

/// A value, and where it comes from in words: an option, a variable or a profile.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) source: String,
}

/// The resolved connection options, and the chain of credential sources.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) endpoint: Option<Setting>,
    pub(crate) region: Option<Setting>,
    pub(crate) iam_endpoint: Option<Setting>,
    pub(crate) project_id: Option<Setting>,
    pub(crate) enterprise_project_id: Option<Setting>,
    pub(crate) chain: DefaultChain,
    /// The only source of credentials, if `--profile` names one.
    pub(crate) only_profile: Option<Profile>,
    certificates: Option<Vec<u8>>,
    timeout: Duration,
}

impl Settings {
    /// Resolves the options. A dry run uses no credentials, so a source of them that is broken does not matter to it.
    pub(crate) async fn resolve(
        connection: &ConnectionOptions,
        timeout: Duration,
        is_dry_run: bool,
    ) -> Result<Self, CliError> {
        if connection.profile.0.is_some() && connection.token_file.is_some() {
            return Err(CliError::invalid(
                "--profile and --token-file: each of them is the only source of credentials",
            )
            .with_hint("use one of the two"));
        }
        let profile = Profile::default_location(Env::process());
        let profile = match connection
            .profile
            .0
            .clone()
            .map_or_else(|| variable(PROFILE), |name| Ok(Some(name)))?
        {
            Some(name) => profile.section(name),
            None => profile,
        };
        let mut chain = DefaultChain::new().token_variable(TOKEN).profile(profile.clone());
        if let Some(file) = &connection.token_file {
            chain = chain.token_file(file);
        }
        let only_profile = connection.profile.0.is_some().then(|| profile.clone());
        let rest = match &only_profile {
            Some(profile) => Rest::Profile(within(timeout, profile.settings()).await?),
            None => match within(timeout, chain.profile_settings()).await {
                Err(_) if is_dry_run => Rest::Environment(None),
                settings => Rest::Environment(settings?),
            },
        };
        let region = rest.pick(&connection.region, "--region", "HW_REGION_NAME", |profile| {
            &profile.region
        })?;
        Ok(Self {
            endpoint: rest.endpoint(&connection.endpoint, region.as_ref())?,
            iam_endpoint: rest.iam_endpoint(&connection.iam_endpoint)?,
            project_id: rest.pick(
                &connection.project_id,
                "--project-id",
                "HUAWEICLOUD_SDK_PROJECT_ID",
                // The credentials name it.
                |profile| {
                    if only_profile.is_some() {
                        &profile.project_id
                    } else {
                        &None
                    }
                },
            )?,
            enterprise_project_id: rest.pick(
                &connection.enterprise_project_id,
                "--enterprise-project-id",
                ENTERPRISE_PROJECT_ID,
                |profile| &profile.enterprise_project_id,
            )?,
            region,
            chain,
            only_profile,
            certificates: certificates(connection, timeout)?,
            timeout,
        })
    }

    /// A client builder with everything but the credentials.
    pub(crate) fn client(&self) -> Result<ClientBuilder, CliError> {
        if self.endpoint.is_none() && self.region.is_none() {
            let hint = if self.only_profile.is_some() {
                "set --region, or region in the section of the profile; with --profile, no variable counts"
            } else {
                "set --region or HW_REGION_NAME, or use --simulate"
            };
            return Err(CliError::invalid("region: missing, and no endpoint is set").with_hint(hint));
        }
        let mut client = Client::builder();
        if let Some(endpoint) = &self.endpoint {
            client = client.endpoint(&endpoint.value);
        }
        if let Some(region) = &self.region {
            client = client.region(&region.value);
        }
        if let Some(endpoint) = &self.iam_endpoint {
            client = client.iam_endpoint(&endpoint.value);
        }
        if let Some(id) = &self.project_id {
            client = client.project_id(&id.value);
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
            (Some(url), _) => IamEndpoint::new(&url.value).map_err(invalid("iam_endpoint")),
            (None, Some(region)) => IamEndpoint::of_region(&region.value).map_err(invalid("region")),
            (None, None) => Ok(IamEndpoint::global()),
        }
    }
}

/// What gives the values that no option gives.
enum Rest {
    /// The section that `--profile` names, alone: a variable is about another identity.
    Profile(ProfileSettings),
    /// A variable, then the profile if the credentials are its own.
    Environment(Option<ProfileSettings>),
}

impl Rest {
    fn pick(
        &self,
        option: &Option<String>,
        option_name: &str,
        variable_name: &str,
        field: impl for<'a> Fn(&'a ProfileSettings) -> &'a Option<String>,
    ) -> Result<Option<Setting>, CliError> {
        if let Some(value) = option {
            return Ok(Some(Setting::new(value, option_name)));
        }
        let of_profile = |profile: &ProfileSettings| Some(Setting::new(field(profile).as_ref()?, &profile.source));
        Ok(match self {
            Self::Profile(profile) => of_profile(profile),
            Self::Environment(profile) => of_variable(variable_name)?.or_else(|| of_profile(profile.as_ref()?)),
        })
    }

    /// The service's endpoint, if something else than the region names it.
    fn endpoint(&self, option: &Option<String>, region: Option<&Setting>) -> Result<Option<Setting>, CliError> {
        const VARIABLE: &str = "HSS_ENDPOINT";
        let picked = self.pick(option, "--endpoint", VARIABLE, |profile| &profile.endpoint)?;
        if let Some(picked) = picked {
            picked.check_url("endpoint")?;
            return Ok(Some(picked));
        }
        let Some(region) = region else { return Ok(None) };
        let of_region = regions::endpoint_override("HSS", &region.value, &Env::process()).map_err(|error| {
            CliError::invalid(error.to_string())
                .with_hint("a region is an id such as cn-north-4; its endpoint is a URL")
        })?;
        let source = "environment HUAWEICLOUD_SDK_REGION_HSS_<REGION>";
        Ok(of_region.map(|value| Setting::new(&value, source)))
    }

    fn iam_endpoint(&self, option: &Option<String>) -> Result<Option<Setting>, CliError> {
        const VARIABLE: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
        // The credentials of the chain name the profile's.
        let picked = match self {
            Self::Profile(_) => self.pick(option, "--iam-endpoint", VARIABLE, |profile| &profile.iam_endpoint),
            Self::Environment(_) => self.pick(option, "--iam-endpoint", VARIABLE, |_| &None),
        }?;
        if let Some(picked) = &picked {
            picked.check_url("iam_endpoint")?;
        }
        Ok(picked)
    }
}

impl Setting {
    fn new(value: &str, source: &str) -> Self {
        let (value, source) = (value.to_owned(), source.to_owned());
        Self { value, source }
    }

    /// Refuses a host without a scheme. The error does not show the text, which may hold a password.
    fn check_url(&self, name: &str) -> Result<(), CliError> {
        if self.value.contains("://") {
            return Ok(());
        }
        Err(CliError::invalid(format!(
            "{name}: not a URL, because it does not begin with https:// ({})",
            self.source
        ))
        .with_hint("write https:// before the host, as in https://hss.cn-north-4.myhuaweicloud.com"))
    }
}

/// Waits for credentials or a profile, which may be a pipe, within the time limit of the call.
pub(crate) async fn within<T, E: Into<CliError>>(
    limit: Duration,
    reading: impl Future<Output = Result<T, E>>,
) -> Result<T, CliError> {
    match tokio::time::timeout(limit, reading).await {
        Ok(read) => read.map_err(Into::into),
        Err(_) => {
            let message = format!("no source gave credentials within {limit:?}");
            let error = Error::builder(ErrorKind::Timeout, Outcome::NotSent, message);
            Err(error
                .with_hint("if a file of credentials is a pipe, does a program write to it?")
                .build()
                .into())
        }
    }
}

fn certificates(connection: &ConnectionOptions, timeout: Duration) -> Result<Option<Vec<u8>>, CliError> {
    let Some(file) = &connection.ca_bundle else {
        return Ok(None);
    };
    let unreadable = |error: io::Error| {
        CliError::invalid(format!("--ca-bundle {}: cannot be read", file.display())).with_cause(error)
    };
    let read = BoundedFile::read(file, MAX_CERTIFICATES, timeout).map_err(unreadable)?;
    Ok(Some(read.into_bytes()))
}

/// The enterprise project of a call to a simulator, which uses no profile.
pub(crate) fn simulated_enterprise_project_id(connection: &ConnectionOptions) -> Result<Option<String>, CliError> {
    match &connection.enterprise_project_id {
        Some(id) => Ok(Some(id.clone())),
        None => variable(ENTERPRISE_PROJECT_ID),
    }
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

fn of_variable(name: &str) -> Result<Option<Setting>, CliError> {
    let source = format!("environment {name}");
    let value = variable(name)?;
    let checked = value.as_deref().map(options::visible).transpose();
    let value = checked.map_err(|reason| CliError::invalid(format!("{name}: {reason}")))?;
    Ok(value.map(|value| Setting { value, source }))
}
