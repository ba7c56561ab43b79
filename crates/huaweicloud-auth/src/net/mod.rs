//! What goes over the network, and what comes back: the HTTP client, base URLs, regions, error bodies and foreign text.

#[cfg(feature = "http")]
pub mod base_url;
#[cfg(feature = "http")]
pub mod error_body;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod http_error;
#[cfg(feature = "http")]
mod no_proxy;
#[cfg(feature = "http")]
pub mod proxy;
#[cfg(feature = "http")]
mod proxy_url;
pub mod region;
pub mod sanitize;
#[cfg(feature = "http")]
#[cfg_attr(not(feature = "rustls-no-provider"), path = "no_tls.rs")]
mod tls;

/// Every character but `A-Z a-z 0-9 - . _ ~`.
pub(crate) const RESERVED: percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
