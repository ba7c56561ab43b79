//! How the network is reached.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;
use zeroize::Zeroizing;

use crate::credential::error::ProviderError;

/// What the requests to IAM and to the metadata service have in common.
///
/// Nothing is followed, repeated or unpacked, and no `.netrc` is read. A proxy is never used for this machine itself
/// nor for the metadata service.
///
/// ```
/// use huaweicloud_auth::{HttpOptions, Proxy};
///
/// let options = HttpOptions::new().proxy(Proxy::url("http://proxy.example.com:8080")?).user_agent("my-tool/1.0")?;
/// # Ok::<(), huaweicloud_auth::ProviderError>(())
/// ```
#[derive(Clone)]
pub struct HttpOptions {
    proxy: Proxy,
    certificates: Vec<reqwest::Certificate>,
    user_agent: http::HeaderValue,
    connect_timeout: Duration,
    timeout: Duration,
}

/// Which proxy stands between here and the services.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// The one that the environment names in `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one; see [`Proxy::url`].
    Url(ProxyUrl),
}

/// The URL of a proxy, which can hold a password: it is wiped from memory when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct ProxyUrl(Zeroizing<String>);

/// Where a client is to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Over https, through a proxy where there is one.
    Far,
    /// This machine or the metadata service: never through a proxy, and http will do.
    Near,
}

impl Proxy {
    /// A proxy by its URL, with user name and password where it wants some: `http://user:password@proxy:8080`.
    ///
    /// # Errors
    ///
    /// Text that is no URL of a proxy. The error does not hold it.
    pub fn url(url: &str) -> Result<Self, ProviderError> {
        let invalid = |why| Err(ProviderError::invalid(format!("the proxy's URL {why}")));
        let Ok(parsed) = Url::parse(url) else {
            return invalid("cannot be read");
        };
        if !["http", "https"].contains(&parsed.scheme()) {
            return invalid("is neither http nor https");
        }
        if reqwest::Proxy::all(url).is_err() {
            return invalid("cannot be used");
        }
        Ok(Self::Url(ProxyUrl(Zeroizing::new(url.to_owned()))))
    }
}

impl ProxyUrl {
    /// The URL as it was given, with any password in it: for the making of a client, not for printing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl HttpOptions {
    /// The environment's proxy, the machine's own certificates, 5 seconds to connect and 15 in all.
    pub fn new() -> Self {
        Self {
            proxy: Proxy::default(),
            certificates: Vec::new(),
            user_agent: http::HeaderValue::from_static(concat!("huaweicloud-auth/", env!("CARGO_PKG_VERSION"))),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
        }
    }

    /// The same with this proxy.
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Self { proxy, ..self }
    }

    /// The same trusting these certificates too, one or more in PEM: for a company's own authority.
    ///
    /// # Errors
    ///
    /// Text without a certificate, or with one that cannot be read.
    pub fn ca_certificates(mut self, pem: &[u8]) -> Result<Self, ProviderError> {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            ProviderError::invalid("the CA certificates cannot be read").with_source(error.without_url())
        })?;
        if certificates.is_empty() {
            return Err(ProviderError::invalid(
                "the CA certificates: no PEM certificate is in there",
            ));
        }
        self.certificates.extend(certificates);
        Ok(self)
    }

    /// The same naming itself so.
    ///
    /// # Errors
    ///
    /// Text that a header cannot carry.
    pub fn user_agent(self, user_agent: &str) -> Result<Self, ProviderError> {
        let user_agent = http::HeaderValue::from_str(user_agent)
            .map_err(|error| ProviderError::invalid("the user agent cannot stand in a header").with_source(error))?;
        Ok(Self { user_agent, ..self })
    }

    /// The same with another limit for connecting, TLS included.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self {
            connect_timeout,
            ..self
        }
    }

    /// The same with another limit for a whole request.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn client(&self, reach: Reach) -> Result<reqwest::Client, ProviderError> {
        let mut client = reqwest::Client::builder()
            .user_agent(self.user_agent.clone())
            // Connecting ends first, so that what was never delivered is known as such.
            .connect_timeout(self.connect_timeout.min(self.timeout - self.timeout / 10))
            .timeout(self.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Another crate may turn these on in reqwest; they would unpack an answer past its limit.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .https_only(reach == Reach::Far);
        if !self.certificates.is_empty() {
            client = client.tls_certs_merge(self.certificates.iter().cloned());
        }
        client = match &self.proxy {
            _ if reach == Reach::Near => client.no_proxy(),
            Proxy::Environment => client,
            Proxy::Direct => client.no_proxy(),
            Proxy::Url(url) => {
                let proxy = reqwest::Proxy::all(url.0.as_str())
                    .map_err(|_| ProviderError::invalid("the proxy's URL cannot be used"))?;
                client.no_proxy().proxy(proxy)
            }
        };
        client.build().map_err(|error| {
            ProviderError::invalid("no HTTP client can be made on this machine").with_source(error.without_url())
        })
    }
}

/// A client that is made when it is first needed: reading the machine's certificates takes its time, and most providers
/// of a chain are never asked.
#[derive(Debug)]
pub(crate) struct LazyClient {
    options: HttpOptions,
    reach: Reach,
    client: OnceLock<reqwest::Client>,
}

impl LazyClient {
    pub(crate) fn new(options: &HttpOptions, reach: Reach) -> Self {
        Self {
            options: options.clone(),
            reach,
            client: OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Result<&reqwest::Client, ProviderError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.options.client(self.reach)?;
        Ok(self.client.get_or_init(|| client))
    }
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("proxy", &self.proxy)
            .field("ca_certificates", &self.certificates.len())
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// Whether a URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    address(url).is_some_and(|address| address.is_loopback()) || url.host_str() == Some("localhost")
}

/// The address that stands in place of a name.
pub(crate) fn address(url: &Url) -> Option<std::net::IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Checks a URL that requests are made from: nothing but scheme, host, port and path.
pub(crate) fn parse_base(what: &str, text: &str) -> Result<Url, ProviderError> {
    let invalid = |why| ProviderError::invalid(format!("{what} {why}"));
    let url = Url::parse(text).map_err(|error| invalid("is no URL").with_source(error))?;
    if url.host_str().is_none() {
        return Err(invalid("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("has a user name or password in it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("has a query or fragment"));
    }
    Ok(url)
}
