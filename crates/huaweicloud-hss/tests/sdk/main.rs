//! The SDK as programs use it, over the wire. One program, because each links everything.
#![cfg(test)]

mod bulk;
mod credentials;
mod errors;
mod faults;
mod requests;
#[cfg(feature = "tasks")]
mod tasks;
mod wire;
