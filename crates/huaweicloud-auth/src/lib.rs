#![doc = include_str!("../README.md")]

mod access_key;
mod authorization;
mod canonical_request;
mod credentials;
mod encode;
mod error;
mod headers;
mod hex;
#[cfg(feature = "http")]
mod iam;
mod mask;
#[cfg(feature = "http")]
mod network;
mod payload;
#[cfg(feature = "http")]
mod project;
pub mod provider;
mod refusal;
pub mod regions;
mod request;
#[cfg(feature = "http")]
mod shared;
mod signature;
mod signed;
mod signer;
mod string_to_sign;
mod time;
mod token;
mod value;
mod variables;
mod verifier;

pub use access_key::AccessKey;
pub use canonical_request::CanonicalRequest;
pub use credentials::{Credentials, Identity};
pub use error::SigningError;
pub use headers::{X_PROJECT_ID, X_SDK_CONTENT_SHA256, X_SDK_DATE, X_SECURITY_TOKEN};
#[cfg(feature = "http")]
pub use iam::IamEndpoint;
#[cfg(feature = "http")]
pub use network::{HttpOptions, Proxy};
#[cfg(feature = "http")]
pub use project::{Project, ProjectError, ProjectList, ProjectLookup};
pub use provider::{BoxFuture, CredentialsProvider, ProviderError, ProviderErrorKind};
pub use refusal::{Refusal, RefusalReason};
pub use request::RequestView;
pub use signature::Signature;
pub use signed::Signed;
pub use signer::Signer;
pub use string_to_sign::StringToSign;
pub use time::{SigningTime, TimeError};
pub use token::Token;
pub use value::{ValueError, ValueProblem};
pub use variables::Variables;
pub use verifier::{Verified, Verifier};
