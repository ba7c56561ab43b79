//! Lists and request bodies, from files and standard input.

pub(crate) mod body;
pub(crate) mod dedup;
pub(crate) mod list;
pub(crate) mod text;
