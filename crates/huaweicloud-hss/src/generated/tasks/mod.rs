//! What `cargo xtask generate` makes of the OpenAPI document of the operations that read tasks.

#[rustfmt::skip]
pub mod client;
/// Facts of the document of the operations that read tasks that no type carries: quotas, defaults, known values, and
/// which operations only read.
#[rustfmt::skip]
pub mod constants;
