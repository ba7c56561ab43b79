//! What keeps the project together: from the one YAML to the code, and the checks around it.
#![allow(missing_docs, reason = "nothing outside the workspace uses this crate")]

pub mod check;
pub mod client;
pub mod commands;
pub mod constants;
pub mod document;
pub mod lower;
pub mod passes;
pub mod pipeline;
pub mod postpass;
pub mod source;

use std::path::{Path, PathBuf};

/// The project's root: where cargo runs this from. Only without cargo it is where this was built, because a build can
/// serve another copy of the project.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().unwrap_or(Path::new(".")).to_owned()
}

/// Prints a line. A reader that has gone, such as `head`, is no fault of the command's.
#[macro_export]
macro_rules! say {
    ($($word:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($word)*);
    }};
}
