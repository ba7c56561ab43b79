#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorize;
mod bounded_file;
mod credential;
mod env;
#[cfg(feature = "http")]
mod iam;
mod net;
pub mod provider;
mod sign;
#[cfg(feature = "http")]
mod single_flight;
mod value;

pub use bounded_file::BoundedFile;
pub use credential::access_key::AccessKey;
pub use credential::credentials::{Credentials, Identity};
pub use credential::error::{ProviderError, ProviderErrorKind};
pub use credential::provider::{BoxFuture, CredentialsProvider};
pub use credential::token::Token;
pub use env::Env;
#[cfg(feature = "http")]
pub use iam::endpoint::IamEndpoint;
#[cfg(feature = "http")]
pub use iam::project::{Project, ProjectError, ProjectList, ProjectLookup};
#[cfg(feature = "http")]
pub use net::http::HttpOptions;
#[cfg(feature = "http")]
pub use net::http_error::HttpError;
#[cfg(feature = "http")]
pub use net::proxy::Proxy;
#[doc(inline)]
pub use net::region as regions;
pub use net::sanitize;
pub use sign::canonical_request::CanonicalRequest;
pub use sign::error::SigningError;
pub use sign::headers::{X_AUTH_TOKEN, X_PROJECT_ID, X_SDK_CONTENT_SHA256, X_SDK_DATE, X_SECURITY_TOKEN};
pub use sign::request::RequestView;
pub use sign::signature::{Signature, Signed, StringToSign};
pub use sign::signer::Signer;
pub use sign::time::{SigningTime, TimeError};
#[cfg(feature = "verify")]
pub use sign::verify::error::{VerifyError, VerifyErrorKind};
#[cfg(feature = "verify")]
pub use sign::verify::{Verified, Verifier};
pub use value::{ValueError, ValueProblem};

/// What a client of one of the cloud's services is made of, besides credentials: the hardened HTTP client, the URL that
/// requests begin with, and what the service says about an error.
///
/// It shows types of `reqwest`, `http` and `serde_json`. A new major version of these is a new minor version here.
#[cfg(feature = "http")]
pub mod service {
    pub use crate::net::base_url::{BaseUrl, BaseUrlError, Network};
    pub use crate::net::error_body::{ErrorBody, request_id, without_policy};
    pub use crate::net::http::{HttpClient, Limits, is_not_http};
}
