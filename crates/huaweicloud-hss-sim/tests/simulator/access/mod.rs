//! Who may call: tokens, keys, signatures, projects.

mod iam;
mod metadata;
mod projects;
mod signatures;
