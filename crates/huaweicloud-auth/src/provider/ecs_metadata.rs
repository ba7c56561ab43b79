//! The temporary key of the ECS server that the program runs on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue, StatusCode};
use reqwest::{Method, Request, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::iam::response::Response;
use crate::net::base_url::BaseUrl;
use crate::net::base_url::Network;
use crate::net::http::{HttpOptions, LazyClient};

pub(crate) const NAME: &str = "ECS metadata";

/// The address of the service on every server.
const ADDRESS: &str = "http://169.254.169.254";

/// On a server the service responds at once; elsewhere nothing does.
const TIMEOUT: Duration = Duration::from_secs(3);

const X_METADATA_TOKEN: HeaderName = HeaderName::from_static("x-metadata-token");
const X_METADATA_TOKEN_TTL: HeaderName = HeaderName::from_static("x-metadata-token-ttl-seconds");

/// Gets the temporary key of an ECS server's agency from the metadata service, a new one whenever it is asked: wrap it in
/// [`Cached`](crate::provider::Cached).
///
/// It asks for a session token first, and does without if the service has none (404, 405, 503). No proxy is used, and no
/// request takes longer than three seconds. Without a response there are no credentials, and a chain goes on.
///
/// Once it has given a key the program is known to run on a server: no response is then an error of the service, and a later
/// request can succeed.
#[derive(Debug)]
pub struct EcsMetadata {
    base: String,
    client: LazyClient,
    has_given_key: AtomicBool,
}

impl EcsMetadata {
    /// Asks the service at its own address, 169.254.169.254.
    pub fn new(options: &HttpOptions) -> Self {
        Self {
            base: ADDRESS.to_owned(),
            client: client(options, Network::LocalHttp),
            has_given_key: AtomicBool::new(false),
        }
    }

    /// Asks at another address, such as a test's. Its host is `localhost`, or a loopback or link-local IP address.
    ///
    /// # Errors
    ///
    /// Any other URL.
    pub fn at(address: &str, options: &HttpOptions) -> Result<Self, ProviderError> {
        let url = BaseUrl::parse_local(address).map_err(|error| {
            ProviderError::invalid(format!("the metadata service's address: {error}")).with_source(error)
        })?;
        Ok(Self {
            base: url.as_str().to_owned(),
            client: client(options, url.network()),
            has_given_key: AtomicBool::new(false),
        })
    }

    async fn fetch(&self) -> Result<Credentials, ProviderError> {
        let token = self.session_token().await?;
        let response = self.send(Method::GET, "/openstack/latest/securitykey", |request| {
            if let Some(token) = &token {
                request.headers_mut().insert(X_METADATA_TOKEN, token.clone());
            }
        });
        let response = response.await?;
        match response.status {
            StatusCode::OK => {
                let key = read_key(&response)?;
                self.has_given_key.store(true, Ordering::Relaxed);
                Ok(key)
            }
            StatusCode::NOT_FOUND => Err(ProviderError::not_found("this server has no agency, so no key")),
            _ => Err(response.error()),
        }
    }

    /// The token for the next request, if the service has one.
    async fn session_token(&self) -> Result<Option<HeaderValue>, ProviderError> {
        let response = self.send(Method::PUT, "/meta-data/latest/api/token", |request| {
            let six_hours = HeaderValue::from_static("21600");
            request.headers_mut().insert(X_METADATA_TOKEN_TTL, six_hours);
        });
        let response = response.await.map_err(|error| match error.kind() {
            ProviderErrorKind::Unreachable | ProviderErrorKind::Timeout
                if !self.has_given_key.load(Ordering::Relaxed) =>
            {
                let message = format!("no response from {}: not on an ECS server", self.base);
                error.with_message(ProviderErrorKind::NotFound, message)
            }
            _ => error,
        })?;
        match response.status.as_u16() {
            200 => {
                let mut token = HeaderValue::from_bytes(response.body.trim_ascii())
                    .map_err(|_| response.protocol("has no session token"))?;
                token.set_sensitive(true);
                Ok(Some(token))
            }
            404 | 405 | 503 => Ok(None),
            _ => Err(response.error()),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        complete: impl FnOnce(&mut Request),
    ) -> Result<Response, ProviderError> {
        let url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| ProviderError::invalid("the metadata service's address").with_source(error))?;
        let mut request = Request::new(method, url);
        complete(&mut request);
        let token = request.headers().get(X_METADATA_TOKEN).cloned();
        let secret = token.as_ref().and_then(|token| token.to_str().ok());
        let client = self.client.get()?;
        let result = client.requests.execute(request).await;
        let response = Response::read(result, "the metadata service", secret.as_slice()).await;
        response.map_err(|error| match error.kind() {
            kind @ ProviderErrorKind::Unreachable => {
                let way = client.way_to(&self.base);
                error.with_message(kind, format!("no connection to the metadata service at {way}"))
            }
            _ => error,
        })
    }
}

fn client(options: &HttpOptions, network: Network) -> LazyClient {
    let options = options.clone().connect_timeout(TIMEOUT).timeout(TIMEOUT);
    LazyClient::new(&options, network)
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

fn read_key(response: &Response) -> Result<Credentials, ProviderError> {
    // serde's message can show a value, so it is not the source.
    let Reply { credential: mut key } =
        serde_json::from_slice(&response.body).map_err(|_| response.protocol("has no temporary key"))?;
    let expires_at: jiff::Timestamp = key
        .expires_at
        .parse()
        .map_err(|_| response.protocol("has a key whose expires_at is not a time"))?;
    let access_key = AccessKey::new(key.access, std::mem::take(&mut *key.secret))
        .and_then(|access_key| access_key.with_security_token(std::mem::take(&mut *key.securitytoken)))
        .map_err(|error| response.protocol("has an unusable key").with_source(error))?;
    Ok(Credentials::from(access_key)
        .with_source(NAME)
        .with_expires_at(SystemTime::from(expires_at)))
}

impl CredentialsProvider for EcsMetadata {
    fn name(&self) -> &str {
        NAME
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.fetch())
    }
}
