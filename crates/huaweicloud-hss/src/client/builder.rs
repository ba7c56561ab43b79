//! How a client is built.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use huaweicloud_auth::provider::Static;
use huaweicloud_auth::service::{BaseUrl, HttpClient, Limits, Network};
use huaweicloud_auth::{Credentials, CredentialsProvider, HttpOptions, Proxy, Token, regions};
use zeroize::Zeroizing;

use super::Client;
use super::project::{Lookup, Project};
use super::tls::Tls;
use crate::bounded::{check_characters, id};
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::generated::client as raw;
use crate::generated::constants::{AUTH_TOKEN_LENGTH_MAX, AUTH_TOKEN_LENGTH_MIN};
use crate::transport::attempt::Endpoint;
use crate::transport::custom_headers::CustomHeaders;
use crate::transport::retry_policy::RetryPolicy;
use crate::transport::{Shared, Transport};

/// The name of this crate in the header `User-Agent`.
const USER_AGENT: &str = concat!("huaweicloud-hss/", env!("CARGO_PKG_VERSION"));

impl Client {
    /// Starts a client. It needs a region or an endpoint, a project id and, unless it only makes previews, credentials.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

/// Makes a [`Client`]. Values are checked in [`build`](Self::build).
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    iam_endpoint: Option<String>,
    project_id: Option<String>,
    credentials: Option<Source>,
    preview_only: bool,
    proxy: Proxy,
    tls: Tls,
    user_agent: Option<String>,
    timeout: Duration,
    connect_timeout: Duration,
    read_timeout: Duration,
    retry_policy: RetryPolicy,
    headers: CustomHeaders,
}

/// Where credentials come from.
#[derive(Clone)]
enum Source {
    /// A token that has not been checked.
    Token(Zeroizing<String>),
    Provider(Arc<dyn CredentialsProvider>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(***)"),
            Self::Provider(provider) => write!(f, "Provider({})", provider.name()),
        }
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            region: None,
            endpoint: None,
            iam_endpoint: None,
            project_id: None,
            credentials: None,
            preview_only: false,
            proxy: Proxy::default(),
            tls: Tls::default(),
            user_agent: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
            retry_policy: RetryPolicy::new(),
            headers: CustomHeaders::default(),
        }
    }
}

/// How long a connection may rest between two calls: shorter than gateways keep one, long enough for calls that follow
/// each other.
const REST: Duration = Duration::from_secs(2);

