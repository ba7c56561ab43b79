//! What `cargo xtask generate` makes of the OpenAPI document.

#[rustfmt::skip]
pub mod client;
/// Facts of the OpenAPI document that no type carries: hosts, header names, lengths of secrets, quotas, known values.
#[rustfmt::skip]
pub mod constants;
#[cfg(test)]
mod schema;
#[cfg(feature = "tasks")]
pub mod tasks;
