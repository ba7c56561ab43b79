//! The URL of a proxy.

use std::fmt;
use std::net::Ipv6Addr;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;
use zeroize::Zeroizing;

/// The schemes of proxies that the HTTP client can use, each with its default port.
const SCHEMES: &[(&str, u16)] = &[("http", 80), ("https", 443), ("socks5", 1080), ("socks5h", 1080)];

/// The longest user name and the longest password that SOCKS 5 can carry, in bytes.
const MAX_SOCKS_WORD: usize = 255;

/// A proxy: how it is spoken to, where it is, and with which user name and password. They are wiped from memory when
/// dropped, and neither `Debug` nor [`address`](Self::address) shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    scheme: &'static str,
    host: String,
    port: u16,
    user: User,
}

/// A user name and a password.
type User = Option<(Zeroizing<String>, Zeroizing<String>)>;

impl ProxyUrl {
    /// Reads `[scheme://][user[:password]@]host[:port]`; without a scheme it is `http`. What follows the port is ignored.
    ///
    /// The last `@` ends the password, so that all characters may be in it as they are. A `%` with two hexadecimal digits
    /// is decoded, any other stays.
    ///
    /// # Errors
    ///
    /// What is wrong with any other text, to follow its name. It does not hold the text.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.trim() != text {
            return Err("white space around it");
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            _ => ("http", text),
        };
        let (scheme, default_port) = SCHEMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(scheme))
            .ok_or("a scheme that is none of http, https, socks5 and socks5h")?;
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (read_user(user, scheme)?, rest),
            None => (None, rest),
        };
        let (host, port) = read_address(rest)?;
        let port = port.unwrap_or(*default_port);
        let proxy = Self {
            scheme,
            host,
            port,
            user,
        };
        // The HTTP client takes a URL that it cannot read for none, and sends without a proxy.
        let url = proxy.client_url();
        match url.parse::<http::Uri>() {
            Ok(uri) if uri.host() == Some(&proxy.host) && Url::parse(&url).is_ok() => Ok(proxy),
            _ => Err("a host that is none"),
        }
    }

    /// Its URL without user name and password, with its port.
    pub fn address(&self) -> String {
        format!("{}://{}:{}", self.scheme, self.host, self.port)
    }

    /// The proxy for the HTTP client, used for the URLs that `is_meant` accepts.
    pub(crate) fn for_client(&self, is_meant: impl Fn(&Url) -> bool + Send + Sync + 'static) -> reqwest::Proxy {
        let url = self.client_url();
        let proxy = reqwest::Proxy::custom(move |target| is_meant(target).then(|| url.to_string()));
        match &self.user {
            Some((name, password)) if !is_socks(self.scheme) => proxy.basic_auth(name, password),
            _ => proxy,
        }
    }

    /// The URL that the HTTP client gets. It has the user name and the password of SOCKS alone: those of HTTP are a header.
    fn client_url(&self) -> Zeroizing<String> {
        let Some((name, password)) = self.user.as_ref().filter(|_| is_socks(self.scheme)) else {
            return Zeroizing::new(self.address());
        };
        let [name, password] = [name, password].map(|word| utf8_percent_encode(word, NON_ALPHANUMERIC));
        let Self { scheme, host, port, .. } = self;
        Zeroizing::new(format!("{scheme}://{name}:{password}@{host}:{port}"))
    }
}

fn is_socks(scheme: &str) -> bool {
    scheme.starts_with("socks")
}

fn is_scheme(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_part)
}

fn read_user(text: &str, scheme: &str) -> Result<User, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |word: &str| {
        let bytes = Zeroizing::new(percent_decode_str(word).collect::<Vec<u8>>());
        let word = std::str::from_utf8(&bytes).map_err(|_| "a user name or password that is not UTF-8")?;
        if word.chars().any(char::is_control) {
            return Err("a control character in its user name or password");
        }
        if is_socks(scheme) && word.len() > MAX_SOCKS_WORD {
            return Err("a user name or password of more than 255 bytes, which SOCKS cannot carry");
        }
        Ok(Zeroizing::new(word.to_owned()))
    };
    Ok(Some((decoded(name)?, decoded(password)?)))
}

/// The host, as in URLs, and the port.
fn read_address(text: &str) -> Result<(String, Option<u16>), &'static str> {
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    if host.is_empty() {
        return Err("no host");
    }
    let port = match port {
        // A sign would be read too.
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok().filter(|port| *port > 0),
        Some(_) => None,
        None => return Ok((read_host(host)?, None)),
    };
    let port = port.ok_or("a port that is no number from 1 to 65535")?;
    Ok((read_host(host)?, Some(port)))
}

