//! The credential sources: the SDK's default chain with the command's token file and variables. No option takes a secret
//! as its value, because every user of a machine can read the arguments of its processes.

use huaweicloud_hss::auth::provider::{Cached, Chain, LocalCredentials};
use huaweicloud_hss::auth::{BoxFuture, Credentials, CredentialsProvider, ProviderError};

use crate::context::settings::{Settings, variable};
use crate::error::CliError;
use crate::output::messages::Messages;

/// Sets the address of the metadata service, mostly for tests.
const METADATA: &str = "HSS_METADATA_ENDPOINT";

/// The chain of credential sources, or the one profile. They are tried when a request is sent.
pub(crate) fn provider(
    settings: &Settings,
    messages: &Messages,
) -> Result<impl CredentialsProvider + 'static, CliError> {
    let chain = match &settings.only_profile {
        Some(profile) => Chain::new().then(profile.clone()),
        None => default_chain(settings)?,
    };
    let messages = messages.clone();
    Ok(Cached::new(WarnOnResolve { chain, messages }))
}

/// The first credentials that exist without a request.
pub(crate) async fn offline(settings: &Settings) -> Result<LocalCredentials, CliError> {
    Ok(match &settings.only_profile {
        Some(profile) => {
            let chain = Chain::new().then(profile.clone());
            LocalCredentials::Credentials(chain.provide().await?)
        }
        None => settings.chain.resolve_offline().await?,
    })
}

fn default_chain(settings: &Settings) -> Result<Chain, CliError> {
    let mut chain = settings
        .chain
        .clone()
        .http(settings.http_options()?)
        .iam_endpoint(settings.iam()?);
    if let Some(id) = &settings.project_id {
        chain = chain.project_id(&id.value);
    }
    if let Some(region) = &settings.region {
        chain = chain.region(&region.value);
    }
    if let Some(address) = variable(METADATA)? {
        chain = chain.metadata_address(address);
    }
    // The IAM endpoint is set, so only the address of the metadata service can be invalid.
    chain
        .chain()
        .map_err(|error| CliError::invalid(format!("{METADATA}: {error}")))
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
