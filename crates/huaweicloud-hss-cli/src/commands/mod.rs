//! The commands, one file each, and what several of them share.

pub(crate) mod auth_status;
mod batches;
mod call;
#[cfg(feature = "simulator")]
pub(crate) mod demo;
pub(crate) mod items;
pub(crate) mod journal;
pub(crate) mod listing;
pub(crate) mod next;
pub(crate) mod rescan;
pub(crate) mod retry;
mod state_folder;
pub(crate) mod tasks;
pub(crate) mod wait;