fn read_host(text: &str) -> Result<String, &'static str> {
    let none = "a host that is none";
    if let Some(inside) = text.strip_prefix('[') {
        let address: Ipv6Addr = inside.strip_suffix(']').and_then(|ip| ip.parse().ok()).ok_or(none)?;
        return Ok(format!("[{address}]"));
    }
    let is_part = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !text.chars().all(is_part) {
        return Err(none);
    }
    // A name in another script becomes ASCII.
    let url = Url::parse(&format!("http://{text}")).map_err(|_| none)?;
    url.host_str().map(str::to_owned).ok_or(none)
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Result<String, &'static str> {
        ProxyUrl::parse(text).map(|proxy| proxy.address())
    }

    #[test]
    fn addresses_are_read_with_their_default_ports() {
        for (text, expected) in [
            ("http://proxy.example.com:8080", "http://proxy.example.com:8080"),
            ("http://proxy", "http://proxy:80"),
            ("HTTPS://Proxy/", "https://proxy:443"),
            ("proxy:3128", "http://proxy:3128"),
            ("proxy", "http://proxy:80"),
            ("10.0.0.1:1", "http://10.0.0.1:1"),
            ("socks5://h", "socks5://h:1080"),
            ("socks5h://h:1", "socks5h://h:1"),
            ("http://[::1]", "http://[::1]:80"),
            ("[0:0::1]:65535", "http://[::1]:65535"),
            ("http://h:8080/path?query#fragment", "http://h:8080"),
            ("http://h_1:8080", "http://h_1:8080"),
            ("http://代理.example:1", "http://xn--mnq481g.example:1"),
            ("http://@h:1", "http://h:1"),
        ] {
            let proxy = ProxyUrl::parse(text).unwrap();
            assert_eq!((&*proxy.address(), proxy.user), (expected, None), "{text}");
        }
    }

    #[test]
    fn passwords_are_read_whole() {
        for (user, name, password) in [
            ("u:p", "u", "p"),
            ("u", "u", ""),
            (":p", "", "p"),
            ("u:", "u", ""),
            ("u:p@q", "u", "p@q"),
            ("u@v:p", "u@v", "p"),
            ("u:p/q", "u", "p/q"),
            ("u:p#q", "u", "p#q"),
            ("u:p?q", "u", "p?q"),
            ("u:p:q", "u", "p:q"),
            ("u:50%", "u", "50%"),
            ("u:p%q", "u", "p%q"),
            ("u:p%zz%41", "u", "p%zzA"),
            ("u%3Av:p%40q", "u:v", "p@q"),
            ("u:p%C3%A9", "u", "pé"),
            ("u:é q", "u", "é q"),
            ("u:p\\q[\"]", "u", "p\\q[\"]"),
            ("u:a://b", "u", "a://b"),
        ] {
            for scheme in ["http://", "https://", "socks5://", "socks5h://", ""] {
                let proxy = ProxyUrl::parse(&format!("{scheme}{user}@h:1")).unwrap();
                assert!(proxy.address().ends_with("://h:1"), "{user}");
                let (found, word) = proxy.user.unwrap();
                assert_eq!((&**found, &**word), (name, password), "{scheme}{user}");
            }
        }
    }

    #[test]
    fn unusable_texts_are_refused() {
        let long = format!("socks5://u:{}@h", "p".repeat(256));
        for (text, expected) in [
            ("", "no host"),
            (" ", "white space around it"),
            (" http://h:1", "white space around it"),
            ("http://h:1\n", "white space around it"),
            ("http://h h:1", "a host that is none"),
            ("http://h\th:1", "a host that is none"),
            ("http://h%20h:1", "a host that is none"),
            ("http://h\\h:1", "a host that is none"),
            ("ftp://h:1", "a scheme that is none of http, https, socks5 and socks5h"),
            (
                "socks4://h:1",
                "a scheme that is none of http, https, socks5 and socks5h",
            ),
            (
                "socks://h:1",
                "a scheme that is none of http, https, socks5 and socks5h",
            ),
            ("http:/h:1", "a port that is no number from 1 to 65535"),
            ("http:h:1", "a host that is none"),
            ("http://[::1", "a host that is none"),
            ("http://[::1:1", "a host that is none"),
            ("http://::1:1", "a host that is none"),
            ("http://[::1]x:1", "a host that is none"),
            ("http://[fe80::1%25eth0]:1", "a host that is none"),
            ("http://", "no host"),
            ("http://:1", "no host"),
            ("http:///h", "no host"),
            ("http://u:p@", "no host"),
            ("http://u:p@:1", "no host"),
            ("http://h:", "a port that is no number from 1 to 65535"),
            ("http://h:0", "a port that is no number from 1 to 65535"),
            ("http://h:65536", "a port that is no number from 1 to 65535"),
            ("http://h:+1", "a port that is no number from 1 to 65535"),
            ("http://h:x", "a port that is no number from 1 to 65535"),
            ("http://256.0.0.1:1", "a host that is none"),
            ("http://u:%0a@h", "a control character in its user name or password"),
            ("http://u\u{1}:p@h", "a control character in its user name or password"),
            ("http://u:p%E9@h", "a user name or password that is not UTF-8"),
            (
                &long,
                "a user name or password of more than 255 bytes, which SOCKS cannot carry",
            ),
        ] {
            assert_eq!(address(text), Err(expected), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn encoded_passwords_come_back(name in "\\PC{0,80}", password in "\\PC{0,80}") {
            let [name_encoded, encoded] = [&name, &password].map(|word| utf8_percent_encode(word, NON_ALPHANUMERIC));
            for scheme in ["https", "socks5"] {
                let proxy = ProxyUrl::parse(&format!("{scheme}://{name_encoded}:{encoded}@h")).unwrap();
                let (found, word) = proxy.user.unwrap();
                prop_assert_eq!((&**found, &**word), (&*name, &*password));
            }
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in any::<String>()) {
            for text in [text.clone(), format!("http://{text}"), format!("u:p@{text}:1"), format!("socks5://{text}@h")] {
                if let Ok(proxy) = ProxyUrl::parse(&text) {
                    prop_assert!(Url::parse(&proxy.address()).is_ok());
                    let _ = proxy.for_client(|_| true);
                }
            }
        }
    }
}
