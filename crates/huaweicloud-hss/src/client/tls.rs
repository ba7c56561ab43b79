//! The certificates of a client.

use std::fmt;

use huaweicloud_auth::HttpOptions;
use zeroize::Zeroizing;

use crate::error::Error;

#[derive(Clone, Default)]
pub(super) struct Tls {
    pub(super) ca_certificates: Vec<u8>,
    pub(super) only_these: bool,
    pub(super) client_certificate: Option<Zeroizing<Vec<u8>>>,
}

impl Tls {
    pub(super) fn apply(&self, mut options: HttpOptions) -> Result<HttpOptions, Error> {
        let invalid = |error| Error::invalid("ca_certificates", error);
        if self.only_these {
            options = options.only_ca_certificates(&self.ca_certificates).map_err(invalid)?;
        } else if !self.ca_certificates.is_empty() {
            options = options.ca_certificates(&self.ca_certificates).map_err(invalid)?;
        }
        match &self.client_certificate {
            Some(pem) => options
                .client_certificate(pem)
                .map_err(|error| Error::invalid("client_certificate", error)),
            None => Ok(options),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca_certificates", &String::from_utf8_lossy(&self.ca_certificates))
            .field("only_these", &self.only_these)
            .field("client_certificate", &self.client_certificate.as_ref().map(|_| "***"))
            .finish()
    }
}
