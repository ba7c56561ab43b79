//! The official SDKs' profile file.

mod ini;
mod section;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::env::Env;
use crate::provider::secret_file::SecretFile;

pub use section::ProfileSettings;
use section::Section;

const VARIABLE: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

/// The maximum number of sections that an error names.
const MAX_NAMED: usize = 20;

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
/// The section can be called `basiccredentials` too, or as [`section`](Self::section) says; only `ak` and `sk` are
/// required. Beside the keys of the official SDKs a section can have `region`, `endpoint` and `enterprise_project_id`,
/// which [`settings`](Self::settings) reads.
///
/// A value ends at its line's end. One in quotes, with a comment behind it or with white space in it is an error that
/// names the line: the official SDKs disagree about what such a key is. The file has at most 256 KiB; a pipe can take
/// 10 seconds. A file that others can read gives a [warning](Credentials::warnings).
#[derive(Debug, Clone)]
pub struct Profile {
    location: Location,
    section: Option<String>,
    /// The file as [`settings`](Self::settings) read it, for the credentials that are asked for next: a pipe can be
    /// read only once. The clones share it.
    unused: Arc<Mutex<Option<SecretFile>>>,
}

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
        Self::at(Location::Path(path.into()))
    }

    /// Reads the file that `HUAWEICLOUD_SDK_CREDENTIALS_FILE` names, else `.huaweicloud/credentials` in the home folder
    /// (`HOME`, on Windows `USERPROFILE`), which need not exist.
    pub fn default_location(env: Env) -> Self {
        Self::at(Location::Default(env))
    }

    fn at(location: Location) -> Self {
        Self {
            location,
            section: None,
            unused: Arc::default(),
        }
    }

    /// Reads the section of this name, which must exist, and so must the file.
    #[must_use]
    pub fn section(mut self, name: impl Into<String>) -> Self {
        self.section = Some(name.into());
        self
    }

    /// What the section says besides its key. The credentials that are asked for next come from the same reading of the
    /// file.
    ///
    /// # Errors
    ///
    /// As for the credentials; [`ProviderErrorKind::NotFound`](crate::ProviderErrorKind::NotFound) if there is no file,
    /// or no section, and none has to be.
    pub async fn settings(&self) -> Result<ProfileSettings, ProviderError> {
        let settings = async {
            let (path, file) = self.read().await?;
            let settings = self.find(&path, &file)?.settings();
            *self.unused.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
            settings
        };
        settings.await.map_err(|error| error.with_provider(self.name()))
    }

    pub(crate) async fn resolve(&self) -> Result<Credentials, ProviderError> {
        let (path, file) = self.read().await?;
        let credentials = self.find(&path, &file)?.credentials()?;
        Ok(file.warn(credentials))
    }

    /// Where the file is, and what it holds.
    async fn read(&self) -> Result<(PathBuf, SecretFile), ProviderError> {
        let path = self.path()?;
        let unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = match unused {
            Some(file) => Some(file),
            None => SecretFile::read(&path).await?,
        };
        match file {
            Some(file) => Ok((path, file)),
            None => Err(self.missing(format!("{} does not exist", path.display()))),
        }
    }

    fn path(&self) -> Result<PathBuf, ProviderError> {
        let env = match &self.location {
            Location::Path(path) => return Ok(path.clone()),
            Location::Default(env) => env,
        };
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let at_home = || Some(env.path(home)?.join(".huaweicloud").join("credentials"));
        env.path(VARIABLE)
            .or_else(at_home)
            .ok_or_else(|| self.missing(format!("{} and {}", env.why_not(VARIABLE), env.why_not(home))))
    }

    fn find<'a>(&'a self, path: &'a Path, file: &'a SecretFile) -> Result<Section<'a>, ProviderError> {
        let shown = path.display();
        let names: Vec<&str> = match &self.section {
            Some(name) => vec![name],
            None => SECTIONS.to_vec(),
        };
        for name in &names {
            let entries = ini::section(&file.text, name)
                .map_err(|error| ProviderError::invalid(format!("{shown}: {error}")).with_source(error))?;
            if let Some(entries) = entries {
                return Ok(Section {
                    file: path,
                    name,
                    entries,
                });
            }
        }
        let list = |names: &[&str], word: &str| {
            let names: Vec<String> = names.iter().map(|name| format!("[{name}]")).collect();
            names.join(word)
        };
        let others = match (&self.section, ini::titles(&file.text).as_slice()) {
            (Some(_), []) => "; it has no section".to_owned(),
            (Some(_), titles) if titles.len() <= MAX_NAMED => format!("; it has {}", list(titles, ", ")),
            (Some(_), titles) => format!("; it has {} others", titles.len()),
            (None, _) => String::new(),
        };
        Err(self.missing(format!("{shown} has no section {}{others}", list(&names, " or "))))
    }

    /// There is no file or no section: an error if the caller named it.
    fn missing(&self, why: String) -> ProviderError {
        match &self.location {
            Location::Default(env) if env.path(VARIABLE).is_some() => {
                ProviderError::invalid(format!("{VARIABLE}: {why}"))
            }
            Location::Default(_) if self.section.is_none() => ProviderError::not_found(why),
            _ => ProviderError::invalid(why),
        }
    }
}

impl CredentialsProvider for Profile {
    fn name(&self) -> &str {
        "profile file"
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.resolve())
    }
}
