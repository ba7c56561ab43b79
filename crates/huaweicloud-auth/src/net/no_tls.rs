//! In place of `tls.rs` in a build without TLS, which speaks http with this machine and the metadata service alone.

use crate::net::base_url::Network;
use crate::net::http_error::HttpError;

#[derive(Debug, Clone, Default)]
pub(super) struct Tls {}

impl Tls {
    pub(super) fn add_ca_certificates(&mut self, _pem: &[u8]) -> Result<(), HttpError> {
        Err(no_tls())
    }

    pub(super) fn set_only_ca_certificates(&mut self, _pem: &[u8]) -> Result<(), HttpError> {
        Err(no_tls())
    }

    pub(super) fn set_client_certificate(&mut self, _pem: &[u8]) -> Result<(), HttpError> {
        Err(no_tls())
    }

    pub(super) fn configure(
        &self,
        client: reqwest::ClientBuilder,
        network: Network,
    ) -> Result<reqwest::ClientBuilder, HttpError> {
        match network {
            Network::LocalHttp => Ok(client),
            Network::Public | Network::LocalHttps => Err(no_tls()),
        }
    }

    pub(super) fn explain(&self, error: reqwest::Error) -> HttpError {
        HttpError::caused_by("the HTTP client cannot be made on this machine", error)
    }
}

fn no_tls() -> HttpError {
    HttpError::new("this build has no TLS").with_hint("build with the feature rustls-aws-lc-rs or rustls-ring")
}
