//! One section of a profile file, whose values are checked before they are used.

use std::path::Path;

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::provider::profile::ini::Entry;
use crate::value::ValueError;

/// What a section of a profile file says besides its key: where a call goes. Nothing of it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileSettings {
    /// The file and the section in words, such as `profile file /home/me/.huaweicloud/credentials [prod]`.
    pub source: String,
    /// `region`, an id such as `cn-north-4`.
    pub region: Option<String>,
    /// `endpoint`, the URL of the service.
    pub endpoint: Option<String>,
    /// `iam_endpoint`, the URL of IAM.
    pub iam_endpoint: Option<String>,
    /// `project_id`.
    pub project_id: Option<String>,
    /// `enterprise_project_id`.
    pub enterprise_project_id: Option<String>,
}

/// A section with the place that it stands in.
pub(crate) struct Section<'a> {
    pub(crate) file: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) entries: Vec<Entry<'a>>,
}

impl Section<'_> {
    pub(crate) fn settings(&self) -> Result<ProfileSettings, ProviderError> {
        let text = |key| Ok::<_, ProviderError>(self.value(key)?.map(str::to_owned));
        Ok(ProfileSettings {
            source: self.source(),
            region: text("region")?,
            endpoint: text("endpoint")?,
            iam_endpoint: text("iam_endpoint")?,
            project_id: text("project_id")?,
            enterprise_project_id: text("enterprise_project_id")?,
        })
    }

    pub(crate) fn credentials(&self) -> Result<Credentials, ProviderError> {
        let mut key = AccessKey::new(self.required("ak")?, self.required("sk")?).map_err(|error| {
            let key = if error.what() == "access key id" { "ak" } else { "sk" };
            self.invalid(key, error)
        })?;
        if let Some(token) = self.value("security_token")? {
            key = key
                .with_security_token(token)
                .map_err(|error| self.invalid("security_token", error))?;
        }
        Ok(Credentials::from(key)
            .with_source(self.source())
            .with_project_id(self.value("project_id")?.map(str::to_owned))
            .with_iam_endpoint(self.value("iam_endpoint")?.map(str::to_owned)))
    }

    fn source(&self) -> String {
        format!("profile file {} [{}]", self.file.display(), self.name)
    }

    fn required(&self, key: &str) -> Result<&str, ProviderError> {
        let missing = || format!("{}: [{}] has no {key}, or an empty one", self.file.display(), self.name);
        self.value(key)?.ok_or_else(|| ProviderError::invalid(missing()))
    }

    /// The value of a key, unless it is empty. The tools disagree about quotes and about a comment behind a value, so
    /// both are refused: a wrong key that is used five times is locked.
    fn value(&self, key: &str) -> Result<Option<&str>, ProviderError> {
        let Some(entry) = self.entry(key).filter(|entry| !entry.value.is_empty()) else {
            return Ok(None);
        };
        match oddity(entry.value) {
            Some(what) => Err(ProviderError::invalid(format!("{}: {what}", self.place(key)))),
            None => Ok(Some(entry.value)),
        }
    }

    fn entry(&self, key: &str) -> Option<&Entry<'_>> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The file, the line and the key.
    fn place(&self, key: &str) -> String {
        let line = self.entry(key).map_or(0, |entry| entry.line);
        format!("{}, line {line}, {key}", self.file.display())
    }

    fn invalid(&self, key: &str, error: ValueError) -> ProviderError {
        ProviderError::invalid_value(self.place(key), error)
    }
}

/// What the reader of another tool may take off a value.
fn oddity(value: &str) -> Option<&'static str> {
    if value.starts_with(['"', '\'']) || value.ends_with(['"', '\'']) {
        return Some("the value is in quotes, which would be part of it; remove them");
    }
    let mut behind = value.split_whitespace().skip(1).peekable();
    behind.peek()?;
    Some(if behind.any(|word| word.starts_with(['#', ';'])) {
        "a comment behind the value would be part of it; put it on a line of its own"
    } else {
        "the value has white space in it"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_white_space_are_odd() {
        for (value, what) in [
            ("\"key\"", "in quotes"),
            ("'key'", "in quotes"),
            ("\"key", "in quotes"),
            ("key'", "in quotes"),
            ("key # note", "a comment behind"),
            ("key\t;note", "a comment behind"),
            ("key two # note", "a comment behind"),
            ("key two", "white space"),
            ("key\u{a0}two", "white space"),
        ] {
            assert!(oddity(value).is_some_and(|found| found.contains(what)), "{value}");
        }
        for value in ["a#b;c%d", "a\"b", "#key", "https://iam.example.com:8443/x"] {
            assert_eq!(oddity(value), None, "{value}");
        }
    }
}
