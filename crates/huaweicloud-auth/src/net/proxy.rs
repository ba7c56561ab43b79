//! The proxy of a client.

use std::fmt;

use reqwest::Url;
use zeroize::Zeroizing;

use crate::net::http_error::HttpError;

/// The proxy that requests go through.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// The one that the environment names in `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This proxy; see [`Proxy::url`].
    Url(ProxyUrl),
}

/// The URL of a proxy, which can hold a password: it is wiped from memory when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct ProxyUrl(Zeroizing<String>);

impl Proxy {
    /// A proxy by its URL, with user name and password if it needs them: `http://user:password@proxy:8080`.
    ///
    /// # Errors
    ///
    /// Text that is not the URL of a proxy. The error does not hold it.
    pub fn url(url: &str) -> Result<Self, HttpError> {
        let parsed = Url::parse(url).map_err(|_| HttpError::new("the proxy's URL cannot be parsed"))?;
        if !["http", "https"].contains(&parsed.scheme()) {
            return Err(HttpError::new("the proxy's URL is neither http nor https"));
        }
        let url = ProxyUrl(Zeroizing::new(url.to_owned()));
        url.proxy()?;
        Ok(Self::Url(url))
    }
}

impl ProxyUrl {
    /// The URL as it was given, with any password in it: for the making of a client, not for printing.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn proxy(&self) -> Result<reqwest::Proxy, HttpError> {
        // The library's error holds the URL.
        reqwest::Proxy::all(self.as_str()).map_err(|_| HttpError::new("the proxy's URL cannot be used"))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
