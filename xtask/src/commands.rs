//! One small file a command; each answers with the exit code.

pub mod conformance;
pub mod diff;
pub mod generate;
pub mod lint;
pub mod mutate;
pub mod npm;
pub mod package;
