#![doc = include_str!("../README.md")]

mod access_key;
mod authorization;
mod canonical_request;
mod encode;
mod error;
mod headers;
mod hex;
mod payload;
mod refusal;
mod request;
mod signature;
mod signed;
mod signer;
mod string_to_sign;
mod time;
mod value;
mod verifier;

pub use access_key::AccessKey;
pub use canonical_request::CanonicalRequest;
pub use error::SigningError;
pub use headers::{X_PROJECT_ID, X_SDK_CONTENT_SHA256, X_SDK_DATE, X_SECURITY_TOKEN};
pub use refusal::{Refusal, RefusalReason};
pub use request::RequestView;
pub use signature::Signature;
pub use signed::Signed;
pub use signer::Signer;
pub use string_to_sign::StringToSign;
pub use time::{SigningTime, TimeError};
pub use value::{ValueError, ValueProblem};
pub use verifier::{Verified, Verifier};
