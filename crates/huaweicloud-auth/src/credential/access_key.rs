//! The access key that requests are signed with.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::value::{self, ValueError, secret_header_value};

/// An access key: its public id, its secret, and with a temporary key the security token that belongs to it.
///
/// Secret and token are wiped from memory when the key and its clones are dropped, and `Debug` shows neither.
///
/// ```
/// use huaweicloud_auth::AccessKey;
///
/// let key = AccessKey::new("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")?;
/// assert_eq!(format!("{key:?}"), r#"AccessKey { id: "QTWA…", secret: "***", security_token: None }"#);
/// # Ok::<(), huaweicloud_auth::ValueError>(())
/// ```
#[derive(Clone)]
pub struct AccessKey {
    id: String,
    secret: Zeroizing<String>,
    security_token: Option<HeaderValue>,
}

impl AccessKey {
    /// A permanent key, or the first two parts of a temporary one.
    ///
    /// # Errors
    ///
    /// Values that are empty, begin or end with white space, or have control characters, and an id that cannot stand
    /// between the commas of an `Authorization` header. Lengths are not limited: no limit is documented.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Result<Self, ValueError> {
        let (id, secret) = (id.into(), Zeroizing::new(secret.into()));
        value::check("access key id", &id, |c| c.is_ascii_graphic() && c != ',')?;
        value::check("secret access key", &secret, |_| true)?;
        Ok(Self {
            id,
            secret,
            security_token: None,
        })
    }

    /// The same key with the token that makes it a temporary one.
    ///
    /// # Errors
    ///
    /// As for [`AccessKey::new`]; the token is visible ASCII, because a header carries it.
    pub fn with_security_token(mut self, token: impl Into<String>) -> Result<Self, ValueError> {
        let token = Zeroizing::new(token.into());
        value::check("security token", &token, |c| c.is_ascii_graphic())?;
        self.security_token = Some(secret_header_value(token));
        Ok(self)
    }

    /// The public part, as `Authorization` names it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first four characters of the id, or none of a short one: enough to tell keys apart in a log.
    pub fn masked_id(&self) -> String {
        // Checked on construction: one byte a character.
        let shown = self.id.get(..4).filter(|_| self.id.len() >= 12).unwrap_or_default();
        format!("{shown}…")
    }

    /// Whether this is a temporary key.
    pub fn is_temporary(&self) -> bool {
        self.security_token.is_some()
    }

    pub(crate) fn secret(&self) -> &[u8] {
        self.secret.as_bytes()
    }

    pub(crate) fn secret_text(&self) -> &str {
        &self.secret
    }

    pub(crate) fn security_token(&self) -> Option<&str> {
        // Visible ASCII alone was let in.
        self.security_token
            .as_ref()
            .map(|token| token.to_str().unwrap_or_default())
    }

    /// The token as a header's value, marked sensitive. It counts as a clone of the key.
    pub(crate) fn security_token_header(&self) -> Option<HeaderValue> {
        self.security_token.clone()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.masked_id())
            .field("secret", &"***")
            .field("security_token", &self.security_token.as_ref().map(|_| "***"))
            .finish()
    }
}
