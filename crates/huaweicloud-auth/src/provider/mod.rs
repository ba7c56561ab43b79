//! Where credentials come from.
//!
//! A provider is asked whenever a request is made. [`DefaultChain`] asks those of the official tools in order, [`Chain`] those
//! of your choice; one of your own implements [`CredentialsProvider`](crate::CredentialsProvider).
#![cfg_attr(not(feature = "http"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "http")]
mod cache;
mod chain;
#[cfg(feature = "http")]
mod default_chain;
#[cfg(feature = "http")]
mod ecs_metadata;
mod env_access_key;
mod env_token;
#[cfg(feature = "http")]
mod iam_password;
#[cfg(feature = "http")]
mod iam_user;
mod profile;
mod secret_file;
mod static_;
mod token_file;

#[cfg(feature = "http")]
pub use cache::Cached;
pub use chain::Chain;
#[cfg(feature = "http")]
pub use default_chain::{DefaultChain, LocalCredentials};
#[cfg(feature = "http")]
pub use ecs_metadata::EcsMetadata;
pub use env_access_key::EnvAccessKey;
pub use env_token::EnvToken;
#[cfg(feature = "http")]
pub use iam_password::{IamPassword, ProjectScope};
#[cfg(feature = "http")]
pub use iam_user::IamUser;
pub use profile::{Profile, ProfileSettings};
pub use static_::Static;
pub use token_file::TokenFile;
