//! Where requests go.

use reqwest::Url;

use crate::constants::SERVERS;
use crate::error::Error;

/// The base URL without a trailing slash, and whether it is on this machine.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) base: String,
    /// The path of the base, empty where it has none.
    pub(crate) path: String,
    pub(crate) loopback: bool,
}

impl Endpoint {
    /// The vendor's host for a region. A region that is not known here works too: the vendor adds some.
    pub(crate) fn of_region(region: &str) -> Result<Self, Error> {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if region.is_empty() || region.len() > 63 || !region.chars().all(fits) {
            let reason = format!("`{}` found, an id such as cn-north-4 expected", region.escape_debug());
            return Err(Error::invalid("region", reason));
        }
        let own = SERVERS.iter().find(|server| server.contains(&format!(".{region}.")));
        let template = SERVERS.iter().find(|server| server.contains("{region}"));
        match (own, template) {
            (Some(server), _) => Self::parse(server),
            (None, Some(template)) => Self::parse(&template.replace("{region}", region)),
            (None, None) => Err(Error::invalid("region", format!("no host is known for `{region}`"))),
        }
    }

    /// An endpoint that the user names. A path is kept: a gateway of one's own may need it.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let invalid = |reason: &str| Error::invalid("endpoint", reason);
        let url = Url::parse(text).map_err(|error| invalid(&format!("no URL: {error}")))?;
        let host = url.host_str().ok_or_else(|| invalid("a URL without a host"))?;
        let loopback = is_loopback(host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => {
                return Err(invalid(
                    "only https is allowed, and http to this machine (127.0.0.1, [::1], localhost)",
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("a URL with a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("a URL with a query or fragment"));
        }
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            path: url.path().trim_end_matches('/').to_owned(),
            loopback,
        })
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
