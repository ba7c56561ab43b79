//! The official SDKs' profile file.

mod ini;

use std::path::{Path, PathBuf};

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider, ready};
use crate::env::Variables;
use crate::provider::secret_file::{self as file, SecretFile};

const VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// The official SDKs write the first name and one of them wants the second.
const SECTIONS: [&str; 2] = ["basic", "basiccredentials"];

/// Reads an access key from an INI file, anew whenever it is asked.
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
/// The section can be called `basiccredentials` too; keys besides `ak` and `sk` can be missing. A file that others can
/// read gives a [warning](Credentials::warnings).
#[derive(Debug, Clone)]
pub struct Profile(Place);

#[derive(Debug, Clone)]
enum Place {
    /// Named, so it is an error where there is nothing.
    Path(PathBuf),
    /// Where the official SDKs look.
    Usual(Variables),
}

impl Profile {
    /// Reads this file. It is an error where it does not exist or has no such section.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Place::Path(path.into()))
    }

    /// Reads the file that `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names, else `.huaweicloud/credentials` in the home folder
    /// (`HOME`, on Windows `USERPROFILE`), where nothing need be.
    pub fn usual(variables: Variables) -> Self {
        Self(Place::Usual(variables))
    }

    fn look(&self) -> Result<Credentials, ProviderError> {
        let variables = match &self.0 {
            Place::Path(path) => return load(path)?.map_err(ProviderError::invalid),
            Place::Usual(variables) => variables,
        };
        if let Some(path) = variables.path(VARIABLE) {
            return load(&path)?.map_err(|why| ProviderError::invalid(format!("{VARIABLE}: {why}")));
        }
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let Some(home_folder) = variables.path(home) else {
            let why = format!("{} and {}", variables.why_not(VARIABLE), variables.why_not(home));
            return Err(ProviderError::not_found(why));
        };
        load(&home_folder.join(".huaweicloud").join("credentials"))?.map_err(ProviderError::not_found)
    }
}

/// The credentials of a file, or why it has none.
fn load(path: &Path) -> Result<Result<Credentials, String>, ProviderError> {
    let shown = path.display();
    let Some(SecretFile { text, warning }) = file::read(path)? else {
        return Ok(Err(format!("{shown} does not exist")));
    };
    let mut found = None;
    for name in SECTIONS {
        let section = ini::section(&text, name)
            .map_err(|error| ProviderError::invalid(format!("{shown}: {error}")).with_source(error))?;
        if let Some(keys) = section {
            found = Some((name, keys));
            break;
        }
    }
    let Some((section, keys)) = found else {
        return Ok(Err(format!("{shown} has no section [basic] or [basiccredentials]")));
    };
    let get = |wanted: &str| {
        let value = keys.iter().find(|(key, _)| key == wanted).map(|(_, value)| *value);
        value.filter(|value| !value.is_empty())
    };
    let want = |wanted| {
        get(wanted)
            .ok_or_else(|| ProviderError::invalid(format!("{shown}: [{section}] has no {wanted}, or an empty one")))
    };
    let wrong = |error: crate::ValueError| ProviderError::invalid(format!("{shown}: {error}")).with_source(error);
    let mut key = AccessKey::new(want("ak")?, want("sk")?).map_err(wrong)?;
    if let Some(token) = get("security_token") {
        key = key.with_security_token(token).map_err(wrong)?;
    }
    let credentials = Credentials::from(key)
        .with_source(format!("profile file {shown} [{section}]"))
        .with_project_id(get("project_id").map(str::to_owned))
        .with_iam_endpoint(get("iam_endpoint").map(str::to_owned));
    Ok(Ok(match warning {
        Some(warning) => credentials.with_warning(warning),
        None => credentials,
    }))
}

impl CredentialsProvider for Profile {
    fn name(&self) -> &str {
        "profile file"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        ready(self.look())
    }
}
