//! The parts of a request that are signed.

use std::fmt;

use http::uri::Scheme;
use http::{HeaderMap, Method, Request, Uri};

use crate::sign::error::SigningError;
use crate::sign::headers;

/// The parts of a request that a signature covers, borrowed. Path and query are raw, with their percent escapes.
///
/// ```
/// use huaweicloud_auth::RequestView;
///
/// let request = http::Request::get("https://hss.cn-north-4.myhuaweicloud.com/v5/p?limit=1").body(Vec::new())?;
/// let view = RequestView::from(&request);
/// assert_eq!(format!("{view:?}"), r#"RequestView { method: GET, path: "/v5/p", body: 0 bytes }"#);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestView<'a> {
    pub(crate) method: &'a Method,
    /// The host of the URI; empty where it has none.
    host: &'a str,
    /// Its port, if that is not the scheme's own.
    port: Option<u16>,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl<'a> RequestView<'a> {
    /// A request to a URI. Its host is the `Host` header's, else the URI's, with the port if it is not the scheme's own.
    pub fn new(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        let own_port = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => Some(80),
            Some(scheme) if *scheme == Scheme::HTTPS => Some(443),
            _ => None,
        };
        Self {
            host: uri.host().unwrap_or_default(),
            port: uri.port_u16().filter(|port| Some(*port) != own_port),
            ..Self::received(method, uri.path(), uri.query(), headers, body)
        }
    }

    /// A request that a server received: the raw path, and the raw query after the `?`. The host is the `Host` header's.
    pub fn received(
        method: &'a Method,
        path: &'a str,
        query: Option<&'a str>,
        headers: &'a HeaderMap,
        body: &'a [u8],
    ) -> Self {
        Self {
            method,
            host: "",
            port: None,
            path,
            query: query.unwrap_or_default(),
            headers,
            body,
        }
    }

    /// A request of reqwest with this body.
    #[cfg(feature = "http")]
    pub(crate) fn of_reqwest(request: &'a reqwest::Request, body: &'a [u8]) -> Self {
        let url = request.url();
        Self {
            host: url.host_str().unwrap_or_default(),
            port: url.port(),
            ..Self::received(request.method(), url.path(), url.query(), request.headers(), body)
        }
    }

    /// The host of the URI as a `Host` header has it: without user information, with the port if it is not the scheme's own.
    pub(crate) fn host_of_uri(&self) -> Result<Host<'a>, SigningError> {
        match self.host {
            "" => Err(SigningError::NoHost),
            host => Ok(Host { host, port: self.port }),
        }
    }
}

/// The host of a URI, written as in a `Host` header.
pub(crate) struct Host<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl<'a, B: AsRef<[u8]>> From<&'a Request<B>> for RequestView<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self::new(
            request.method(),
            request.uri(),
            request.headers(),
            request.body().as_ref(),
        )
    }
}

/// Shows neither headers, query nor body: each can hold a secret.
impl fmt::Debug for RequestView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestView")
            .field("method", self.method)
            .field("path", &self.path)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// Whether the request has a `Host` header. An empty one is an error.
pub(crate) fn has_host(map: &HeaderMap) -> Result<bool, SigningError> {
    match headers::value(map, &http::header::HOST)? {
        Some("") => Err(SigningError::NoHost),
        value => Ok(value.is_some()),
    }
}
