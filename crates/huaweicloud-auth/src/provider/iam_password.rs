//! An IAM user's name and password, exchanged for a token.

use std::time::SystemTime;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use reqwest::{Body, Method};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::credential::token::Token;
use crate::env::Env;
use crate::iam::client::Iam;
use crate::iam::endpoint::IamEndpoint;
use crate::iam::response::{Response, X_SUBJECT_TOKEN};
use crate::net::http::HttpOptions;
use crate::provider::iam_user::{IamUser, USER};

/// The name of the provider that reads the user from variables.
pub(crate) const ENV_NAME: &str = "IAM user of the environment";

/// Gets a token from IAM for a user's name and password, a new one whenever it is asked: wrap it in
/// [`Cached`](crate::provider::Cached).
#[derive(Debug)]
pub struct IamPassword {
    user: UserSource,
    scope: Option<ProjectScope>,
    iam: Iam,
}

#[derive(Debug)]
enum UserSource {
    Given(IamUser),
    Env(Env),
}

/// The project that a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectScope {
    /// By its name, which for a region's own project is the region's id.
    Name(String),
    /// By its id.
    Id(String),
}

impl IamPassword {
    /// Gets tokens for this user and project.
    pub fn new(user: IamUser, scope: ProjectScope, endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        Self {
            user: UserSource::Given(user),
            scope: Some(scope),
            iam: Iam::new(endpoint, options),
        }
    }

    /// Gets tokens for the user of `HW_USER_NAME`, `HW_PASSWORD` and `HW_DOMAIN_NAME`, if those are set. It is an error if
    /// only some are set, or all three without a scope.
    pub fn from_env(env: Env, scope: Option<ProjectScope>, endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        Self {
            user: UserSource::Env(env),
            scope,
            iam: Iam::new(endpoint, options),
        }
    }

    async fn fetch(&self) -> Result<Credentials, ProviderError> {
        let (user, source) = match &self.user {
            UserSource::Given(user) => (user.clone(), format!("IAM user {}", user.name)),
            UserSource::Env(env) => {
                let user = IamUser::from_env(env)?;
                let source = format!("environment {USER} (IAM user {})", user.name);
                (user, source)
            }
        };
        let scope = self
            .scope
            .as_ref()
            .ok_or_else(|| ProviderError::invalid("a token is for one project: name a region or a project id"))?;
        let body = body(&user, scope)?;
        let complete = |request: &mut reqwest::Request| {
            let headers = request.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(Body::from(body.clone()));
            Ok(())
        };
        let path = "/v3/auth/tokens?nocatalog=true";
        let response = self.iam.send(&Method::POST, path, &[&user.password], complete).await?;
        Ok(read_token(&response)?.with_source(source))
    }
}

/// The request's body, in memory that is wiped as soon as it is sent.
fn body(user: &IamUser, scope: &ProjectScope) -> Result<Bytes, ProviderError> {
    let user_start = r#"{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"#;
    let (scope_start, project) = match scope {
        ProjectScope::Name(name) => (r#"}}}},"scope":{"project":{"name":"#, name),
        ProjectScope::Id(id) => (r#"}}}},"scope":{"project":{"id":"#, id),
    };
    let parts = [
        (user_start, &user.name),
        (r#","password":"#, &*user.password),
        (r#","domain":{"name":"#, &user.domain),
        (scope_start, project),
    ];
    // Allocated once, with room for an escape of every character: a growing buffer leaves copies of the password behind.
    let length: usize = parts.iter().map(|(_, value)| value.len()).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(6 * length + 256));
    for (before, value) in parts {
        bytes.extend_from_slice(before.as_bytes());
        serde_json::to_writer(&mut *bytes, value)
            .map_err(|error| ProviderError::invalid("the request to IAM cannot be written").with_source(error))?;
    }
    bytes.extend_from_slice(b"}}}}");
    Ok(Bytes::from_owner(bytes))
}

#[derive(Deserialize)]
struct TokenResponse {
    token: TokenFields,
}

#[derive(Deserialize)]
struct TokenFields {
    expires_at: Option<String>,
    project: Option<TokenProject>,
}

#[derive(Deserialize)]
struct TokenProject {
    id: String,
}

fn read_token(response: &Response) -> Result<Credentials, ProviderError> {
    if response.status != StatusCode::CREATED {
        return Err(response.error());
    }
    let token = response
        .headers
        .get(X_SUBJECT_TOKEN)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| response.protocol("has no token in X-Subject-Token"))?;
    let token = Token::new(token).map_err(|error| response.protocol("has an unusable token").with_source(error))?;
    // serde's message can show a value, so it is not the source.
    let TokenResponse { token: fields } =
        serde_json::from_slice(&response.body).map_err(|_| response.protocol("does not describe the token"))?;
    let expires_at = match &fields.expires_at {
        Some(text) => {
            let time: jiff::Timestamp = text
                .parse()
                .map_err(|_| response.protocol("has a token whose expires_at is not a time"))?;
            Some(SystemTime::from(time))
        }
        None => None,
    };
    Ok(Credentials::from(token)
        .with_expires_at(expires_at)
        .with_project_id(fields.project.map(|project| project.id)))
}

impl CredentialsProvider for IamPassword {
    fn name(&self) -> &str {
        match &self.user {
            UserSource::Given(_) => "IAM user",
            UserSource::Env(_) => ENV_NAME,
        }
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.fetch())
    }
}
