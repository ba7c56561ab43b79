//! The commands that do work, one file each.

pub(crate) mod auth_status;
pub(crate) mod batches;
pub(crate) mod demo;
pub(crate) mod rescan;
pub(crate) mod retry;
