//! The signer.

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::credential::access_key::AccessKey;
use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::error::SigningError;
use crate::sign::headers::{SIGNED_BY_DEFAULT, X_SDK_DATE, X_SECURITY_TOKEN};
use crate::sign::request::{self, RequestView};
use crate::sign::signature::{Signature, Signed, StringToSign};
use crate::sign::time::SigningTime;

/// Signs requests by `SDK-HMAC-SHA256`. It reads no clock and sends nothing.
///
/// By default it signs those of `content-type`, `host`, `x-project-id`, `x-sdk-date` and `x-security-token` that the request
/// has.
///
/// ```
/// use huaweicloud_auth::{AccessKey, RequestView, Signer};
///
/// let key = AccessKey::new("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")?;
/// let request = http::Request::get("https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0")
///     .header("content-type", "application/json")
///     .body("")?;
/// let signed = Signer::new().sign(&key, &RequestView::from(&request), "20191115T033655Z".parse()?)?;
/// assert_eq!(
///     signed.signature().to_string(),
///     "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Signer {
    /// Sorted and unique.
    names: Vec<HeaderName>,
}

impl Signer {
    /// A signer of the default headers.
    pub fn new() -> Self {
        Self { names: Vec::new() }.signed_headers(SIGNED_BY_DEFAULT)
    }

    /// Signs these headers instead of the default ones, each if a request has it.
    ///
    /// `x-sdk-date` is always signed, and so is `x-security-token` if the request has it. Names with an underscore are never
    /// signed: proxies drop such headers, and the official signers leave them out.
    #[must_use]
    pub fn signed_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.names = names.into_iter().chain([X_SDK_DATE, X_SECURITY_TOKEN]).collect();
        // A signature cannot cover the header that carries it.
        self.names
            .retain(|name| *name != AUTHORIZATION && !name.as_str().contains('_'));
        self.names
            .sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
        self.names.dedup();
        self
    }

    /// Signs a request as of a time. The date and the security token of the key replace those of the request.
    ///
    /// # Errors
    ///
    /// A request without a canonical form, or with more than one.
    pub fn sign(&self, key: &AccessKey, request: &RequestView<'_>, time: SigningTime) -> Result<Signed, SigningError> {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(X_SDK_DATE, visible(&time.to_string()));
        if let Some(token) = key.security_token() {
            let mut token = visible(token);
            token.set_sensitive(true);
            headers.insert(X_SECURITY_TOKEN, token);
        }
        if !request::has_host(request.headers)? {
            headers.insert(HOST, request.host_of_uri()?);
        }
        let exists = |name: &&HeaderName| headers.contains_key(*name) || request.headers.contains_key(*name);
        let names: Vec<HeaderName> = self.names.iter().filter(exists).cloned().collect();

        let canonical_request = CanonicalRequest::new(request, &headers, &names)?;
        let string_to_sign = StringToSign::new(time, &canonical_request);
        let signature = Signature::new(key, &string_to_sign);
        let authorization = signature.authorization(key, &names);
        headers.insert(AUTHORIZATION, authorization.clone());
        Ok(Signed {
            canonical_request,
            string_to_sign,
            signature,
            authorization,
            headers,
        })
    }
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(
    clippy::expect_used,
    reason = "dates are digits, and a key's token was checked when the key was made"
)]
fn visible(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("visible ASCII is a header's value")
}
