//! The order in which credentials are looked for.

use std::path::PathBuf;

use crate::credential::credentials::Credentials;
use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::credential::provider::CredentialsProvider;
use crate::env::Env;
use crate::iam::endpoint::IamEndpoint;
use crate::net::http::HttpOptions;
use crate::provider::cache::Cached;
use crate::provider::chain::Chain;
use crate::provider::ecs_metadata::{self, EcsMetadata};
use crate::provider::env_access_key::EnvAccessKey;
use crate::provider::env_token::EnvToken;
use crate::provider::iam_password::{self, IamPassword, ProjectScope};
use crate::provider::iam_user::IamUser;
use crate::provider::profile::{Profile, ProfileSettings};
use crate::provider::token_file::TokenFile;

/// Looks for credentials where the official tools do, but for OIDC and pod identities. The first of these that exists
/// is used:
///
/// 1. the [token file](TokenFile), if one is set,
/// 2. the [token in a variable](EnvToken), if its name is set,
/// 3. the [access key in variables](EnvAccessKey),
/// 4. the [IAM user in variables](IamUser::from_env), who needs a region or a project id,
/// 5. the [profile file](Profile::default_location),
/// 6. the [metadata service](EcsMetadata) of the ECS server.
///
/// ```
/// use huaweicloud_auth::provider::DefaultChain;
///
/// let provider = DefaultChain::new().region("cn-north-4").build()?;
/// # Ok::<(), huaweicloud_auth::ProviderError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct DefaultChain {
    env: Env,
    http: HttpOptions,
    token_file: Option<PathBuf>,
    token_variable: Option<String>,
    profile: Option<Profile>,
    region: Option<String>,
    project_id: Option<String>,
    iam_endpoint: Option<IamEndpoint>,
    metadata_address: Option<String>,
}

/// Credentials that exist without a request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LocalCredentials {
    /// A key or a token.
    Credentials(Credentials),
    /// A user for whom IAM would issue a token.
    IamUser(IamUser),
}

impl DefaultChain {
    /// The chain with the process's environment and the default HTTP options.
    pub fn new() -> Self {
        Self {
            env: Env::process(),
            http: HttpOptions::new(),
            token_file: None,
            token_variable: None,
            profile: None,
            region: None,
            project_id: None,
            iam_endpoint: None,
            metadata_address: None,
        }
    }

    /// Reads these variables instead of the process's.
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Makes requests with these options.
    pub fn http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }

    /// Reads a token from this file.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_file = Some(path.into());
        self
    }

    /// Reads a token from the variable of this name.
    pub fn token_variable(mut self, name: impl Into<String>) -> Self {
        self.token_variable = Some(name.into());
        self
    }

    /// Reads this profile in place of the default section of the [default file](Profile::default_location). It keeps
    /// its place in the order.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The region whose IAM and whose project a token is asked for.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The project that a token is asked for, instead of the region's.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// IAM's endpoint, instead of the region's.
    pub fn iam_endpoint(mut self, endpoint: IamEndpoint) -> Self {
        self.iam_endpoint = Some(endpoint);
        self
    }

    /// The address of the metadata service, as for [`EcsMetadata::at`].
    pub fn metadata_address(mut self, address: impl Into<String>) -> Self {
        self.metadata_address = Some(address.into());
        self
    }

    /// The chain behind a cache.
    ///
    /// # Errors
    ///
    /// Text that is not a region's id, or an unusable address of the metadata service.
    pub fn build(self) -> Result<Cached<Chain>, ProviderError> {
        self.chain().map(Cached::new)
    }

    /// The chain without a cache, for a provider of your own around it. Every call of it can make requests.
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build).
    pub fn chain(&self) -> Result<Chain, ProviderError> {
        Ok(self
            .before_user()
            .then(self.iam_password()?)
            .then(self.profile_file())
            .then(self.ecs_metadata()?))
    }

    /// The first credentials of the chain that exist without a request. Nothing is sent.
    ///
    /// # Errors
    ///
    /// As for the chain; [`attempts`](ProviderError::attempts) has every source.
    pub async fn resolve_offline(&self) -> Result<LocalCredentials, ProviderError> {
        let mut attempts = match self.before_user().provide().await {
            Err(error) if is_missing(&error) => error.attempts().to_vec(),
            result => return result.map(LocalCredentials::Credentials),
        };
        match IamUser::from_env(&self.env).map_err(|error| error.with_provider(iam_password::ENV_NAME)) {
            Err(error) if is_missing(&error) => attempts.push(error),
            result => return result.map(LocalCredentials::IamUser),
        }
        let profile = self.profile_file();
        match profile
            .resolve()
            .await
            .map_err(|error| error.with_provider(profile.name()))
        {
            Err(error) if is_missing(&error) => attempts.push(error),
            result => return result.map(LocalCredentials::Credentials),
        }
        attempts.push(ProviderError::not_found("not asked offline").with_provider(ecs_metadata::NAME));
        Err(ProviderError::none_found(attempts))
    }

    /// What the profile says about where a call goes; `None` if there is no profile, or an earlier source is set, which
    /// the settings do not belong to. Nothing is sent, and no other file is read. For a profile that is a pipe, set it
    /// by [`profile`](Self::profile): the chain then uses what was read here.
    ///
    /// # Errors
    ///
    /// A profile or a variable that cannot be used.
    pub async fn profile_settings(&self) -> Result<Option<ProfileSettings>, ProviderError> {
        // A pipe can be read only once, so the token file is left alone.
        if self.token_file.is_some() {
            return Ok(None);
        }
        let earlier = [
            self.before_user().provide().await.map(drop),
            IamUser::from_env(&self.env)
                .map(drop)
                .map_err(|error| error.with_provider(iam_password::ENV_NAME)),
        ];
        for source in earlier {
            match source {
                Err(error) if is_missing(&error) => {}
                result => return result.map(|()| None),
            }
        }
        match self.profile_file().settings().await {
            Err(error) if is_missing(&error) => Ok(None),
            result => result.map(Some),
        }
    }

    /// The providers before the IAM user, as far as they are set. None of them makes a request.
    fn before_user(&self) -> Chain {
        let mut chain = Chain::new();
        if let Some(path) = &self.token_file {
            chain = chain.then(TokenFile::new(path));
        }
        if let Some(name) = &self.token_variable {
            chain = chain.then(EnvToken::new(name, self.env.clone()));
        }
        chain.then(EnvAccessKey::new(self.env.clone()))
    }

    fn profile_file(&self) -> Profile {
        let default = || Profile::default_location(self.env.clone());
        self.profile.clone().unwrap_or_else(default)
    }

    fn iam_password(&self) -> Result<IamPassword, ProviderError> {
        let project = self.project_id.clone().map(ProjectScope::Id);
        let scope = project.or_else(|| self.region.clone().map(ProjectScope::Name));
        let endpoint = match (&self.iam_endpoint, &self.region) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(region)) => IamEndpoint::of_region(region)?,
            (None, None) => IamEndpoint::global(),
        };
        Ok(IamPassword::from_env(self.env.clone(), scope, endpoint, &self.http))
    }

    fn ecs_metadata(&self) -> Result<EcsMetadata, ProviderError> {
        match &self.metadata_address {
            Some(address) => EcsMetadata::at(address, &self.http),
            None => Ok(EcsMetadata::new(&self.http)),
        }
    }
}

fn is_missing(error: &ProviderError) -> bool {
    error.kind() == ProviderErrorKind::NotFound
}

impl Default for DefaultChain {
    fn default() -> Self {
        Self::new()
    }
}
