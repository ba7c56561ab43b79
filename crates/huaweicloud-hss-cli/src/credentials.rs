//! Whose call it is. The first place that holds credentials is taken; no flag holds a secret, because every user of a
//! machine can read the arguments of its processes.

use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::settings::variable;

const VARIABLE: &str = "HSS_AUTH_TOKEN";

/// The token of IAM: from the file, or else from the environment.
pub(crate) fn token(file: Option<&Path>) -> Result<String, Failure> {
    if let Some(file) = file {
        return from_file(file);
    }
    let Some(token) = variable(VARIABLE)? else {
        return Err(Failure::no_credentials("no credentials were found").hint(format!(
            "put a token of IAM into {VARIABLE} or into a file for --token-file"
        )));
    };
    tracing::debug!(target: "hss", "the token is from {VARIABLE}");
    Ok(token)
}

fn from_file(file: &Path) -> Result<String, Failure> {
    let unusable = |why: &str| Failure::no_credentials(format!("--token-file {}: {why}", file.display()));
    let text = fs::read(file).map_err(|error| unusable("it cannot be read").cause(error))?;
    let text = String::from_utf8(text).map_err(|_| unusable("it is not UTF-8"))?;
    // Editors and `echo` end a file with a line feed. Anything more is not ours to guess at.
    let token = text.strip_suffix('\n').unwrap_or(&text);
    let token = token.strip_suffix('\r').unwrap_or(token);
    if token.is_empty() {
        return Err(unusable("it is empty"));
    }
    tracing::debug!(target: "hss", "the token is from the file of --token-file");
    Ok(token.to_owned())
}
