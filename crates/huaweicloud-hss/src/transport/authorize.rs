//! Credentials on a request.

use std::error::Error as _;
use std::fmt;

use http::HeaderValue;
use huaweicloud_auth::{
    Credentials, CredentialsProvider, HttpError, Identity, ProviderError, ProviderErrorKind, SigningTime, ValueError,
    X_AUTH_TOKEN, X_PROJECT_ID,
};
use percent_encoding::percent_decode_str;
use reqwest::Request;

use super::context::Deadline;
use crate::error::hint::{self, SignedRequest};
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};

/// Asks the provider. On an error nothing was sent to the service.
pub(crate) async fn resolve_credentials(
    provider: &dyn CredentialsProvider,
    deadline: Deadline,
) -> Result<Credentials, ErrorBuilder> {
    let provided = deadline.within(provider.provide()).await;
    provided
        .unwrap_or_else(|| {
            Err(ProviderError::new(
                ProviderErrorKind::Timeout,
                "timed out fetching credentials",
            ))
        })
        .map_err(not_provided)
}

pub(crate) fn not_provided(error: ProviderError) -> ErrorBuilder {
    let kind = match error.kind() {
        ProviderErrorKind::Unreachable => ErrorKind::Connect,
        ProviderErrorKind::Timeout => ErrorKind::Timeout,
        ProviderErrorKind::Unavailable => ErrorKind::Server,
        ProviderErrorKind::Protocol => ErrorKind::Protocol,
        // A value outside its limits is invalid, wherever it comes from, and so is a setting of the network.
        ProviderErrorKind::Invalid
            if error
                .source()
                .is_some_and(|source| source.is::<ValueError>() || source.is::<HttpError>()) =>
        {
            ErrorKind::Invalid
        }
        _ => ErrorKind::Auth,
    };
    // Code, status and request id have fields of their own.
    let message = match (error.provider(), error.attempts()) {
        (_, [_, ..]) => error.to_string(),
        (Some(provider), []) => format!("{provider}: {}", error.message()),
        (None, []) => error.message().to_owned(),
    };
    ErrorBuilder::new(kind, Outcome::NotSent, message)
        .with_status(error.status())
        .with_code(error.code().map(str::to_owned))
        .with_request_id(error.request_id().map(str::to_owned))
        .with_hint_if_any(hint::of_provider(&error))
        .with_source(error)
}

/// Nothing was sent to the service.
impl From<ProviderError> for Error {
    fn from(error: ProviderError) -> Self {
        not_provided(error).build()
    }
}

/// Puts a token on the request, or signs it and gives what was signed. A signature is valid for some minutes, so each
/// attempt gets a new one.
pub(crate) fn authorize(
    request: &mut Request,
    credentials: &Credentials,
    base_path: &str,
) -> Result<Option<SignedRequest>, ErrorBuilder> {
    // A token needs no time.
    if let Identity::Token(token) = credentials.identity() {
        request.headers_mut().insert(X_AUTH_TOKEN, token.header_value());
        return Ok(None);
    }
    if let Some(project_id) = project_id(request.url().path(), base_path) {
        request.headers_mut().insert(X_PROJECT_ID, project_id);
    }
    let time = SigningTime::try_from(std::time::SystemTime::now()).map_err(cannot_sign)?;
    let signed = credentials.authorize_reqwest(request, time).map_err(cannot_sign)?;
    Ok(signed.map(|signed| SignedRequest { signed, time }))
}

/// The project id in a path, for the header of signed requests; `None` where no header can carry it.
fn project_id(path: &str, base_path: &str) -> Option<HeaderValue> {
    let own = path.strip_prefix(base_path)?;
    let encoded = own.split('/').nth(2)?;
    let id = percent_decode_str(encoded).decode_utf8().ok()?;
    HeaderValue::from_str(&id).ok()
}

fn cannot_sign(reason: impl fmt::Display) -> ErrorBuilder {
    ErrorBuilder::new(
        ErrorKind::Internal,
        Outcome::NotSent,
        format!("the request cannot be signed: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_project_id_of_a_path() {
        let id = |path: &str, base: &str| project_id(path, base).map(|id| id.to_str().unwrap().to_owned());
        assert_eq!(id("/v5/p1/common/tasks/t/retry", "").as_deref(), Some("p1"));
        assert_eq!(
            id("/gateway/hss/v5/a%2Fb/common", "/gateway/hss").as_deref(),
            Some("a/b")
        );
        assert_eq!(id("/v5/a%0Ab/common", ""), None);
    }
}
