//! What keeps the project together: from the one YAML to the code, and the checks around it.
#![allow(missing_docs, reason = "nothing outside the workspace uses this crate")]

pub mod check;
pub mod client;
pub mod commands;
pub mod constants;
pub mod document;
pub mod facts;
pub mod generate;
pub mod items;
pub mod lower;
pub mod postpass;
pub mod source;
pub mod steps;

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
