//! Builds without TLS, and without cryptography for it.
#![cfg(test)]
#![cfg(all(feature = "http", not(any(feature = "rustls-aws-lc-rs", feature = "rustls-ring"))))]

use huaweicloud_auth::provider::{EcsMetadata, IamPassword, IamUser, ProjectScope};
use huaweicloud_auth::{CredentialsProvider as _, HttpOptions, IamEndpoint, ProviderError, ProviderErrorKind};
use testkit::closed_endpoint;

async fn ask_iam() -> ProviderError {
    let user = IamUser::new("user", "password", "domain").unwrap();
    let project = ProjectScope::Name("cn-north-4".to_owned());
    let endpoint = IamEndpoint::of_region("cn-north-4").unwrap();
    let provider = IamPassword::new(user, project, endpoint, &HttpOptions::new());
    provider.provide().await.unwrap_err()
}

async fn ask_metadata() -> ProviderError {
    let metadata = EcsMetadata::at(&closed_endpoint(), &HttpOptions::new()).unwrap();
    metadata.provide().await.unwrap_err()
}

#[cfg(feature = "rustls-no-provider")]
#[tokio::test]
async fn missing_cryptography_is_an_error_and_no_panic() {
    for error in [ask_iam().await, ask_metadata().await] {
        assert_eq!(error.kind(), ProviderErrorKind::Invalid);
        let expected = "no cryptography for TLS is installed: build with the feature rustls-aws-lc-rs or rustls-ring";
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[cfg(not(feature = "rustls-no-provider"))]
#[tokio::test]
async fn a_build_without_tls_reaches_this_machine_alone() {
    const MISSING: &str = "this build has no TLS: build with the feature rustls-aws-lc-rs or rustls-ring";
    let error = ask_iam().await;
    assert_eq!(error.kind(), ProviderErrorKind::Invalid);
    assert!(error.to_string().contains(MISSING), "{error}");
    assert_eq!(
        ask_metadata().await.kind(),
        ProviderErrorKind::NotFound,
        "it was called"
    );
    for refused in [
        HttpOptions::new().ca_certificates(b"pem"),
        HttpOptions::new().only_ca_certificates(b"pem"),
        HttpOptions::new().client_certificate(b"pem"),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), MISSING);
    }
}
