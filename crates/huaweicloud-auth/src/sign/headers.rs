//! The headers that signing uses.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::sign::error::SigningError;

/// `X-Auth-Token`: the token of a request that is not signed.
pub const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// `X-Sdk-Date`: when the request was signed. Always set and always signed.
pub const X_SDK_DATE: HeaderName = HeaderName::from_static("x-sdk-date");

/// `X-Security-Token`: the third part of a temporary key. Signed if the request has it.
pub const X_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");

/// `X-Project-Id`: the project that the request is about. The caller sets it; it is signed by default.
pub const X_PROJECT_ID: HeaderName = HeaderName::from_static("x-project-id");

/// `X-Sdk-Content-Sha256`: the hash of the body, which few requests have. With the value `UNSIGNED-PAYLOAD` the signature leaves a body out.
pub const X_SDK_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-sdk-content-sha256");

/// The headers that are signed by default, sorted. `User-Agent` is not one of them: proxies rewrite it.
pub(crate) static SIGNED_BY_DEFAULT: [HeaderName; 5] = [CONTENT_TYPE, HOST, X_PROJECT_ID, X_SDK_DATE, X_SECURITY_TOKEN];

/// The only value of a header, without leading and trailing spaces and tabs, which receivers drop.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, SigningError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(SigningError::HeaderRepeated { name: name.clone() });
    }
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| SigningError::HeaderNotText { name: name.clone() })?;
    Ok(Some(text.trim_matches([' ', '\t'])))
}

/// Whether a value must not be printed: it is marked sensitive, or the header carries secrets.
pub(crate) fn is_secret(name: &HeaderName, value: Option<&HeaderValue>) -> bool {
    let known = [
        AUTHORIZATION,
        COOKIE,
        PROXY_AUTHORIZATION,
        SET_COOKIE,
        X_AUTH_TOKEN,
        X_SECURITY_TOKEN,
    ]
    .contains(name);
    known || name == "x-subject-token" || value.is_some_and(HeaderValue::is_sensitive)
}
