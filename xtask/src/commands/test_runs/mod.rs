//! The tests, run in other ways than `cargo test` does.

pub mod leaks;
pub mod soak;
