//! The temporary key of the server that this runs on.

use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue, StatusCode};
use reqwest::{Method, Request, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::iam::client::not_answered;
use crate::iam::response::{Answer, read};
use crate::net::http::{self as network, HttpOptions, LazyClient, Reach};

/// Where the service is on every server.
const ADDRESS: &str = "http://169.254.169.254";

/// On a server it answers at once; elsewhere no one does.
const PATIENCE: Duration = Duration::from_secs(3);

const X_METADATA_TOKEN: HeaderName = HeaderName::from_static("x-metadata-token");
const X_METADATA_TOKEN_TTL: HeaderName = HeaderName::from_static("x-metadata-token-ttl-seconds");

/// Asks the metadata service of an ECS server for the temporary key of the server's agency, anew whenever it is asked:
/// put it into [`Cached`](crate::provider::Cached).
///
/// It asks for a session token first and goes without where the service knows none (404, 405, 503). No proxy is used,
/// and no request takes longer than three seconds. Where no one answers there is nothing here, and a chain looks on.
#[derive(Debug)]
pub struct EcsMetadata {
    base: String,
    client: LazyClient,
}

impl EcsMetadata {
    /// Asks the service at its usual address, 169.254.169.254.
    pub fn new(options: &HttpOptions) -> Self {
        Self {
            base: ADDRESS.to_owned(),
            client: client(options),
        }
    }

    /// Asks at another address, as for tests. It is an IP address of this machine or a link-local one, or `localhost`.
    ///
    /// # Errors
    ///
    /// Any other URL.
    pub fn at(address: &str, options: &HttpOptions) -> Result<Self, ProviderError> {
        let url = network::parse_base("the metadata service's address", address)?;
        let link_local = match network::address(&url) {
            Some(std::net::IpAddr::V4(address)) => address.is_link_local(),
            Some(std::net::IpAddr::V6(address)) => address.is_unicast_link_local() || address.is_unique_local(),
            None => false,
        };
        if !(link_local || network::is_loopback(&url)) {
            let why = "the metadata service's address is neither link-local nor of this machine";
            return Err(ProviderError::invalid(why));
        }
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            client: client(options),
        })
    }

    async fn fetch(&self) -> Result<Credentials, ProviderError> {
        let token = self.session_token().await?;
        let answer = self.ask(Method::GET, "/openstack/latest/securitykey", |request| {
            if let Some(token) = &token {
                request.headers_mut().insert(X_METADATA_TOKEN, token.clone());
            }
        });
        let answer = answer.await?;
        match answer.status {
            StatusCode::OK => key(&answer),
            StatusCode::NOT_FOUND => Err(ProviderError::not_found("this server has no agency, so no key")),
            _ => Err(answer.error()),
        }
    }

    /// The token for the next request, where the service knows such.
    async fn session_token(&self) -> Result<Option<HeaderValue>, ProviderError> {
        let answer = self.ask(Method::PUT, "/meta-data/latest/api/token", |request| {
            let six_hours = HeaderValue::from_static("21600");
            request.headers_mut().insert(X_METADATA_TOKEN_TTL, six_hours);
        });
        let answer = answer.await.map_err(|error| match error.kind() {
            ProviderErrorKind::Unreachable | ProviderErrorKind::Timeout => {
                let why = format!("no one answers at {}: not on an ECS server", self.base);
                error.retold(ProviderErrorKind::NotFound, why)
            }
            _ => error,
        })?;
        match answer.status.as_u16() {
            200 => {
                let mut token = HeaderValue::from_bytes(answer.body.trim_ascii())
                    .map_err(|_| answer.protocol("holds no session token"))?;
                token.set_sensitive(true);
                Ok(Some(token))
            }
            404 | 405 | 503 => Ok(None),
            _ => Err(answer.error()),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        complete: impl FnOnce(&mut Request),
    ) -> Result<Answer, ProviderError> {
        const WHO: &str = "the metadata service";
        let url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| ProviderError::invalid("the metadata service's address").with_source(error))?;
        let mut request = Request::new(method, url);
        complete(&mut request);
        let response = self.client.get()?.execute(request).await;
        read(response.map_err(|error| not_answered(error, WHO))?, WHO, &[]).await
    }
}

fn client(options: &HttpOptions) -> LazyClient {
    let options = options.clone().connect_timeout(PATIENCE).timeout(PATIENCE);
    LazyClient::new(&options, Reach::Near)
}

#[derive(Deserialize)]
struct Reply {
    credential: Key,
}

#[derive(Deserialize)]
struct Key {
    access: String,
    secret: Zeroizing<String>,
    securitytoken: Zeroizing<String>,
    expires_at: String,
}

/// The key of an answer.
fn key(answer: &Answer) -> Result<Credentials, ProviderError> {
    // serde's message can show a value, so it is no cause.
    let Reply { credential: mut key } =
        serde_json::from_slice(&answer.body).map_err(|_| answer.protocol("holds no temporary key"))?;
    let end: jiff::Timestamp = key
        .expires_at
        .parse()
        .map_err(|_| answer.protocol("names an end of the key that is no time"))?;
    let access_key = AccessKey::new(key.access, std::mem::take(&mut *key.secret))
        .and_then(|access_key| access_key.with_security_token(std::mem::take(&mut *key.securitytoken)))
        .map_err(|error| answer.protocol("holds no usable key").with_source(error))?;
    Ok(Credentials::from(access_key)
        .with_source("ECS metadata")
        .with_expires_at(SystemTime::from(end)))
}

impl CredentialsProvider for EcsMetadata {
    fn name(&self) -> &str {
        "ECS metadata"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.fetch())
    }
}
