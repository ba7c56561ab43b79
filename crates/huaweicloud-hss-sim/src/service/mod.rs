//! The service: its tasks, its quota and its refusals.

pub(crate) mod quota;
pub(crate) mod refusal;
pub(crate) mod state;
pub(crate) mod tasks;
pub(crate) mod unique;
