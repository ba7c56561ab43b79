//! A provider of one's own: an access key from a vault.

use huaweicloud_auth::provider::{Chain, EnvAccessKey};
use huaweicloud_auth::{AccessKey, BoxFuture, Credentials, CredentialsProvider, Env, ProviderError, ProviderErrorKind};

#[derive(Debug)]
struct Vault;

impl Vault {
    /// Where a real one would ask its server.
    async fn read(&self) -> Option<(String, String)> {
        Some(("AKFROMTHEVAULT000000".to_owned(), "its-secret".to_owned()))
    }
}

impl CredentialsProvider for Vault {
    fn name(&self) -> &str {
        "vault"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(async {
            // A chain goes on after NotFound, and only then.
            let missing = || ProviderError::new(ProviderErrorKind::NotFound, "no key in the vault");
            let (id, secret) = self.read().await.ok_or_else(missing)?;
            let key = AccessKey::new(id, secret)
                .map_err(|error| ProviderError::new(ProviderErrorKind::Invalid, error.to_string()))?;
            Ok(Credentials::from(key).with_source("vault"))
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), ProviderError> {
    let provider = Chain::new().then(Vault).then(EnvAccessKey::new(Env::process()));
    println!("{}", provider.provide().await?);
    Ok(())
}
