//! The hosts under which the simulator's own routes answer.
//!
//! Any web page can make a browser send requests here. The browser names the page in `Origin`, and the host of the URL
//! in `Host`: a name of the attacker's that he points to this machine (DNS rebinding) is in it.

use std::net::Ipv4Addr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Uri};

/// The hosts of this machine, and those that a setting adds.
#[derive(Clone, Debug, Default)]
pub(crate) struct ControlHosts(Vec<String>);

impl ControlHosts {
    pub(crate) fn add(&mut self, host: String) {
        self.0.push(host);
    }

    /// Whether a request is for one of the hosts, and not from a page of another.
    pub(crate) fn allow(&self, parts: &Parts) -> bool {
        let mut hosts = parts.headers.get_all(HOST).iter().peekable();
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        let target = parts.uri.host();
        hosts.peek().is_some()
            && hosts.all(|host| Authority::try_from(host.as_bytes()).is_ok_and(|host| self.has_authority(&host)))
            && target.is_none_or(|host| self.has(host))
            && origins.all(|origin| self.has_origin(origin))
    }

    fn has_authority(&self, authority: &Authority) -> bool {
        !authority.as_str().contains('@') && self.has(authority.host())
    }

    fn has_origin(&self, origin: &HeaderValue) -> bool {
        let origin = Uri::try_from(origin.as_bytes()).ok();
        // A page of no host, such as a file's, has the origin `null`.
        origin.is_some_and(|origin| origin.scheme().is_some() && origin.host().is_some_and(|host| self.has(host)))
    }

    fn has(&self, host: &str) -> bool {
        let is_loopback = host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
        is_loopback
            || host == "[::1]"
            || host.eq_ignore_ascii_case("localhost")
            || self.0.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}
