//! The official SDKs' profile file.

mod ini;

use std::path::{Path, PathBuf};

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::env::Env;
use crate::provider::secret_file::SecretFile;

const VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// The official SDKs write the first name, and one of them reads the second.
const SECTIONS: [&str; 2] = ["basic", "basiccredentials"];

/// Reads an access key from an INI file whenever it is asked.
///
/// ```ini
/// [basic]
/// ak = QTWAOYTTINDUT2QVKYUC
/// sk = …
/// security_token = …
/// project_id = …
/// iam_endpoint = https://iam.cn-north-4.myhuaweicloud.com
/// ```
///
/// The section can be called `basiccredentials` too; only `ak` and `sk` are required. A file that others can read gives a
/// [warning](Credentials::warnings).
#[derive(Debug, Clone)]
pub struct Profile(Location);

#[derive(Debug, Clone)]
enum Location {
    /// The caller names the file, so it must exist.
    Path(PathBuf),
    /// Where the official SDKs look.
    Default(Env),
}

impl Profile {
    /// Reads this file. It is an error if it does not exist or has no such section.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Location::Path(path.into()))
    }

    /// Reads the file that `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names, else `.huaweicloud/credentials` in the home folder
    /// (`HOME`, on Windows `USERPROFILE`), which need not exist.
    pub fn default_location(env: Env) -> Self {
        Self(Location::Default(env))
    }

    pub(crate) fn resolve(&self) -> Result<Credentials, ProviderError> {
        let env = match &self.0 {
            Location::Path(path) => return load(path)?.map_err(ProviderError::invalid),
            Location::Default(env) => env,
        };
        if let Some(path) = env.path(VARIABLE) {
            return load(&path)?.map_err(|why| ProviderError::invalid(format!("{VARIABLE}: {why}")));
        }
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let Some(folder) = env.path(home) else {
            let why = format!("{} and {}", env.why_not(VARIABLE), env.why_not(home));
            return Err(ProviderError::not_found(why));
        };
        load(&folder.join(".huaweicloud").join("credentials"))?.map_err(ProviderError::not_found)
    }
}

/// The credentials of a file, or why it has none.
fn load(path: &Path) -> Result<Result<Credentials, String>, ProviderError> {
    let shown = path.display();
    let Some(file) = SecretFile::read(path)? else {
        return Ok(Err(format!("{shown} does not exist")));
    };
    let mut found = None;
    for name in SECTIONS {
        let section = ini::section(&file.text, name)
            .map_err(|error| ProviderError::invalid(format!("{shown}: {error}")).with_source(error))?;
        if let Some(keys) = section {
            found = Some((name, keys));
            break;
        }
    }
    let Some((section, keys)) = found else {
        return Ok(Err(format!("{shown} has no section [basic] or [basiccredentials]")));
    };
    let optional = |name: &str| {
        let value = keys.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
        value.filter(|value| !value.is_empty())
    };
    let required = |name| {
        optional(name)
            .ok_or_else(|| ProviderError::invalid(format!("{shown}: [{section}] has no {name}, or an empty one")))
    };
    let invalid = |error| ProviderError::invalid_value(&shown, error);
    let mut key = AccessKey::new(required("ak")?, required("sk")?).map_err(&invalid)?;
    if let Some(token) = optional("security_token") {
        key = key.with_security_token(token).map_err(&invalid)?;
    }
    let credentials = Credentials::from(key)
        .with_source(format!("profile file {} [{section}]", path.display()))
        .with_project_id(optional("project_id").map(str::to_owned))
        .with_iam_endpoint(optional("iam_endpoint").map(str::to_owned));
    Ok(Ok(file.warn(credentials)))
}

impl CredentialsProvider for Profile {
    fn name(&self) -> &str {
        "profile file"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.resolve())
    }
}
