//! An identity with what its source says about it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use subtle::ConstantTimeEq;

use crate::credential::access_key::AccessKey;
use crate::credential::token::Token;
use crate::net::sanitize::Sanitizer;

/// Who the caller is: an access key or a token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Identity {
    /// A key that requests are signed with.
    AccessKey(AccessKey),
    /// A token that requests carry in `X-Auth-Token`.
    Token(Token),
}

/// An identity, and what its source says about it.
///
/// ```
/// use huaweicloud_auth::{AccessKey, Credentials, Identity};
///
/// let credentials = Credentials::from(AccessKey::new("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")?);
/// assert!(matches!(credentials.identity(), Identity::AccessKey(key) if key.masked_id() == "QTWA…"));
/// assert_eq!(credentials.source(), "given");
/// # Ok::<(), huaweicloud_auth::ValueError>(())
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Fields>);

#[derive(Clone)]
struct Fields {
    identity: Identity,
    /// Clones share it and new credentials do not, so it shows whether refused credentials have been replaced.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only the cache reads it"))]
    generation: u64,
    source: String,
    expires_at: Option<SystemTime>,
    project_id: Option<String>,
    iam_endpoint: Option<String>,
    warnings: Vec<String>,
    /// Made once: every response is searched for secrets.
    sanitizer: OnceLock<Sanitizer>,
}

impl Credentials {
    fn new(identity: Identity) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(Arc::new(Fields {
            identity,
            generation: NEXT.fetch_add(1, Ordering::Relaxed),
            source: "given".to_owned(),
            expires_at: None,
            project_id: None,
            iam_endpoint: None,
            warnings: Vec::new(),
            sanitizer: OnceLock::new(),
        }))
    }

    /// The fields of these credentials alone.
    fn fields(&mut self) -> &mut Fields {
        Arc::make_mut(&mut self.0)
    }

    /// The same with the name of their source, such as `environment HUAWEICLOUD_SDK_AK`. Never put a secret there.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.fields().source = source.into();
        self
    }

    /// The same with the time at which they expire.
    #[must_use]
    pub fn with_expires_at(mut self, expires_at: impl Into<Option<SystemTime>>) -> Self {
        self.fields().expires_at = expires_at.into();
        self
    }

    /// The same with the project that the source names.
    #[must_use]
    pub fn with_project_id(mut self, project_id: impl Into<Option<String>>) -> Self {
        self.fields().project_id = project_id.into();
        self
    }

    /// The same with the IAM endpoint that the source names.
    #[must_use]
    pub fn with_iam_endpoint(mut self, iam_endpoint: impl Into<Option<String>>) -> Self {
        self.fields().iam_endpoint = iam_endpoint.into();
        self
    }

    /// The same with one more warning for the user.
    #[must_use]
    pub fn with_warning(mut self, warning: impl Into<String>) -> Self {
        self.fields().warnings.push(warning.into());
        self
    }

    /// The key or the token.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The source, such as `environment HUAWEICLOUD_SDK_AK`; `given` where no provider set it.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// When they expire, if the source says so.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    /// The project, if the source names one.
    pub fn project_id(&self) -> Option<&str> {
        self.0.project_id.as_deref()
    }

    /// IAM's endpoint, if the source names one, as a profile file can. It is not checked.
    pub fn iam_endpoint(&self) -> Option<&str> {
        self.0.iam_endpoint.as_deref()
    }

    /// Warnings for the user, such as that others can read the file with the key. Nothing here prints or logs them: the
    /// caller of the provider does.
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// Whether both are the same key or token, compared in constant time. Do not send refused credentials again: compare
    /// them with what the provider gives after [`invalidate`](crate::CredentialsProvider::invalidate).
    pub fn same_identity(&self, other: &Self) -> bool {
        let same = |left: &[u8], right: &[u8]| bool::from(left.ct_eq(right));
        match (&self.0.identity, &other.0.identity) {
            (Identity::Token(left), Identity::Token(right)) => {
                same(left.as_str().as_bytes(), right.as_str().as_bytes())
            }
            (Identity::AccessKey(left), Identity::AccessKey(right)) => {
                // A token is never empty, so a missing one differs from every other.
                let (left_token, right_token) = (left.security_token(), right.security_token());
                left.id() == right.id()
                    && same(left.secret(), right.secret())
                    && same(
                        left_token.unwrap_or_default().as_bytes(),
                        right_token.unwrap_or_default().as_bytes(),
                    )
            }
            _ => false,
        }
    }

    /// Foreign text that may echo these credentials, fit for a terminal or a log: `***` in place of every secret, whether
    /// plain, escaped as in JSON or percent-encoded, and characters that steer a terminal or cannot be seen escaped as in
    /// Rust. Line feeds stay.
    pub fn sanitize(&self, text: &str) -> String {
        self.sanitizer().lines(text)
    }

    /// The same for many texts, and for lines, messages and ids.
    pub fn sanitizer(&self) -> &Sanitizer {
        self.0.sanitizer.get_or_init(|| Sanitizer::new(self.secrets()))
    }

    pub(crate) fn secrets(&self) -> Vec<&str> {
        match &self.0.identity {
            Identity::Token(token) => vec![token.as_str()],
            Identity::AccessKey(key) => [key.secret_text()].into_iter().chain(key.security_token()).collect(),
        }
    }

    #[cfg(feature = "http")]
    pub(crate) fn generation(&self) -> u64 {
        self.0.generation
    }
}

impl From<AccessKey> for Credentials {
    fn from(key: AccessKey) -> Self {
        Self::new(Identity::AccessKey(key))
    }
}

impl From<Token> for Credentials {
    fn from(token: Token) -> Self {
        Self::new(Identity::Token(token))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = &*self.0;
        f.debug_struct("Credentials")
            .field("identity", &fields.identity)
            .field("source", &fields.source)
            .field("expires_at", &fields.expires_at)
            .field("project_id", &fields.project_id)
            .field("iam_endpoint", &fields.iam_endpoint)
            .field("warnings", &fields.warnings)
            .finish_non_exhaustive()
    }
}

/// The key's masked id or the word `token`, and the source.
impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.identity {
            Identity::AccessKey(key) if key.is_temporary() => write!(f, "temporary access key {}", key.masked_id())?,
            Identity::AccessKey(key) => write!(f, "access key {}", key.masked_id())?,
            Identity::Token(_) => f.write_str("token")?,
        }
        write!(f, " ({})", self.0.source)
    }
}
