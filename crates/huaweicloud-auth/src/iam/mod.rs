//! IAM: its endpoint, requests to it, and the projects that it lists.

pub(crate) mod client;
pub(crate) mod endpoint;
pub(crate) mod project;
pub(crate) mod response;
