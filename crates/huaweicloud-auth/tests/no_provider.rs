//! A build without cryptography for TLS.
#![cfg(all(
    test,
    feature = "http",
    not(any(feature = "rustls-aws-lc-rs", feature = "rustls-ring"))
))]

use huaweicloud_auth::provider::EcsMetadata;
use huaweicloud_auth::{CredentialsProvider as _, HttpOptions, ProviderErrorKind};

#[tokio::test]
async fn missing_cryptography_is_an_error_and_no_panic() {
    let error = EcsMetadata::new(&HttpOptions::new()).provide().await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Invalid);
    assert!(
        error.to_string().contains("no cryptography for TLS is installed"),
        "{error}"
    );
}
