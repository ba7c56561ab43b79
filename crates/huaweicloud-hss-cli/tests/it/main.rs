//! The real binary against the real simulator.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy treats helpers beside a test as production code"
)]

mod access_keys;
mod auth_status;
mod bodies;
mod calls;
mod credentials;
#[cfg(feature = "simulator")]
mod demo;
mod dry_run;
mod exit_codes;
mod failures;
mod files;
mod help;
mod interrupts;
mod lists;
mod networks;
#[cfg(not(feature = "simulator"))]
mod no_simulator;
#[cfg(not(any(feature = "rustls-aws-lc-rs", feature = "rustls-ring")))]
mod no_tls;
mod profiles;
mod secrets;
#[cfg(feature = "simulator")]
mod simulate;
mod support;
mod terminals;
mod tokens;
mod usage;
mod wait_edges;
mod waits;
mod wire;
