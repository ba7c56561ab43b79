//! What stands for the body in the canonical request.

use std::borrow::Cow;

use http::HeaderMap;

use crate::sign::error::SigningError;
use crate::sign::headers::{self, X_SDK_CONTENT_SHA256};
use crate::sign::hex;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The body's hash, or the word that leaves a body out. A body is hashed at most once.
pub(crate) fn line(map: &HeaderMap, body: &[u8]) -> Result<Cow<'static, str>, SigningError> {
    let stated = headers::value(map, &X_SDK_CONTENT_SHA256)?;
    // The official signers hash an empty body whatever the header says.
    if stated == Some(UNSIGNED) && !body.is_empty() {
        return Ok(Cow::Borrowed(UNSIGNED));
    }
    let hash = hex::sha256(body);
    match stated {
        None | Some(UNSIGNED) => Ok(Cow::Owned(hash)),
        Some(stated) if stated == hash => Ok(Cow::Owned(hash)),
        Some(_) => Err(SigningError::ContentHash),
    }
}
