//! The HTTP client, made in one place so that every client is hardened alike.

use std::error::Error as _;
use std::iter::successors;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;

use crate::env::Env;
use crate::net::base_url::Network;
use crate::net::http_error::HttpError;
use crate::net::proxy::{Proxy, ProxyRules};
use crate::net::tls::Tls;

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
#[derive(Debug, Clone)]
pub struct HttpOptions {
    proxy: Proxy,
    tls: Tls,
    user_agent: http::HeaderValue,
    connect_timeout: Duration,
    timeout: Duration,
}

/// The time limits of a client besides the one for connecting. `None` is no limit, but for `rest`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// For a whole request.
    pub total: Option<Duration>,
    /// For each wait for the next bytes.
    pub read: Option<Duration>,
    /// How long a connection may rest and serve another request. `None` gives each request a connection of its own.
    pub rest: Option<Duration>,
}

impl HttpOptions {
    /// The environment's proxy, the machine's certificates, 5 seconds to connect and 15 for the whole request.
    pub fn new() -> Self {
        Self {
            proxy: Proxy::default(),
            tls: Tls::default(),
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
    /// Text without a certificate, or with one that cannot be parsed, and a build without TLS.
    pub fn ca_certificates(mut self, pem: &[u8]) -> Result<Self, HttpError> {
        self.tls.add_ca_certificates(pem)?;
        Ok(self)
    }

    /// The same trusting these certificates in place of the machine's own.
    ///
    /// # Errors
    ///
    /// As for [`ca_certificates`](Self::ca_certificates).
    pub fn only_ca_certificates(mut self, pem: &[u8]) -> Result<Self, HttpError> {
        self.tls.set_only_ca_certificates(pem)?;
        Ok(self)
    }

    /// The same with a certificate and its private key, in PEM, for servers that ask for one (mutual TLS).
    ///
    /// # Errors
    ///
    /// Text without a certificate or a private key, and a build without TLS.
    pub fn client_certificate(mut self, pem: &[u8]) -> Result<Self, HttpError> {
        self.tls.set_client_certificate(pem)?;
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

/// A hardened client of reqwest, and the way that its requests take. It follows no redirect, retries nothing, decompresses
/// nothing, and speaks either http on the local network or https.
///
/// ```
/// # #[cfg(feature = "rustls-aws-lc-rs")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use huaweicloud_auth::HttpOptions;
/// use huaweicloud_auth::service::{BaseUrl, HttpClient, Limits};
///
/// let url = BaseUrl::parse("https://ecs.cn-north-4.myhuaweicloud.com")?;
/// let client = HttpClient::new(&HttpOptions::new(), Limits::default(), url.network())?;
/// let request = client.requests.get(format!("{}/v1/0123/cloudservers/detail", url.as_str())).build()?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "rustls-aws-lc-rs"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct HttpClient {
    /// The client.
    pub requests: reqwest::Client,
    rules: ProxyRules,
}

impl HttpClient {
    /// A client with these options and limits, whose time limit for connecting is the one of the options.
    ///
    /// # Errors
    ///
    /// Where a proxy of the environment or a certificate cannot be used, the machine has no certificates, the build has no TLS, or
    /// no cryptography is installed.
    pub fn new(options: &HttpOptions, limits: Limits, network: Network) -> Result<Self, HttpError> {
        let rules = match network {
            Network::Public => options.proxy.rules(&Env::process())?,
            Network::LocalHttps | Network::LocalHttp => ProxyRules::default(),
        };
        // Connecting ends before the whole request does, so that an undelivered request is known as such.
        let connect = match limits.total {
            Some(total) => options.connect_timeout.min(total - total / 10),
            None => options.connect_timeout,
        };
        let mut client = reqwest::Client::builder()
            .user_agent(options.user_agent.clone())
            .connect_timeout(connect)
            // A server may close a connection that rests just as the next request is written, and whether it acted on that
            // request is unknown.
            .pool_idle_timeout(limits.rest.unwrap_or_default())
            .pool_max_idle_per_host(limits.rest.map_or(0, |_| usize::MAX))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Another crate may turn these on in reqwest. They add a header, and decompress a body past its limit.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .https_only(network != Network::LocalHttp);
        if let Some(total) = limits.total {
            client = client.timeout(total);
        }
        if let Some(read) = limits.read {
            client = client.read_timeout(read);
        }
        client = options.tls.configure(client, network)?;
        // Else the HTTP client reads the environment itself, and ignores what it cannot read.
        client = client.no_proxy();
        if let Some(proxy) = rules.for_client() {
            client = client.proxy(proxy);
        }
        let requests = client
            .build()
            .map_err(|error| options.tls.explain(error.without_url()))?;
        Ok(Self { requests, rules })
    }

    /// Where requests to this URL go, in words: host and port, and the proxy on the way. No user name and no password.
    pub fn way_to(&self, url: &str) -> String {
        let Ok(url) = Url::parse(url) else {
            return url.to_owned();
        };
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().map(|port| format!(":{port}"));
        let address = format!("{host}{}", port.unwrap_or_default());
        match self.rules.proxy_for(&url) {
            Some(proxy) => format!("{address} through the proxy {}", proxy.address()),
            None => address,
        }
    }
}

/// Whether the error is of a response that is not HTTP, or that has more headers than the HTTP client reads.
pub fn is_not_http(error: &reqwest::Error) -> bool {
    successors(error.source(), |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse)
}

/// A client that is made when it is first needed: reading the machine's certificates takes time, and most providers of a
/// chain are never asked.
#[derive(Debug)]
pub(crate) struct LazyClient {
    options: HttpOptions,
    network: Network,
    client: OnceLock<HttpClient>,
}

impl LazyClient {
    pub(crate) fn new(options: &HttpOptions, network: Network) -> Self {
        Self {
            options: options.clone(),
            network,
            client: OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Result<&HttpClient, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let limits = Limits {
            total: Some(self.options.timeout),
            ..Limits::default()
        };
        let client = HttpClient::new(&self.options, limits, self.network)?;
        Ok(self.client.get_or_init(|| client))
    }
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}
