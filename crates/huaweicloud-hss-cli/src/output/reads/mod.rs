//! What tasks, servers and clusters look like.

pub(crate) mod item;
pub(crate) mod list;
pub(crate) mod task;
pub(crate) mod time;
pub(crate) mod wait;
