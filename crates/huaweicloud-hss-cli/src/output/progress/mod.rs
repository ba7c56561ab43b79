//! What is shown while a command runs.

mod bar;
pub(crate) mod list;
pub(crate) mod poll;
