//! The credential sources: the SDK's default chain with the command's token file and variables. No option takes a secret
//! as its value, because every user of a machine can read the arguments of its processes.

use std::path::Path;

use huaweicloud_hss::Error;
use huaweicloud_hss::auth::provider::{Cached, Chain, DefaultChain, LocalCredentials};
use huaweicloud_hss::auth::{BoxFuture, Credentials, CredentialsProvider, ProviderError};

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
    let mut chain = default_chain(token_file)
        .http(settings.http_options()?)
        .iam_endpoint(settings.iam()?);
    if let Some(id) = &settings.project_id {
        chain = chain.project_id(id);
    }
    if let Some(region) = &settings.region {
        chain = chain.region(region);
    }
    if let Some(address) = variable(METADATA)? {
        chain = chain.metadata_address(address);
    }
    // The IAM endpoint is set, so only the address of the metadata service can be invalid.
    let chain = chain
        .chain()
        .map_err(|error| CliError::invalid(format!("{METADATA}: {error}")))?;
    let messages = *messages;
    Ok(Cached::new(WarnOnResolve { chain, messages }))
}

/// The first credentials that exist without a request.
pub(crate) async fn offline(token_file: Option<&Path>) -> Result<LocalCredentials, CliError> {
    let credentials = default_chain(token_file).resolve_offline().await;
    credentials.map_err(|error| Error::from(error).into())
}

fn default_chain(token_file: Option<&Path>) -> DefaultChain {
    let chain = DefaultChain::new().token_variable(TOKEN);
    match token_file {
        Some(file) => chain.token_file(file),
        None => chain,
    }
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
