//! The service: its tasks, its quota and its refusals.

mod page;
pub(crate) mod quota;
mod reads;
pub(crate) mod refusal;
mod rows;
pub(crate) mod scan;
pub(crate) mod state;
pub(crate) mod tasks;
pub(crate) mod unique;
mod wanted;
