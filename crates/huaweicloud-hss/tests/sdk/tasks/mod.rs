//! The operations that read tasks.

mod before_each;
mod raw;
mod reads;
mod wire;
