//! Where credentials come from.
//!
//! A provider is asked whenever a request is made. Those here look where the official tools look; one of your own
//! implements [`CredentialsProvider`](crate::CredentialsProvider). [`Chain`] asks several in turn.

#[cfg(feature = "http")]
mod cache;
mod chain;
#[cfg(feature = "http")]
mod ecs_metadata;
mod env_access_key;
mod env_token;
#[cfg(feature = "http")]
mod iam_password;
mod profile;
mod secret_file;
mod static_;
mod token_file;

#[cfg(feature = "http")]
pub use cache::Cached;
pub use chain::Chain;
#[cfg(feature = "http")]
pub use ecs_metadata::EcsMetadata;
pub use env_access_key::Environment;
pub use env_token::EnvironmentToken;
#[cfg(feature = "http")]
pub use iam_password::{IamPassword, IamUser, ProjectScope};
pub use profile::Profile;
pub use static_::Static;
pub use token_file::TokenFile;
