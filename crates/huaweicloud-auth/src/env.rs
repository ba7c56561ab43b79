//! Environment variables, or a stand-in for them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::value::{ValueError, ValueProblem};

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// Where variables are read: the process's environment, or anything else that gives a value for a name.
///
/// Tests, and programs with a configuration of their own, pass values without touching the process's environment.
///
/// ```
/// use huaweicloud_auth::Env;
/// use huaweicloud_auth::provider::EnvAccessKey;
///
/// let env = Env::from_iter([("HW_ACCESS_KEY", "AccessKey"), ("HW_SECRET_KEY", "SecretKey")]);
/// let provider = EnvAccessKey::new(env);
/// ```
#[derive(Clone)]
pub struct Env(Arc<Lookup>);

impl Env {
    /// The variables of this process, read whenever a provider is asked.
    pub fn process() -> Self {
        Self::new(|name| std::env::var_os(name))
    }

    /// Variables that a function gives.
    pub fn new(lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// The value of a variable, in memory that is wiped. An empty one counts as not set: that is how a pipeline without
    /// the secret sets it.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Zeroizing<String>>, ValueError> {
        match self.0(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) if text.is_empty() => Ok(None),
            Some(Ok(text)) => Ok(Some(Zeroizing::new(text))),
            Some(Err(_)) => Err(ValueError::new(format!("variable {name}"), ValueProblem::NotUtf8)),
        }
    }

    /// A path, which need not be UTF-8.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0(name).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Why [`text`](Self::text) gave nothing.
    pub(crate) fn why_not(&self, name: &str) -> String {
        let state = if self.0(name).is_some() { "empty" } else { "not set" };
        format!("{name} is {state}")
    }
}

/// Fixed values by name.
impl<K: Into<String>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let values: std::collections::HashMap<String, OsString> = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self::new(move |name| values.get(name).cloned())
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Env")
    }
}
