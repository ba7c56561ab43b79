//! Whose call it is. The first place that holds credentials is taken; no flag holds a secret, because every user of a
//! machine can read the arguments of its processes.

use std::path::Path;

use huaweicloud_hss::Error;
use huaweicloud_hss::auth::provider::{
    Cached, Chain, EcsMetadata, EnvAccessKey, EnvToken, IamPassword, IamUser, Profile, ProjectScope, TokenFile,
};
use huaweicloud_hss::auth::{BoxFuture, Credentials, CredentialsProvider, Env, ProviderError, ProviderErrorKind};

use crate::context::settings::{Settings, variable};
use crate::error::CliError;
use crate::output::messages::Messages;

const TOKEN: &str = "HSS_AUTH_TOKEN";
/// Another address of the metadata service, mostly for tests.
const METADATA: &str = "HSS_METADATA_ENDPOINT";

/// The places that hold credentials, asked when a request is sent.
pub(crate) fn provider(
    settings: &Settings,
    token_file: Option<&Path>,
    messages: &Messages,
) -> Result<impl CredentialsProvider + 'static, CliError> {
    let variables = Env::process();
    let options = settings.http_options()?;
    let by_id = || settings.project_id.clone().map(ProjectScope::Id);
    let scope = by_id().or_else(|| settings.region.clone().map(ProjectScope::Name));
    let metadata = match variable(METADATA)? {
        Some(address) => {
            EcsMetadata::at(&address, &options).map_err(|error| CliError::invalid(format!("{METADATA}: {error}")))?
        }
        None => EcsMetadata::new(&options),
    };
    let places = local_chain(token_file, &variables)
        .then(IamPassword::from_env(
            variables.clone(),
            scope,
            settings.iam()?,
            &options,
        ))
        .then(Profile::default_location(variables))
        .then(metadata);
    Ok(Cached::new(WarnOnResolve {
        places,
        messages: *messages,
    }))
}

/// What can be said of the credentials without asking anyone.
pub(crate) enum OfflineCredentials {
    Here(Credentials),
    /// A user for whom IAM would give a token.
    User(IamUser),
}

/// Looks at the same places in the same order, and sends nothing.
pub(crate) async fn offline(token_file: Option<&Path>) -> Result<OfflineCredentials, CliError> {
    let variables = Env::process();
    let places = local_chain(token_file, &variables)
        .then(Offline::User(variables.clone()))
        .then(Profile::default_location(variables.clone()))
        .then(Offline::Metadata);
    match places.provide().await {
        Ok(credentials) => Ok(OfflineCredentials::Here(credentials)),
        Err(error) if error.kind() == WOULD_ASK => IamUser::from_env(&variables)
            .map(OfflineCredentials::User)
            .map_err(|error| Error::from(error).into()),
        Err(error) => Err(Error::from(error).into()),
    }
}

/// The first places, which are on this machine.
fn local_chain(token_file: Option<&Path>, variables: &Env) -> Chain {
    let places = match token_file {
        Some(file) => Chain::new().then(TokenFile::new(file)),
        None => Chain::new(),
    };
    places
        .then(EnvToken::new(TOKEN, variables.clone()))
        .then(EnvAccessKey::new(variables.clone()))
}

/// Passes on what the user should be told of the credentials that are taken.
#[derive(Debug)]
struct WarnOnResolve {
    places: Chain,
    messages: Messages,
}

impl CredentialsProvider for WarnOnResolve {
    fn name(&self) -> &str {
        self.places.name()
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(async {
            let credentials = self.places.provide().await?;
            tracing::debug!(target: "hss", "the credentials are the {credentials}");
            credentials
                .warnings()
                .iter()
                .for_each(|warning| self.messages.warn(warning));
            Ok(credentials)
        })
    }

    fn invalidate(&self, refused: &Credentials) {
        self.places.invalidate(refused);
    }
}

/// Stands in a chain for a place that would ask the network.
#[derive(Debug)]
enum Offline {
    User(Env),
    Metadata,
}

/// No place that is on this machine fails so.
const WOULD_ASK: ProviderErrorKind = ProviderErrorKind::Unreachable;

impl CredentialsProvider for Offline {
    fn name(&self) -> &str {
        match self {
            Self::User(_) => "IAM user of the environment",
            Self::Metadata => "ECS metadata",
        }
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        let not_asked = |kind| ProviderError::new(kind, "not asked, because of --offline");
        let error = match self {
            Self::User(variables) => match IamUser::from_env(variables) {
                Ok(_) => not_asked(WOULD_ASK),
                Err(error) => error,
            },
            Self::Metadata => not_asked(ProviderErrorKind::NotFound),
        };
        Box::pin(std::future::ready(Err(error)))
    }
}
