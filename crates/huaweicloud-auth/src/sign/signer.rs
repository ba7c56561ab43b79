//! The signer.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use bytes::BytesMut;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::credential::access_key::AccessKey;
use crate::sign::canonical_request::{CanonicalRequest, SignedHeaders};
use crate::sign::error::SigningError;
use crate::sign::headers::{SIGNED_BY_DEFAULT, X_SDK_DATE, X_SECURITY_TOKEN};
use crate::sign::request::{self, RequestView};
use crate::sign::signature::{ALGORITHM, Signature, Signed, StringToSign};
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
    names: Cow<'static, [HeaderName]>,
}

impl Signer {
    /// A signer of the default headers.
    pub fn new() -> Self {
        Self {
            names: Cow::Borrowed(&SIGNED_BY_DEFAULT),
        }
    }

    /// Signs these headers instead of the default ones, each if a request has it.
    ///
    /// `x-sdk-date` is always signed, and so is `x-security-token` if the request has it. Names with an underscore are never
    /// signed: proxies drop such headers, and the official signers leave them out.
    #[must_use]
    pub fn signed_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let mut names: Vec<HeaderName> = names.into_iter().chain([X_SDK_DATE, X_SECURITY_TOKEN]).collect();
        // A signature cannot cover the header that carries it.
        names.retain(|name| *name != AUTHORIZATION && !name.as_str().contains('_'));
        names.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
        names.dedup();
        self.names = names.into();
        self
    }

    /// Signs a request as of a time. The date and the security token of the key replace those of the request.
    ///
    /// # Errors
    ///
    /// A request without a canonical form, or with more than one.
    pub fn sign(&self, key: &AccessKey, request: &RequestView<'_>, time: SigningTime) -> Result<Signed, SigningError> {
        let mut headers = HeaderMap::with_capacity(4);
        // The longest host has 253 characters, and an authorization about 250.
        let mut values = Values(BytesMut::with_capacity(512));
        headers.insert(X_SDK_DATE, values.add(format_args!("{time}")));
        if let Some(token) = key.security_token_header() {
            headers.insert(X_SECURITY_TOKEN, token);
        }
        if !request::has_host(request.headers)? {
            headers.insert(HOST, values.add(format_args!("{}", request.host_of_uri()?)));
        }
        let exists = |name: &&HeaderName| headers.contains_key(*name) || request.headers.contains_key(*name);
        let names: Vec<HeaderName> = self.names.iter().filter(exists).cloned().collect();

        let canonical_request = CanonicalRequest::new(request, &headers, &names)?;
        let string_to_sign = StringToSign::new(time, &canonical_request);
        let signature = Signature::new(key, &string_to_sign);
        let (id, names) = (key.id(), SignedHeaders(&names));
        let mut authorization = values.add(format_args!(
            "{ALGORITHM} Access={id}, SignedHeaders={names}, Signature={signature}"
        ));
        // With it the request can be sent again.
        authorization.set_sensitive(true);
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

/// Values of headers, which share an allocation.
struct Values(BytesMut);

impl Values {
    #[expect(
        clippy::expect_used,
        reason = "dates are digits; hosts of URIs, ids of keys, names of headers and hex are all visible ASCII"
    )]
    fn add(&mut self, value: fmt::Arguments<'_>) -> HeaderValue {
        // Writing to it cannot fail.
        let _ = self.0.write_fmt(value);
        HeaderValue::from_maybe_shared(self.0.split().freeze()).expect("visible ASCII is a header's value")
    }
}
