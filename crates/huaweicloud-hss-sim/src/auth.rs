//! Who calls. One function decides; another way to sign in is one more branch of it.

use axum::http::HeaderMap;
use subtle::ConstantTimeEq;

use crate::document::TokenScheme;
use crate::refusal::Refusal;

/// Whether the caller may call an operation whose token is described by `scheme`.
pub(crate) fn decide(scheme: &TokenScheme, headers: &HeaderMap, expected: &str) -> Result<(), Refusal> {
    let refused = |why: String| Err(Refusal::Unauthenticated(why));
    let mut found = headers.get_all(&scheme.header).iter();
    let (token, more) = (found.next(), found.next());
    let Some(token) = token else {
        return refused(format!("no {} was sent", scheme.header));
    };
    if more.is_some() {
        return refused(format!("more than one {} was sent", scheme.header));
    }
    if !length_is_allowed(scheme, token.as_bytes()) {
        return refused(format!(
            "the token must have {} to {} characters",
            scheme.min_length, scheme.max_length
        ));
    }
    // Constant time, so that a token cannot be guessed piece by piece from how long the comparison takes.
    if bool::from(token.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(())
    } else {
        refused("the token is unknown or has expired".to_owned())
    }
}

/// Whether a token has as many characters as the document allows.
pub(crate) fn length_is_allowed(scheme: &TokenScheme, token: &[u8]) -> bool {
    let characters = String::from_utf8_lossy(token).chars().count();
    (scheme.min_length..=scheme.max_length).contains(&characters)
}
