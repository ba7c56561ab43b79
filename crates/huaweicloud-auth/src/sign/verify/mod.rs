//! The verifier.

mod authorization;
pub(crate) mod error;

use std::borrow::Borrow;
use std::time::Duration;

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};
use subtle::ConstantTimeEq;

use crate::credential::access_key::AccessKey;
use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::error::SigningError;
use crate::sign::headers::{self, X_SDK_DATE, X_SECURITY_TOKEN};
use crate::sign::request::{self, RequestView};
use crate::sign::signature::{Signature, StringToSign};
use crate::sign::time::SigningTime;
use crate::sign::verify::authorization::Authorization;
use crate::sign::verify::error::{VerifyError, VerifyErrorKind};

/// Verifies signatures as the gateway does. It reads no clock and keeps no state: replays and locked keys are for the caller
/// to detect.
///
/// ```
/// use huaweicloud_auth::{AccessKey, RequestView, Signer, SigningTime, Verifier};
///
/// let key = AccessKey::new("AccessKey", "SecretKey")?;
/// let now: SigningTime = "20200608T023900Z".parse()?;
/// let mut request = http::Request::put("https://hss.cn-north-4.myhuaweicloud.com/v5/p").body("{}")?;
/// let signed = Signer::new().sign(&key, &RequestView::from(&request), now)?;
/// signed.apply(request.headers_mut());
///
/// let known = |id: &str| (id == key.id()).then_some(&key);
/// let verified = Verifier::new().verify(&RequestView::from(&request), known, now)?;
/// assert_eq!(verified.access_key_id(), "AccessKey");
///
/// *request.body_mut() = "{ }";
/// let error = Verifier::new().verify(&RequestView::from(&request), known, now).unwrap_err();
/// assert_eq!(error.to_string(), "the signature does not match");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    max_skew: Duration,
}

impl Verifier {
    /// A verifier that accepts times up to 15 minutes in the past or future, as the gateway does.
    pub fn new() -> Self {
        Self {
            max_skew: Duration::from_secs(15 * 60),
        }
    }

    /// The same with another maximum.
    #[must_use]
    pub fn max_skew(self, max_skew: Duration) -> Self {
        Self { max_skew }
    }

    /// Verifies a request: `lookup` finds the key of an id, `now` is the verifier's time.
    ///
    /// # Errors
    ///
    /// The first problem found, in this order: the form of `Authorization`, the date, the skew, the key, missing headers, the
    /// security token, the signature.
    pub fn verify<K: Borrow<AccessKey>>(
        &self,
        request: &RequestView<'_>,
        lookup: impl FnOnce(&str) -> Option<K>,
        now: SigningTime,
    ) -> Result<Verified, VerifyError> {
        let authorization = authorization(request).map_err(|kind| VerifyError::new(None, kind))?;
        match self.check(request, &authorization, lookup, now) {
            Ok(time) => Ok(Verified {
                access_key_id: authorization.access_key_id,
                signed_headers: authorization.signed_headers,
                time,
            }),
            Err(kind) => Err(VerifyError::new(Some(authorization.access_key_id), kind)),
        }
    }

    fn check<K: Borrow<AccessKey>>(
        &self,
        request: &RequestView<'_>,
        authorization: &Authorization,
        lookup: impl FnOnce(&str) -> Option<K>,
        now: SigningTime,
    ) -> Result<SigningTime, VerifyErrorKind> {
        let time = self.time(request, authorization, now)?;
        let key = lookup(&authorization.access_key_id).ok_or(VerifyErrorKind::UnknownAccessKey)?;
        let key = key.borrow();
        // An HTTP/2 request has its host in the URI alone.
        let mut set = HeaderMap::new();
        if !request::has_host(request.headers)?
            && let Ok(host) = request.host_of_uri()
            && let Ok(host) = HeaderValue::try_from(host.to_string())
        {
            set.insert(HOST, host);
        }
        let missing = |name: &&HeaderName| !set.contains_key(*name) && !request.headers.contains_key(*name);
        if let Some(name) = authorization.signed_headers.iter().find(missing) {
            return Err(VerifyErrorKind::MissingHeader { name: name.clone() });
        }
        security_token(request, authorization, key)?;

        let canonical_request = CanonicalRequest::new(request, &set, &authorization.signed_headers)?;
        let string_to_sign = StringToSign::new(time, &canonical_request);
        // Compares in constant time.
        if Signature::new(key, &string_to_sign) != authorization.signature {
            return Err(VerifyErrorKind::SignatureMismatch {
                canonical_request,
                string_to_sign,
            });
        }
        Ok(time)
    }

    /// The request's time, which must be signed and within the skew.
    fn time(
        &self,
        request: &RequestView<'_>,
        authorization: &Authorization,
        now: SigningTime,
    ) -> Result<SigningTime, VerifyErrorKind> {
        let text = headers::value(request.headers, &X_SDK_DATE)?;
        let text = text.filter(|_| authorization.signed_headers.contains(&X_SDK_DATE));
        let text = text.ok_or(VerifyErrorKind::MissingHeader { name: X_SDK_DATE })?;
        let time: SigningTime = text.parse().map_err(|_| VerifyErrorKind::MalformedDate)?;
        if time.abs_difference(now) > self.max_skew {
            return Err(VerifyErrorKind::Skew {
                request_time: time,
                server_time: now,
            });
        }
        Ok(time)
    }
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

fn authorization(request: &RequestView<'_>) -> Result<Authorization, VerifyErrorKind> {
    let malformed = |problem| VerifyErrorKind::MalformedAuthorization { problem };
    let text = headers::value(request.headers, &AUTHORIZATION)
        .map_err(|_| malformed("the header is repeated, or not text"))?
        .ok_or(VerifyErrorKind::NotSigned)?;
    Authorization::parse(text).map_err(malformed)
}

/// A temporary key needs its own token, signed; a permanent one allows none.
fn security_token(
    request: &RequestView<'_>,
    authorization: &Authorization,
    key: &AccessKey,
) -> Result<(), VerifyErrorKind> {
    let sent = headers::value(request.headers, &X_SECURITY_TOKEN)?;
    let matches_key = match (key.security_token(), sent) {
        (None, None) => true,
        (Some(token), Some(sent)) => bool::from(token.as_bytes().ct_eq(sent.as_bytes())),
        _ => false,
    };
    if !matches_key {
        return Err(VerifyErrorKind::SecurityToken);
    }
    if sent.is_some() && !authorization.signed_headers.contains(&X_SECURITY_TOKEN) {
        return Err(VerifyErrorKind::MissingHeader { name: X_SECURITY_TOKEN });
    }
    Ok(())
}

impl From<SigningError> for VerifyErrorKind {
    fn from(error: SigningError) -> Self {
        Self::NotCanonical(error)
    }
}

/// A verified request.
#[derive(Debug, Clone)]
pub struct Verified {
    access_key_id: String,
    signed_headers: Vec<HeaderName>,
    time: SigningTime,
}

impl Verified {
    /// The id of the key that signed it.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The headers that the signature covers. A proxy may have changed all others.
    pub fn signed_headers(&self) -> &[HeaderName] {
        &self.signed_headers
    }

    /// The time of the signature.
    pub fn time(&self) -> SigningTime {
        self.time
    }
}
