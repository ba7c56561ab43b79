//! The credential sources and their order. No option takes a secret as its value, because every user of a machine can
//! read the arguments of its processes.

use std::path::Path;

use huaweicloud_hss::Error;
use huaweicloud_hss::auth::provider::{
    Cached, Chain, EcsMetadata, Environment, EnvironmentToken, IamPassword, IamUser, Profile, ProjectScope, TokenFile,
};
use huaweicloud_hss::auth::{BoxFuture, Credentials, CredentialsProvider, ProviderError, ProviderErrorKind, Variables};

use crate::context::settings::{Settings, variable};
use crate::error::CliError;
use crate::output::messages::Messages;

const TOKEN: &str = "HSS_AUTH_TOKEN";
/// Sets the address of the metadata service, mostly for tests.
const METADATA: &str = "HSS_METADATA_ENDPOINT";

/// The chain of credential sources. They are tried when a request is sent.
pub(crate) fn provider(
    settings: &Settings,
    token_file: Option<&Path>,
    messages: &Messages,
) -> Result<impl CredentialsProvider + 'static, CliError> {
    let variables = Variables::of_process();
    let options = settings.http_options()?;
    let by_id = || settings.project_id.clone().map(ProjectScope::Id);
    let scope = by_id().or_else(|| settings.region.clone().map(ProjectScope::Name));
    let metadata = match variable(METADATA)? {
        Some(address) => {
            EcsMetadata::at(&address, &options).map_err(|error| CliError::invalid(format!("{METADATA}: {error}")))?
        }
        None => EcsMetadata::new(&options),
    };
    let iam_user = IamPassword::from_variables(variables.clone(), scope, settings.iam()?, &options);
    let chain = local_chain(token_file, &variables)
        .then(iam_user)
        .then(Profile::usual(variables))
        .then(metadata);
    let messages = *messages;
    Ok(Cached::new(WarnOnResolve { chain, messages }))
}

/// What is known of the credentials without a request.
pub(crate) enum OfflineCredentials {
    Found(Credentials),
    /// IAM would issue a token for this user.
    IamUser(IamUser),
}

/// Tries the same sources in the same order, and sends nothing.
pub(crate) async fn offline(token_file: Option<&Path>) -> Result<OfflineCredentials, CliError> {
    let variables = Variables::of_process();
    let chain = local_chain(token_file, &variables)
        .then(Offline::IamUser(variables.clone()))
        .then(Profile::usual(variables.clone()))
        .then(Offline::Metadata);
    match chain.provide().await {
        Ok(credentials) => Ok(OfflineCredentials::Found(credentials)),
        Err(error) if error.kind() == NEEDS_NETWORK => IamUser::from_variables(&variables)
            .map(OfflineCredentials::IamUser)
            .map_err(|error| Error::from(error).into()),
        Err(error) => Err(Error::from(error).into()),
    }
}

/// The first sources, none of which needs the network.
fn local_chain(token_file: Option<&Path>, variables: &Variables) -> Chain {
    let chain = match token_file {
        Some(file) => Chain::new().then(TokenFile::new(file)),
        None => Chain::new(),
    };
    chain
        .then(EnvironmentToken::new(TOKEN, variables.clone()))
        .then(Environment::new(variables.clone()))
}

/// Prints the warnings of the credentials that a chain resolves.
#[derive(Debug)]
struct WarnOnResolve {
    chain: Chain,
    messages: Messages,
}

impl CredentialsProvider for WarnOnResolve {
    fn name(&self) -> &str {
        self.chain.name()
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(async {
            let credentials = self.chain.provide().await?;
            tracing::debug!(target: "hss", "the credentials are the {credentials}");
            for warning in credentials.warnings() {
                self.messages.warn(warning);
            }
            Ok(credentials)
        })
    }

    fn invalidate(&self, refused: &Credentials) {
        self.chain.invalidate(refused);
    }
}

/// Replaces a source that needs the network.
#[derive(Debug)]
enum Offline {
    IamUser(Variables),
    Metadata,
}

/// No local source fails with this kind.
const NEEDS_NETWORK: ProviderErrorKind = ProviderErrorKind::Unreachable;

impl CredentialsProvider for Offline {
    fn name(&self) -> &str {
        match self {
            Self::IamUser(_) => "IAM user of the environment",
            Self::Metadata => "ECS metadata",
        }
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        let skipped = |kind| ProviderError::new(kind, "skipped because of --offline");
        let error = match self {
            Self::IamUser(variables) => match IamUser::from_variables(variables) {
                Ok(_) => skipped(NEEDS_NETWORK),
                Err(error) => error,
            },
            Self::Metadata => skipped(ProviderErrorKind::NotFound),
        };
        Box::pin(std::future::ready(Err(error)))
    }
}
