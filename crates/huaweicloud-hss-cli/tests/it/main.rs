//! The real binary against the real simulator.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy takes what stands beside a test for production code"
)]

mod access_keys;
mod auth_status;
mod bodies;
mod calls;
mod credentials;
mod demo;
mod dry_run;
mod exit_codes;
mod failures;
mod help;
mod interrupts;
mod lists;
mod networks;
mod secrets;
mod support;
mod terminals;
mod tokens;
mod usage;
mod wire;
