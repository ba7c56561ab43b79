//! Requests to IAM.

pub(crate) mod client;
pub(crate) mod endpoint;
pub(crate) mod project;
pub(crate) mod response;
