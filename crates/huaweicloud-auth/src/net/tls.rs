//! The certificates and the cryptography of TLS.

use std::error::Error as _;
use std::fmt;
use std::iter::successors;

use crate::net::base_url::Network;
use crate::net::http_error::HttpError;

/// The certificates that a client trusts, and the one that it shows.
#[derive(Clone, Default)]
pub(super) struct Tls {
    ca_certificates: Vec<reqwest::Certificate>,
    /// They stand in place of the machine's own.
    only_these: bool,
    client_certificate: Option<reqwest::Identity>,
}

impl Tls {
    pub(super) fn add_ca_certificates(&mut self, pem: &[u8]) -> Result<(), HttpError> {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .map_err(|error| HttpError::caused_by("the CA certificates cannot be parsed", error.without_url()))?;
        if certificates.is_empty() {
            return Err(HttpError::new("the CA certificates contain no PEM certificate"));
        }
        self.ca_certificates.extend(certificates);
        Ok(())
    }

    pub(super) fn set_only_ca_certificates(&mut self, pem: &[u8]) -> Result<(), HttpError> {
        self.add_ca_certificates(pem)?;
        self.only_these = true;
        Ok(())
    }

    pub(super) fn set_client_certificate(&mut self, pem: &[u8]) -> Result<(), HttpError> {
        // The library's error may hold a part of the key.
        let identity =
            reqwest::Identity::from_pem(pem).map_err(|_| HttpError::new("no PEM certificate with a private key"))?;
        self.client_certificate = Some(identity);
        Ok(())
    }

    pub(super) fn configure(
        &self,
        mut client: reqwest::ClientBuilder,
        network: Network,
    ) -> Result<reqwest::ClientBuilder, HttpError> {
        check_provider()?;
        let certificates = self.ca_certificates.iter().cloned();
        if self.only_these || network == Network::LocalHttp {
            client = client.tls_certs_only(certificates);
        } else if !self.ca_certificates.is_empty() {
            client = client.tls_certs_merge(certificates);
        }
        if let Some(identity) = &self.client_certificate {
            client = client.identity(identity.clone());
        }
        Ok(client)
    }

    /// Why the client could not be made.
    pub(super) fn explain(&self, error: reqwest::Error) -> HttpError {
        if has_no_certificates(&error) {
            return HttpError::caused_by("this machine has no CA certificates", error)
                .with_hint("install ca-certificates, or give CA certificates of your own");
        }
        let message = if !self.ca_certificates.is_empty() {
            "a CA certificate cannot be used"
        } else if self.client_certificate.is_some() {
            "the client certificate cannot be used"
        } else {
            "the HTTP client cannot be made on this machine"
        };
        HttpError::caused_by(message, error)
    }
}

/// Without cryptography the HTTP client would panic.
fn check_provider() -> Result<(), HttpError> {
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls-aws-lc-rs")))]
    // It fails where the program has installed another, which is used then.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if cfg!(feature = "rustls-aws-lc-rs") || rustls::crypto::CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    Err(HttpError::new("no cryptography for TLS is installed")
        .with_hint("build with the feature rustls-aws-lc-rs or rustls-ring, or install a CryptoProvider of rustls"))
}

/// Whether neither the machine nor the options have a CA certificate.
fn has_no_certificates(error: &reqwest::Error) -> bool {
    successors(error.source(), |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref())
        .any(|cause| matches!(cause, rustls::Error::General(text) if text.contains("CA certificates")))
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca_certificates", &self.ca_certificates.len())
            .field("only_these", &self.only_these)
            .field("client_certificate", &self.client_certificate.as_ref().map(|_| "***"))
            .finish()
    }
}
