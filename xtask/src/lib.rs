//! Maintenance commands: generate code from the YAML document, and check the project.
#![allow(missing_docs, reason = "nothing outside the workspace uses this crate")]

pub mod check;
pub mod client;
pub mod commands;
pub mod constants;
pub mod document;
pub mod documents;
pub mod lower;
pub mod passes;
pub mod pipeline;
pub mod postpass;
pub mod source;

use std::path::{Path, PathBuf};

/// The project's root, from the environment that cargo sets. Without cargo it is the folder that this was built from;
/// one build can serve several copies of the project.
pub fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().unwrap_or(Path::new(".")).to_owned()
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Prints a line and ignores a closed pipe, as of `head`.
#[macro_export]
macro_rules! println_lossy {
    ($($word:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($word)*);
    }};
}
