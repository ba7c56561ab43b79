//! The HTTP client, made in one place so that every client is hardened alike.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use crate::net::http_error::HttpError;
use crate::net::proxy::Proxy;

/// How long a connection is kept for the next request. Gateways close idle ones, often after a minute, and the outcome of a
/// request that meets such an end is unknown.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// How requests to IAM and to the metadata service are made: proxy, certificates, user agent and time-outs.
///
/// No redirect is followed, no request retried, no body decompressed and no `.netrc` read. A proxy is never used for this
/// machine nor for the metadata service.
///
/// ```
/// use huaweicloud_auth::{HttpOptions, Proxy};
///
/// let options = HttpOptions::new().proxy(Proxy::url("http://proxy.example.com:8080")?).user_agent("my-tool/1.0")?;
/// # Ok::<(), huaweicloud_auth::HttpError>(())
/// ```
#[derive(Clone)]
pub struct HttpOptions {
    proxy: Proxy,
    certificates: Vec<reqwest::Certificate>,
    user_agent: http::HeaderValue,
    connect_timeout: Duration,
    timeout: Duration,
}

/// The network that a client connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Other machines: over https, through a proxy if one is set.
    Public,
    /// This machine or the metadata service: also over http, and never through a proxy.
    Local,
}

/// The time limits of a client besides the one for connecting. `None` is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// For a whole request.
    pub total: Option<Duration>,
    /// For each wait for the next bytes.
    pub read: Option<Duration>,
}

impl HttpOptions {
    /// The environment's proxy, the machine's certificates, 5 seconds to connect and 15 for the whole request.
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
    /// Text without a certificate, or with one that cannot be parsed.
    pub fn ca_certificates(mut self, pem: &[u8]) -> Result<Self, HttpError> {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .map_err(|error| HttpError::caused_by("the CA certificates cannot be parsed", error.without_url()))?;
        if certificates.is_empty() {
            return Err(HttpError::new("the CA certificates contain no PEM certificate"));
        }
        self.certificates.extend(certificates);
        Ok(self)
    }

    /// The same with this value of the header `User-Agent`.
    ///
    /// # Errors
    ///
    /// Text that a header cannot carry.
    pub fn user_agent(self, user_agent: &str) -> Result<Self, HttpError> {
        let user_agent = http::HeaderValue::from_str(user_agent)
            .map_err(|error| HttpError::caused_by("the user agent cannot be a header's value", error))?;
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
}

/// A client with these options and limits, hardened: it follows no redirect, retries nothing, decompresses nothing, and
/// speaks http on the local network alone.
///
/// # Errors
///
/// Where a certificate cannot be used, or the machine offers no TLS.
pub fn client(options: &HttpOptions, limits: Limits, network: Network) -> Result<reqwest::Client, HttpError> {
    // Connecting ends before the whole request does, so that an undelivered request is known as such.
    let connect = match limits.total {
        Some(total) => options.connect_timeout.min(total - total / 10),
        None => options.connect_timeout,
    };
    let mut client = reqwest::Client::builder()
        .user_agent(options.user_agent.clone())
        .connect_timeout(connect)
        .pool_idle_timeout(POOL_IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        // Another crate may turn these on in reqwest. They add a header, and decompress a body past its limit.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .https_only(network == Network::Public);
    if let Some(total) = limits.total {
        client = client.timeout(total);
    }
    if let Some(read) = limits.read {
        client = client.read_timeout(read);
    }
    if !options.certificates.is_empty() {
        client = client.tls_certs_merge(options.certificates.iter().cloned());
    }
    client = match &options.proxy {
        Proxy::Environment if network == Network::Public => client,
        Proxy::Url(url) if network == Network::Public => client.no_proxy().proxy(url.proxy()?),
        _ => client.no_proxy(),
    };
    client.build().map_err(|error| {
        let message = if options.certificates.is_empty() {
            "the HTTP client cannot be made on this machine"
        } else {
            "a CA certificate cannot be used"
        };
        HttpError::caused_by(message, error.without_url())
    })
}

/// A client that is made when it is first needed: reading the machine's certificates takes time, and most providers of a
/// chain are never asked.
#[derive(Debug)]
pub(crate) struct LazyClient {
    options: HttpOptions,
    network: Network,
    client: OnceLock<reqwest::Client>,
}

impl LazyClient {
    pub(crate) fn new(options: &HttpOptions, network: Network) -> Self {
        Self {
            options: options.clone(),
            network,
            client: OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Result<&reqwest::Client, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let limits = Limits {
            total: Some(self.options.timeout),
            read: None,
        };
        let client = client(&self.options, limits, self.network)?;
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
