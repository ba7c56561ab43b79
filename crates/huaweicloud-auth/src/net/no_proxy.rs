//! The hosts that are reached without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

/// The entries of `NO_PROXY`, with commas or white space between them.
#[derive(Debug, Clone, Default)]
pub(crate) struct NoProxy(Vec<Entry>);

/// Some hosts, at any port or at one.
#[derive(Debug, Clone)]
struct Entry {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone)]
enum Hosts {
    All,
    Network(IpNet),
    /// The domain, and all below it.
    Domain(String),
    /// What is below the domain.
    Below(String),
}

impl NoProxy {
    /// Reads entries as curl and Go do: `*`; a domain, also with a dot before it, which means all below it too; `*.` and a
    /// domain, which means those below it alone; an IP address, of version 6 also in brackets; a network (`10.0.0.0/8`).
    /// All but a network can have a port. What is none of these means no host.
    pub(crate) fn parse(text: &str) -> Self {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(Entry::parse).collect())
    }

    pub(crate) fn contains(&self, url: &Url) -> bool {
        let (Some(host), port) = (url.host_str(), url.port_or_known_default()) else {
            return false;
        };
        let host = without_brackets(host).trim_end_matches('.');
        self.0
            .iter()
            .any(|entry| entry.hosts.contain(host) && entry.port.is_none_or(|own| Some(own) == port))
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        // An address of version 6 without brackets has colons of its own.
        if let Some(hosts) = Hosts::parse(text) {
            return Some(Self { hosts, port: None });
        }
        let (hosts, port) = text.rsplit_once(':')?;
        Some(Self {
            hosts: Hosts::parse(hosts)?,
            port: Some(port.parse().ok()?),
        })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        if let Ok(address) = without_brackets(text).parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        if let Ok(network) = text.parse() {
            return Some(Self::Network(network));
        }
        let (domain, make): (&str, fn(String) -> Self) = match text.strip_prefix("*.") {
            Some(domain) => (domain, Self::Below),
            None => (text.strip_prefix('.').unwrap_or(text), Self::Domain),
        };
        // URLs have names of another script in ASCII.
        let url = Url::parse(&format!("http://{}", domain.trim_end_matches('.'))).ok()?;
        let is_name = !domain.is_empty() && !domain.contains([':', '/', '@', '?', '#', '*']);
        is_name.then(|| make(url.host_str().unwrap_or_default().to_owned()))
    }

    fn contain(&self, host: &str) -> bool {
        let is_below = |domain: &str| {
            let start = host.strip_suffix(domain);
            start.is_some_and(|start| start.len() > 1 && start.ends_with('.'))
        };
        match self {
            Self::All => true,
            Self::Network(network) => host.parse::<IpAddr>().is_ok_and(|address| network.contains(&address)),
            Self::Domain(domain) => host == domain || is_below(domain),
            Self::Below(domain) => is_below(domain),
        }
    }
}

fn without_brackets(host: &str) -> &str {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(entries: &str, target: &str) -> bool {
        let url = Url::parse(&format!("https://{target}/path")).unwrap();
        NoProxy::parse(entries).contains(&url)
    }

    #[test]
    fn entries_mean_the_hosts_that_curl_and_go_mean() {
        for (entry, inside, outside) in [
            ("*", &["a.example", "10.0.0.1", "[::1]:5"][..], &[][..]),
            (
                "b.example",
                &["b.example", "B.Example", "b.example.", "a.b.example:5"],
                &["xb.example", "b.example.com", "example"],
            ),
            (".b.example", &["b.example", "a.b.example"], &["xb.example"]),
            ("B.EXAMPLE.", &["b.example", "a.b.example"], &["xb.example"]),
            (
                "*.b.example",
                &["a.b.example", "c.a.b.example"],
                &["b.example", "xb.example"],
            ),
            ("b.example:443", &["b.example", "a.b.example"], &["b.example:8443"]),
            (
                "*.b.example:8443",
                &["a.b.example:8443"],
                &["a.b.example", "b.example:8443"],
            ),
            ("*:8443", &["a.example:8443"], &["a.example"]),
            (
                "bücher.example",
                &["bücher.example", "xn--bcher-kva.example"],
                &["example"],
            ),
            (
                "10.0.0.1",
                &["10.0.0.1", "10.0.0.1:5"],
                &["10.0.0.10", "1.10.0.0.1.example"],
            ),
            ("10.0.0.1:5", &["10.0.0.1:5"], &["10.0.0.1"]),
            ("10.0.0.0/8", &["10.0.0.1", "10.255.0.1"], &["11.0.0.1", "a.example"]),
            ("::1", &["[::1]", "[::1]:5"], &["[::2]"]),
            ("[::1]", &["[::1]"], &["[::2]"]),
            ("[::1]:5", &["[::1]:5"], &["[::1]"]),
            ("fd00::/8", &["[fd00::1]"], &["[fe80::1]"]),
        ] {
            for target in inside {
                assert!(contains(entry, target), "{entry} and {target}");
            }
            for target in outside {
                assert!(!contains(entry, target), "{entry} and {target}");
            }
        }
    }

    #[test]
    fn entries_are_separated_by_commas_and_white_space() {
        for list in [
            "a.example,b.example",
            " a.example , b.example ",
            "a.example b.example",
            ",\ta.example\n,,b.example",
        ] {
            assert!(contains(list, "a.example") && contains(list, "b.example"), "{list:?}");
            assert!(!contains(list, "c.example"), "{list:?}");
        }
    }

    /// The call goes through the proxy then.
    #[test]
    fn entries_that_mean_nothing_mean_no_host() {
        for entry in [
            "",
            ",",
            ".",
            "*.",
            "**",
            "a.*",
            "10.0.0.0/33",
            "b.example:x",
            "b.example:65536",
            "b/example",
            "u@b.example",
        ] {
            for target in ["b.example", "10.0.0.1", "a.b.example"] {
                assert!(!contains(entry, target), "{entry} and {target}");
            }
        }
    }
}
