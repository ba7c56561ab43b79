//! The key that requests are signed with.

use std::fmt;

use zeroize::Zeroizing;

use crate::value::{self, ValueError};

/// An access key: its public id, its secret, and with a temporary key the security token that belongs to it.
///
/// Secret and token are wiped from memory when the key is dropped, and `Debug` shows neither.
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
    security_token: Option<Zeroizing<String>>,
}

impl AccessKey {
    /// A permanent key, or the first two parts of a temporary one.
    ///
    /// # Errors
    ///
    /// Empty values, white space or a line break around them, and control characters are refused. No length is: none
    /// is documented. The id has to fit between the commas of an `Authorization` header.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Result<Self, ValueError> {
        let (id, secret) = (id.into(), Zeroizing::new(secret.into()));
        value::check("access key id", &id, |letter| {
            letter.is_ascii_graphic() && letter != ','
        })?;
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
    /// As for [`AccessKey::new`]; the token consists of visible ASCII, which is what its header can carry.
    pub fn with_security_token(self, token: impl Into<String>) -> Result<Self, ValueError> {
        let token = Zeroizing::new(token.into());
        value::check("security token", &token, |letter| letter.is_ascii_graphic())?;
        Ok(Self {
            security_token: Some(token),
            ..self
        })
    }

    /// The public part, as `Authorization` names it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Enough of the id to tell keys apart in a log: its first four characters, or none of a short id.
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
        self.security_token.as_deref().map(String::as_str)
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