impl ClientBuilder {
    /// The region's id, such as `cn-north-4`. An id that is not known here works too; its host follows the pattern.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The endpoint's URL, instead of the region's own. `https` only, but for loopback addresses. A path is kept.
    ///
    /// The official SDKs let a variable replace a region's endpoint. Nothing is read here unless you hand it in:
    ///
    /// ```
    /// use huaweicloud_hss::Client;
    /// use huaweicloud_hss::auth::{Env, regions};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let region = "cn-north-4";
    /// let mut builder = Client::builder().region(region);
    /// if let Some(url) = regions::endpoint_override("HSS", region, &Env::process())? {
    ///     builder = builder.endpoint(url);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// IAM's URL, instead of the one that the credentials name, or of the region's own and the global one. It is asked
    /// for the project's id where none is given.
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.iam_endpoint = Some(endpoint.into());
        self
    }

    /// The project that holds the servers or clusters, 1 to 256 characters that obey the [rule for ids](crate#ids). Left
    /// out, it is the one that the credentials name, or the one that IAM lists by the region's id, asked when the first
    /// request is sent.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// A token that IAM handed out in `X-Subject-Token`, 1 to 32,768 characters.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Some(Source::Token(Zeroizing::new(token.into())));
        self
    }

    /// An access key, a token, or both kinds of [`Credentials`] in hand. An access key signs each request anew.
    ///
    /// ```
    /// use huaweicloud_hss::Client;
    /// use huaweicloud_hss::auth::AccessKey;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = AccessKey::new("QTWAOYTTINDUT2QVKYUC", "its-secret-key")?;
    /// let client = Client::builder().region("cn-north-4").project_id("0123").credentials(key).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn credentials(self, credentials: impl Into<Credentials>) -> Self {
        self.credentials_provider(Static::new(credentials))
    }

    /// Credentials that are found or renewed when a request is sent.
    pub fn credentials_provider(mut self, provider: impl CredentialsProvider + 'static) -> Self {
        self.credentials = Some(Source::Provider(Arc::new(provider)));
        self
    }

    /// A client that shows requests and never sends one, so it needs no credentials, no TLS and no proxy. `send` fails on it;
    /// use [`preview`](crate::Request::preview).
    pub fn preview_only(mut self) -> Self {
        self.preview_only = true;
        self
    }

    /// The proxy. The default is the environment's (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). It is never used for this
    /// machine.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Certificates in PEM to trust besides the machine's own, such as those of a company's authority.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.ca_certificates = pem.into();
        self
    }

    /// Certificates in PEM to trust in place of the machine's own.
    pub fn only_ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.only_these = true;
        self.ca_certificates(pem)
    }

    /// A certificate and its private key in PEM, for a gateway that asks for one (mutual TLS).
    pub fn client_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.client_certificate = Some(Zeroizing::new(pem.into()));
        self
    }

    /// The name of your program, which follows this crate's own in the header `User-Agent`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent = Some(suffix.into());
        self
    }

    /// Sends a header with every request to HSS, none to IAM. What holds for [`Request::header`](crate::Request::header)
    /// holds here; a request's own header comes in its place.
    pub fn default_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.headers.insert(name.as_ref(), value.as_ref());
        self
    }

    /// The time limit of one call: all attempts, the waits between them, and the look-ups of credentials and project. The
    /// default is 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The time limit for connecting, including TLS. The default is 5 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The time limit for each wait for data from the service. The default is 20 seconds.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// When a failed call is retried. The default is [`RetryPolicy::new`], which retries only what the service did not act on
    /// for certain.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where a value is missing or outside its limits, naming it, where a
    /// variable names a proxy that cannot be used, and where this machine or this build offers no TLS.
    pub fn build(self) -> Result<Client, Error> {
        if self.timeout.is_zero() {
            return Err(Error::invalid("timeout", "0 found, a time is needed"));
        }
        let base_url = self.base_url()?;
        let user_agent = match &self.user_agent {
            Some(suffix) => format!("{USER_AGENT} {suffix}"),
            None => USER_AGENT.to_owned(),
        };
        let options = self.http_options(&user_agent)?;
        let limits = Limits {
            total: None,
            read: Some(self.read_timeout),
            rest: Some(REST),
        };
        // What is never sent needs no TLS.
        let network = if self.preview_only {
            Network::LocalHttp
        } else {
            base_url.network()
        };
        let http = HttpClient::new(&options, limits, network).map_err(|error| {
            if !self.tls.ca_certificates.is_empty() && error.hint().is_none() {
                return Error::invalid("ca_certificates", error);
            }
            ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, error.message())
                .with_hint_if_any(error.hint().map(str::to_owned))
                .with_source(error)
                .build()
        })?;
        let provider: Option<Arc<dyn CredentialsProvider>> = match self.credentials {
            _ if self.preview_only => None,
            Some(Source::Token(token)) => Some(Arc::new(Static::new(checked(&token)?))),
            Some(Source::Provider(provider)) => Some(provider),
            None => {
                let reason = "missing; a token, an access key or a provider is needed";
                return Err(Error::invalid("credentials", reason));
            }
        };
        let project_id = self.project_id.map(id).transpose();
        let lookup = self
            .region
            .map(|region| Lookup::new(region, self.iam_endpoint.as_deref(), options));
        let project = Project {
            configured: project_id.map_err(|reason| Error::invalid("project_id", reason))?,
            provider: provider.clone(),
            lookup: lookup.transpose()?,
        };
        let transport = Transport::new(Shared {
            provider,
            endpoint: Endpoint::new(&base_url, http.way_to(base_url.as_str()))?,
            user_agent: HeaderValue::from_str(&user_agent).map_err(|reason| Error::invalid("user_agent", reason))?,
            timeout: self.timeout,
            retry_policy: self.retry_policy.checked()?,
            headers: self.headers.checked()?,
        });
        let raw = raw::Client::new_with_client(base_url.as_str(), http.requests, transport);
        Ok(Client::new(raw, project))
    }

    fn base_url(&self) -> Result<BaseUrl, Error> {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => BaseUrl::parse(endpoint).map_err(|reason| Error::invalid("endpoint", reason)),
            (None, Some(region)) => {
                let url = regions::endpoint("hss", region).map_err(|reason| Error::invalid("region", reason))?;
                BaseUrl::parse(&url).map_err(|reason| Error::invalid("region", reason))
            }
            (None, None) => Err(Error::invalid("region", "missing, and so is an endpoint")),
        }
    }

    /// How HSS and IAM are reached.
    fn http_options(&self, user_agent: &str) -> Result<HttpOptions, Error> {
        let options = HttpOptions::new()
            .proxy(self.proxy.clone())
            .connect_timeout(self.connect_timeout)
            .user_agent(user_agent)
            .map_err(|reason| Error::invalid("user_agent", reason))?;
        self.tls.apply(options)
    }
}

/// A token within the limits of the document. The error never holds it.
fn checked(token: &str) -> Result<Token, Error> {
    check_characters(token, AUTH_TOKEN_LENGTH_MIN, AUTH_TOKEN_LENGTH_MAX)
        .map_err(|reason| Error::invalid("token", reason))?;
    Token::new(token).map_err(|error| Error::invalid("token", error.problem()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::constants::SERVERS;

    /// The document states the hosts for other languages; the code has them from `huaweicloud-auth`.
    #[test]
    fn regions_have_the_hosts_of_the_document() {
        for server in SERVERS {
            let region = server.split('.').nth(1).unwrap().replace("{region}", "cn-north-4");
            let client = Client::builder().region(&region).project_id("p").preview_only();
            assert_eq!(client.build().unwrap().endpoint(), server.replace("{region}", &region));
        }
    }
}
