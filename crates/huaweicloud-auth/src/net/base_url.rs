//! The URLs that requests are made from.

use std::net::IpAddr;

use reqwest::Url;

use crate::net::sanitize::{Invisible, find_invisible};

/// A URL of scheme, host, port and path. A request's path is appended to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    path: String,
    network: Network,
}

/// Why a text is not a base URL. It does not hold the text, which may have a password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// It has a character that cannot be seen. A URL's parser drops some of these without a word.
    #[error("the URL has {0}; remove it")]
    Invisible(Invisible),
    /// It cannot be parsed.
    #[error("not a URL: {0}")]
    NotUrl(String),
    /// It has no host.
    #[error("the URL has no host")]
    NoHost,
    /// It has a user name or a password.
    #[error("the URL has a user name or password")]
    UserInfo,
    /// It has a query or a fragment.
    #[error("the URL has a query or fragment")]
    QueryOrFragment,
    /// It would send requests unencrypted to another machine, or its scheme is not HTTP's.
    #[error("only https is allowed, and http to this machine (127.0.0.1, [::1], localhost)")]
    NotHttps,
    /// Its host must be this machine or a link-local address, and is neither.
    #[error("the host is neither link-local nor this machine")]
    NotLocal,
}

/// The network that a client connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Other machines: over https, through a proxy if one is set.
    Public,
    /// This machine or the metadata service: over https, and never through a proxy.
    LocalHttps,
    /// The same over http. The certificates of the machine are not read, so it needs none.
    LocalHttp,
}

impl BaseUrl {
    /// A service: `https`, or `http` to this machine.
    ///
    /// # Errors
    ///
    /// Any other URL.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let url = check(text)?;
        let network = if is_loopback(&url) {
            local(&url)
        } else {
            Network::Public
        };
        match (url.scheme(), network) {
            ("https", _) | ("http", Network::LocalHttp) => Ok(Self::new(&url, network)),
            _ => Err(BaseUrlError::NotHttps),
        }
    }

    /// A service on this machine or on its link, over `http` or `https`. Its host is an IP address or `localhost`.
    ///
    /// # Errors
    ///
    /// Any other URL.
    pub fn parse_local(text: &str) -> Result<Self, BaseUrlError> {
        let url = check(text)?;
        let is_link_local = match ip_address(&url) {
            Some(IpAddr::V4(address)) => address.is_link_local(),
            Some(IpAddr::V6(address)) => address.is_unicast_link_local() || address.is_unique_local(),
            None => false,
        };
        if !["http", "https"].contains(&url.scheme()) {
            return Err(BaseUrlError::NotHttps);
        }
        if !is_link_local && !is_loopback(&url) {
            return Err(BaseUrlError::NotLocal);
        }
        Ok(Self::new(&url, local(&url)))
    }

    fn new(url: &Url, network: Network) -> Self {
        Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
            path: url.path().trim_end_matches('/').to_owned(),
            network,
        }
    }

    /// The URL without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its path without a slash at its end: empty if it has none.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How it is reached: `LocalHttps` or `LocalHttp` for this machine and its link.
    pub fn network(&self) -> Network {
        self.network
    }
}

fn check(text: &str) -> Result<Url, BaseUrlError> {
    if let Some(found) = find_invisible(text) {
        return Err(BaseUrlError::Invisible(found));
    }
    let url = Url::parse(text).map_err(|error| BaseUrlError::NotUrl(error.to_string()))?;
    if url.host_str().is_none() {
        return Err(BaseUrlError::NoHost);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BaseUrlError::UserInfo);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BaseUrlError::QueryOrFragment);
    }
    Ok(url)
}

fn local(url: &Url) -> Network {
    match url.scheme() {
        "http" => Network::LocalHttp,
        _ => Network::LocalHttps,
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || ip_address(url).is_some_and(|address| address.is_loopback())
}

fn ip_address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_path_and_drops_its_last_slash() {
        for (text, expected, path, network) in [
            ("https://h", "https://h", "", Network::Public),
            ("https://h:8443/a/b/", "https://h:8443/a/b", "/a/b", Network::Public),
            ("http://127.0.0.1:80/", "http://127.0.0.1", "", Network::LocalHttp),
            ("http://[::1]:1/x", "http://[::1]:1/x", "/x", Network::LocalHttp),
            ("https://localhost", "https://localhost", "", Network::LocalHttps),
        ] {
            let url = BaseUrl::parse(text).unwrap();
            assert_eq!((url.as_str(), url.path(), url.network()), (expected, path, network));
        }
    }

    #[test]
    fn refuses_what_is_no_base() {
        for (text, expected) in [
            ("", "not a URL: relative URL without a base"),
            ("iam", "not a URL: relative URL without a base"),
            ("file:///x", "the URL has no host"),
            (
                "https://h.exam\u{ad}ple",
                "the URL has U+00AD (soft hyphen), which cannot be seen, at position 15; remove it",
            ),
            (
                "https://h\n.example",
                "the URL has U+000A (line break), which cannot be seen, at position 10; remove it",
            ),
            ("https://u:secret@h", "the URL has a user name or password"),
            ("https://u@h", "the URL has a user name or password"),
            ("https://h/?q=1", "the URL has a query or fragment"),
            ("https://h/#f", "the URL has a query or fragment"),
            (
                "http://h",
                "only https is allowed, and http to this machine (127.0.0.1, [::1], localhost)",
            ),
            (
                "http://127.0.0.1.example.com",
                "only https is allowed, and http to this machine (127.0.0.1, [::1], localhost)",
            ),
            (
                "ftp://localhost",
                "only https is allowed, and http to this machine (127.0.0.1, [::1], localhost)",
            ),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn local_urls_are_loopback_or_link_local() {
        for (good, network) in [
            ("http://169.254.169.254", Network::LocalHttp),
            ("http://[fe80::1]", Network::LocalHttp),
            ("https://[fd00::1]/x", Network::LocalHttps),
            ("http://localhost", Network::LocalHttp),
        ] {
            assert_eq!(BaseUrl::parse_local(good).unwrap().network(), network, "{good}");
        }
        for bad in ["http://10.0.0.1", "https://h", "http://169.254.169.254.example.com"] {
            assert_eq!(BaseUrl::parse_local(bad), Err(BaseUrlError::NotLocal), "{bad}");
        }
        assert_eq!(BaseUrl::parse_local("ftp://127.0.0.1"), Err(BaseUrlError::NotHttps));
    }
}
