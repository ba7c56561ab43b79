//! A private certificate authority, which exists as long as its server.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

use crate::error::StartError;

const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The authority. Its key never leaves the process.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Result<Self, StartError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name("hss-sim private CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(unusable)?;
        Ok(Self(CertifiedIssuer::self_signed(params, key).map_err(unusable)?))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server with a fresh key and a certificate by this authority.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, StartError> {
        let names = LOCAL_NAMES.map(str::to_owned);
        let mut params = CertificateParams::new(names).map_err(unusable)?;
        // Another name than the authority's, or OpenSSL takes the certificate for self-signed.
        params.distinguished_name = name("hss-sim");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Strict verifiers require it, such as Python's from 3.13 on.
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(unusable)?;
        let certificate = params.signed_by(&key, &self.0).map_err(unusable)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(unusable)?;
        // Named, because a process may hold more than one.
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(unusable)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn unusable(error: impl std::fmt::Display) -> StartError {
    StartError::Setting {
        setting: "TLS",
        reason: error.to_string(),
    }
}
