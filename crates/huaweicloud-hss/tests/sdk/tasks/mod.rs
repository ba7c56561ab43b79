//! The operations that read tasks.

mod raw;
mod reads;
mod wire;
