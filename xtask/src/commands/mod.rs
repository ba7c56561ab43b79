//! One small file a command; each answers with the exit code.

pub mod bench;
pub mod conformance;
pub mod diff;
pub mod dist;
pub mod generate;
pub mod leaks;
pub mod lint;
pub mod mutate;
pub mod npm;
pub mod package;
pub mod page;
pub mod soak;

use std::path::{Path, PathBuf};

/// Where builds and everything else that is made go: cargo's own folder.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |given| root.join(given))
}
