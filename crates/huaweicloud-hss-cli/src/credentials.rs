//! Whose call it is. The first place that holds credentials is taken; no flag holds a secret, because every user of a
//! machine can read the arguments of its processes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use huaweicloud_hss::ClientBuilder;
use huaweicloud_hss::auth::Variables;
use huaweicloud_hss::auth::provider::{Chain, Environment, EnvironmentToken, Profile};

use crate::failure::Failure;
use crate::settings::variable;

const VARIABLE: &str = "HSS_AUTH_TOKEN";

/// The most bytes of a token file that are read: more than any token has.
const LIMIT: u64 = 256 * 1024;

/// The client with the first credentials there are: the token file, the token's variable, the access key of the
/// environment, the profile file.
pub(crate) fn of(client: ClientBuilder, token_file: Option<&Path>) -> Result<ClientBuilder, Failure> {
    if let Some(file) = token_file {
        return Ok(client.token(from_file(file)?));
    }
    if let Some(token) = variable(VARIABLE)? {
        tracing::debug!(target: "hss", "the token is from {VARIABLE}");
        return Ok(client.token(token));
    }
    let variables = Variables::of_process();
    // The token's variable is not set; it stands here to be named among the places that were looked at.
    let places = Chain::new()
        .then(EnvironmentToken::new(VARIABLE, variables.clone()))
        .then(Environment::new(variables.clone()))
        .then(Profile::usual(variables));
    Ok(client.credentials_provider(places))
}

fn from_file(file: &Path) -> Result<String, Failure> {
    let unusable = |why: &str| Failure::no_credentials(format!("--token-file {}: {why}", file.display()));
    let mut text = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut text));
    read.map_err(|error| unusable("it cannot be read").cause(error))?;
    if text.len() as u64 > LIMIT {
        return Err(unusable("it is far larger than a token"));
    }
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
