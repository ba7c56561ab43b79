//! From a received request to who signed it.

pub(crate) mod error;

use std::borrow::Borrow;
use std::time::Duration;

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName};
use subtle::ConstantTimeEq;

use crate::credential::access_key::AccessKey;
use crate::sign::authorization::{self, Authorization};
use crate::sign::canonical_request::CanonicalRequest;
use crate::sign::error::SigningError;
use crate::sign::headers::{self, X_SDK_DATE, X_SECURITY_TOKEN};
use crate::sign::request::{self, RequestView};
use crate::sign::signature::Signature;
use crate::sign::string_to_sign::StringToSign;
use crate::sign::time::SigningTime;
use crate::sign::verify::error::{Refusal, RefusalReason};

/// Verifies signatures as the gateway does. It reads no clock and keeps nothing: replays and locked keys are the
/// caller's.
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
/// let refusal = Verifier::new().verify(&RequestView::from(&request), known, now).unwrap_err();
/// assert_eq!(refusal.to_string(), "the signature does not match");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    max_skew: Duration,
}

impl Verifier {
    /// A verifier that takes requests signed up to 15 minutes ago or ahead, as the gateway does.
    pub fn new() -> Self {
        Self {
            max_skew: Duration::from_secs(15 * 60),
        }
    }

    /// The same with another limit.
    #[must_use]
    pub fn max_skew(self, max_skew: Duration) -> Self {
        Self { max_skew }
    }

    /// Verifies a request: `lookup` finds the key of an id, `now` is the verifier's time.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] with the first reason found, in this order: the form of `Authorization`, the date, the skew, the
    /// key, headers that are missing, the security token, and last the signature.
    pub fn verify<K: Borrow<AccessKey>>(
        &self,
        request: &RequestView<'_>,
        lookup: impl FnOnce(&str) -> Option<K>,
        now: SigningTime,
    ) -> Result<Verified, Refusal> {
        let authorization = authorization(request).map_err(|reason| Refusal::new(None, reason))?;
        match self.check(request, &authorization, lookup, now) {
            Ok(time) => Ok(Verified {
                access_key_id: authorization.access_key_id,
                signed_headers: authorization.signed_headers,
                time,
            }),
            Err(reason) => Err(Refusal::new(Some(authorization.access_key_id), reason)),
        }
    }

    fn check<K: Borrow<AccessKey>>(
        &self,
        request: &RequestView<'_>,
        authorization: &Authorization,
        lookup: impl FnOnce(&str) -> Option<K>,
        now: SigningTime,
    ) -> Result<SigningTime, RefusalReason> {
        let time = self.time(request, authorization, now)?;
        let key = lookup(&authorization.access_key_id).ok_or(RefusalReason::UnknownAccessKey)?;
        let key = key.borrow();
        // With HTTP/2 the host stands in the URI alone.
        let mut set = HeaderMap::new();
        if !request::has_host(request.headers)?
            && let Ok(host) = request.host_of_uri()
        {
            set.insert(HOST, host);
        }
        let missing = |name: &&HeaderName| !set.contains_key(*name) && !request.headers.contains_key(*name);
        if let Some(name) = authorization.signed_headers.iter().find(missing) {
            return Err(RefusalReason::MissingHeader { name: name.clone() });
        }
        security_token(request, authorization, key)?;

        let canonical_request = CanonicalRequest::new(request, &set, &authorization.signed_headers)?;
        let string_to_sign = StringToSign::new(time, &canonical_request);
        // Compares in constant time.
        if Signature::new(key, &string_to_sign) != authorization.signature {
            return Err(RefusalReason::SignatureMismatch {
                canonical_request,
                string_to_sign,
            });
        }
        Ok(time)
    }

    /// The request's time, where it is signed and close enough.
    fn time(
        &self,
        request: &RequestView<'_>,
        authorization: &Authorization,
        now: SigningTime,
    ) -> Result<SigningTime, RefusalReason> {
        let text = headers::value(request.headers, &X_SDK_DATE)?;
        let text = text.filter(|_| authorization.signed_headers.contains(&X_SDK_DATE));
        let text = text.ok_or(RefusalReason::MissingHeader { name: X_SDK_DATE })?;
        let time: SigningTime = text.parse().map_err(|_| RefusalReason::MalformedDate)?;
        if time.abs_difference(now) > self.max_skew {
            return Err(RefusalReason::Skew {
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

fn authorization(request: &RequestView<'_>) -> Result<Authorization, RefusalReason> {
    let malformed = |problem| RefusalReason::MalformedAuthorization { problem };
    let text = headers::value(request.headers, &AUTHORIZATION)
        .map_err(|_| malformed("the header stands more than once, or is not text"))?
        .ok_or(RefusalReason::NotSigned)?;
    authorization::read(text).map_err(malformed)
}

/// A temporary key comes with its own token, signed; a permanent one with none.
fn security_token(
    request: &RequestView<'_>,
    authorization: &Authorization,
    key: &AccessKey,
) -> Result<(), RefusalReason> {
    let sent = headers::value(request.headers, &X_SECURITY_TOKEN)?;
    let belongs = match (key.security_token(), sent) {
        (None, None) => true,
        (Some(own), Some(sent)) => bool::from(own.as_bytes().ct_eq(sent.as_bytes())),
        _ => false,
    };
    if !belongs {
        return Err(RefusalReason::SecurityToken);
    }
    if sent.is_some() && !authorization.signed_headers.contains(&X_SECURITY_TOKEN) {
        return Err(RefusalReason::MissingHeader { name: X_SECURITY_TOKEN });
    }
    Ok(())
}

impl From<SigningError> for RefusalReason {
    fn from(error: SigningError) -> Self {
        Self::NotCanonical(error)
    }
}

/// A request whose signature is right.
#[derive(Debug, Clone)]
pub struct Verified {
    access_key_id: String,
    signed_headers: Vec<HeaderName>,
    time: SigningTime,
}

impl Verified {
    /// The key that signed it.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The headers that the signature covers: all others can have been changed on the way.
    pub fn signed_headers(&self) -> &[HeaderName] {
        &self.signed_headers
    }

    /// When it was signed.
    pub fn time(&self) -> SigningTime {
        self.time
    }
}
