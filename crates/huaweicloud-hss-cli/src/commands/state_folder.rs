//! Where journals are kept.

use std::env;
use std::path::PathBuf;

use crate::error::CliError;

/// The default folder of journals.
pub(crate) fn state_folder() -> Result<PathBuf, CliError> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| {
        if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else {
            absolute("HOME").map(|home| home.join(".local/state"))
        }
    });
    let state = state.ok_or_else(|| {
        CliError::invalid("journal: no default folder was found").with_hint("name a file with --journal")
    })?;
    Ok(state.join("hss"))
}
