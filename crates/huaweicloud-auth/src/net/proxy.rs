//! The proxy of a client.

use reqwest::Url;

use crate::env::Env;
use crate::net::http_error::HttpError;
use crate::net::no_proxy::NoProxy;
use crate::net::proxy_url::ProxyUrl;

/// The proxy that requests go through.
///
/// A proxy is `[scheme://][user[:password]@]host[:port]`. The scheme is `http`, which is also meant without one, `https`,
/// `socks5`, or `socks5h`, where the proxy looks hosts up. The last `@` ends the password, so all other characters may be in
/// it as they are; a `%` with two hexadecimal digits is decoded.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// The one that the environment names in `HTTPS_PROXY` or `ALL_PROXY`, but for the hosts of `NO_PROXY`. Names in small
    /// letters are read where those in capitals are not set or empty. A value that cannot be used is an error, that of
    /// `HTTP_PROXY` too, although no request goes through that proxy: http is for this machine alone.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This proxy; see [`Proxy::url`].
    Url(ProxyUrl),
}

impl Proxy {
    /// A proxy by its URL, with user name and password if it needs them: `http://user:password@proxy:8080`.
    ///
    /// # Errors
    ///
    /// Text that is not the URL of a proxy. The error does not hold it.
    pub fn url(url: &str) -> Result<Self, HttpError> {
        let url = ProxyUrl::parse(url).map_err(|problem| unusable("the proxy's URL", problem))?;
        Ok(Self::Url(url))
    }

    /// What holds for requests to other machines. `env` is read for [`Proxy::Environment`] alone.
    pub(crate) fn rules(&self, env: &Env) -> Result<ProxyRules, HttpError> {
        Ok(match self {
            Self::Environment => ProxyRules::of_environment(env)?,
            Self::Direct => ProxyRules::default(),
            Self::Url(url) => ProxyRules {
                proxy: Some(url.clone()),
                except: NoProxy::default(),
            },
        })
    }
}

/// Which requests go through which proxy.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProxyRules {
    proxy: Option<ProxyUrl>,
    except: NoProxy,
}

impl ProxyRules {
    fn of_environment(env: &Env) -> Result<Self, HttpError> {
        // A program behind a web server has the header `Proxy` of a request in HTTP_PROXY.
        if first(env, ["REQUEST_METHOD"], |_| Ok(()))?.is_none() {
            first(env, ["HTTP_PROXY", "http_proxy"], |text| {
                ProxyUrl::parse(text).map(drop)
            })?;
        }
        // Both, so that one that cannot be used is not found out when the other is taken away.
        let https = first(env, ["HTTPS_PROXY", "https_proxy"], ProxyUrl::parse)?;
        let all = first(env, ["ALL_PROXY", "all_proxy"], ProxyUrl::parse)?;
        let except = first(env, ["NO_PROXY", "no_proxy"], |text| Ok(NoProxy::parse(text)))?;
        Ok(Self {
            proxy: https.or(all),
            except: except.unwrap_or_default(),
        })
    }

    /// The proxy for a request to this URL.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<&ProxyUrl> {
        self.proxy.as_ref().filter(|_| !self.except.contains(url))
    }

    /// The proxy for the HTTP client, if there is one.
    pub(crate) fn for_client(&self) -> Option<reqwest::Proxy> {
        let except = self.except.clone();
        let proxy = self.proxy.as_ref()?;
        Some(proxy.for_client(move |url| !except.contains(url)))
    }
}

/// The value of the first of these variables that is set and not empty.
fn first<T, const N: usize>(
    env: &Env,
    names: [&'static str; N],
    read: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<Option<T>, HttpError> {
    for name in names {
        let text = env.text(name).map_err(|_| unusable(name, "bytes that are not UTF-8"))?;
        if let Some(text) = text {
            return read(&text).map(Some).map_err(|problem| unusable(name, problem));
        }
    }
    Ok(None)
}

fn unusable(name: &str, problem: &str) -> HttpError {
    HttpError::new(format!("{name} has {problem}"))
        .with_hint("a proxy is http://user:password@host:port; https, socks5 and socks5h work too")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(variables: &[(&str, &str)]) -> Result<ProxyRules, HttpError> {
        Proxy::Environment.rules(&variables.iter().copied().collect())
    }

    /// The address of the proxy for a host.
    fn proxy(variables: &[(&str, &str)]) -> Option<String> {
        let url = Url::parse("https://iam.example.com").unwrap();
        rules(variables).unwrap().proxy_for(&url).map(ProxyUrl::address)
    }

    #[test]
    fn https_counts_before_all_and_capitals_before_small_letters() {
        let all = [
            ("HTTPS_PROXY", "a:1"),
            ("https_proxy", "b:1"),
            ("ALL_PROXY", "c:1"),
            ("all_proxy", "d:1"),
        ];
        for (start, expected) in ["a", "b", "c", "d"].into_iter().enumerate() {
            assert_eq!(proxy(&all[start..]), Some(format!("http://{expected}:1")));
            // An empty one counts as not set.
            let mut empty = all;
            empty[..start].iter_mut().for_each(|(_, value)| *value = "");
            assert_eq!(proxy(&empty), Some(format!("http://{expected}:1")));
        }
        assert_eq!(proxy(&[("HTTP_PROXY", "a:1")]), None);
        assert_eq!(proxy(&[]), None);
        for name in ["NO_PROXY", "no_proxy"] {
            assert_eq!(proxy(&[all[0], (name, "example.com")]), None, "{name}");
            assert_eq!(
                proxy(&[all[0], (name, "example.org")]),
                Some("http://a:1".to_owned()),
                "{name}"
            );
        }
        assert_eq!(
            proxy(&[all[0], ("NO_PROXY", "example.org"), ("no_proxy", "*")]),
            Some("http://a:1".to_owned())
        );
        // A program behind a web server too: no request can set these.
        assert_eq!(
            proxy(&[all[0], ("REQUEST_METHOD", "GET")]),
            Some("http://a:1".to_owned())
        );
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named_and_its_value_is_not_shown() {
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            for value in [
                " a:1",
                "http://a b",
                "ftp://the-value",
                "http:/a:1",
                "http://[::1",
                "http://",
                "a:x",
            ] {
                let error = rules(&[(name, value)]).unwrap_err();
                assert!(error.message().starts_with(&format!("{name} has ")), "{error}");
                assert!(!error.to_string().contains("the-value"), "{error}");
            }
        }
        let error = rules(&[("HTTPS_PROXY", "a:1"), ("ALL_PROXY", "a:x")]).unwrap_err();
        assert!(error.message().starts_with("ALL_PROXY "), "{error}");
        // A request's header.
        assert!(rules(&[("HTTP_PROXY", "a:x"), ("REQUEST_METHOD", "GET")]).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf8_is_named() {
        use std::os::unix::ffi::OsStringExt;

        for name in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HTTP_PROXY"] {
            let env = Env::new(move |asked| (asked == name).then(|| std::ffi::OsString::from_vec(vec![b'a', 0xff])));
            let error = Proxy::Environment.rules(&env).unwrap_err();
            assert_eq!(error.message(), format!("{name} has bytes that are not UTF-8"));
        }
    }
}
