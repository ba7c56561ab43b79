//! An IAM user's name and password, exchanged for a token.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use reqwest::{Body, Method};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::credential::credentials::Credentials;
use crate::credential::error::ProviderError;
use crate::credential::provider::{BoxFuture, CredentialsProvider};
use crate::credential::token::Token;
use crate::env::Variables;
use crate::iam::client::Iam;
use crate::iam::endpoint::IamEndpoint;
use crate::iam::response::Answer;
use crate::net::http::HttpOptions;
use crate::value::{self, ValueError};

const USER: &str = "HW_USER_NAME";
const PASSWORD: &str = "HW_PASSWORD";
const DOMAIN: &str = "HW_DOMAIN_NAME";

const X_SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");

/// Gets a token from IAM for a user's name and password, a new one whenever it is asked: put it into
/// [`Cached`](crate::provider::Cached).
#[derive(Debug)]
pub struct IamPassword {
    user: Source,
    scope: Option<ProjectScope>,
    iam: Iam,
}

#[derive(Debug)]
enum Source {
    Given(IamUser),
    Variables(Variables),
}

/// An IAM user of an account. The password is wiped from memory when dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct IamUser {
    name: String,
    password: Zeroizing<String>,
    domain: String,
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

impl IamUser {
    /// A user by name, with the password and the name of the account (its “domain”).
    ///
    /// # Errors
    ///
    /// Empty values and control characters are refused, and white space around the names.
    pub fn new(
        name: impl Into<String>,
        password: impl Into<String>,
        domain: impl Into<String>,
    ) -> Result<Self, ValueError> {
        let (name, password, domain) = (name.into(), Zeroizing::new(password.into()), domain.into());
        value::check("user name", &name, |_| true)?;
        value::check("password", &password, |_| true)?;
        value::check("domain name", &domain, |_| true)?;
        Ok(Self { name, password, domain })
    }

    /// The user of `HW_USER_NAME`, `HW_PASSWORD` and `HW_DOMAIN_NAME`.
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::NotFound`](crate::ProviderErrorKind::NotFound) where neither user nor password is set, another
    /// kind where only some of the three are or one cannot be used.
    pub fn from_variables(variables: &Variables) -> Result<Self, ProviderError> {
        read(variables)
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for IamUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IamUser")
            .field("name", &self.name)
            .field("password", &"***")
            .field("domain", &self.domain)
            .finish()
    }
}

impl IamPassword {
    /// Gets tokens for this user and project.
    pub fn new(user: IamUser, scope: ProjectScope, endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        Self {
            user: Source::Given(user),
            scope: Some(scope),
            iam: Iam::new(endpoint, options),
        }
    }

    /// Gets tokens for the user of `HW_USER_NAME`, `HW_PASSWORD` and `HW_DOMAIN_NAME`, if those are set. One or two of
    /// them are an error, and so are all three without a scope.
    pub fn from_variables(
        variables: Variables,
        scope: Option<ProjectScope>,
        endpoint: IamEndpoint,
        options: &HttpOptions,
    ) -> Self {
        Self {
            user: Source::Variables(variables),
            scope,
            iam: Iam::new(endpoint, options),
        }
    }

    async fn fetch(&self) -> Result<Credentials, ProviderError> {
        let found;
        let user = match &self.user {
            Source::Given(user) => user,
            Source::Variables(variables) => {
                found = read(variables)?;
                &found
            }
        };
        let scope = self
            .scope
            .as_ref()
            .ok_or_else(|| ProviderError::invalid("a token is for one project: name a region or a project id"))?;
        let body = body(user, scope)?;
        let complete = |request: &mut reqwest::Request| {
            let headers = request.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(Body::from(body.clone()));
            Ok(())
        };
        let path = "/v3/auth/tokens?nocatalog=true";
        let answer = self.iam.send(&Method::POST, path, &[&user.password], complete).await?;
        let credentials = token(&answer)?;
        Ok(credentials.with_source(match &self.user {
            Source::Given(_) => format!("IAM user {}", user.name),
            Source::Variables(_) => format!("environment {USER} (IAM user {})", user.name),
        }))
    }
}

/// The user of the variables.
fn read(variables: &Variables) -> Result<IamUser, ProviderError> {
    let names = [USER, PASSWORD, DOMAIN];
    let (user, password, domain) = (
        variables.text(USER)?,
        variables.text(PASSWORD)?,
        variables.text(DOMAIN)?,
    );
    match (user, password, domain) {
        (None, None, _) => Err(ProviderError::not_found(variables.why_not(USER))),
        (Some(mut user), Some(mut password), Some(mut domain)) => IamUser::new(
            std::mem::take(&mut *user),
            std::mem::take(&mut *password),
            std::mem::take(&mut *domain),
        )
        .map_err(|error| ProviderError::invalid(format!("{}: {error}", names.join(", "))).with_source(error)),
        (user, password, domain) => {
            let there = [user.is_some(), password.is_some(), domain.is_some()];
            let list = |wanted: bool| {
                let names = names.iter().zip(there).filter(|(_, there)| *there == wanted);
                names.map(|(name, _)| *name).collect::<Vec<_>>().join(" and ")
            };
            Err(ProviderError::invalid(format!(
                "{} set but not {}",
                list(true),
                list(false)
            )))
        }
    }
}

#[derive(Serialize)]
struct Ask<'a> {
    auth: Auth<'a>,
}

#[derive(Serialize)]
struct Auth<'a> {
    identity: IdentityOf<'a>,
    scope: Scope<'a>,
}

#[derive(Serialize)]
struct IdentityOf<'a> {
    methods: [&'a str; 1],
    password: Password<'a>,
}

#[derive(Serialize)]
struct Password<'a> {
    user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    name: &'a str,
    password: &'a str,
    domain: Named<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Named<'a> {
    Name(&'a str),
    Id(&'a str),
}

#[derive(Serialize)]
struct Scope<'a> {
    project: Named<'a>,
}

/// The request's body, in memory that is wiped as soon as it is sent.
fn body(user: &IamUser, scope: &ProjectScope) -> Result<Bytes, ProviderError> {
    let project = match scope {
        ProjectScope::Name(name) => Named::Name(name),
        ProjectScope::Id(id) => Named::Id(id),
    };
    let (ProjectScope::Name(text) | ProjectScope::Id(text)) = scope;
    let ask = Ask {
        auth: Auth {
            identity: IdentityOf {
                methods: ["password"],
                password: Password {
                    user: User {
                        name: &user.name,
                        password: &user.password,
                        domain: Named::Name(&user.domain),
                    },
                },
            },
            scope: Scope { project },
        },
    };
    // Enough for every letter escaped, so that it never moves and leaves a copy behind.
    let letters = user.name.len() + user.password.len() + user.domain.len() + text.len();
    let mut bytes = Zeroizing::new(Vec::with_capacity(6 * letters + 256));
    serde_json::to_writer(&mut *bytes, &ask)
        .map_err(|error| ProviderError::invalid("the request to IAM cannot be written").with_source(error))?;
    Ok(Bytes::from_owner(bytes))
}

#[derive(Deserialize)]
struct Reply {
    token: TokenOf,
}

#[derive(Deserialize)]
struct TokenOf {
    expires_at: Option<String>,
    project: Option<ProjectOf>,
}

#[derive(Deserialize)]
struct ProjectOf {
    id: String,
}

/// The token of an answer.
fn token(answer: &Answer) -> Result<Credentials, ProviderError> {
    if answer.status != StatusCode::CREATED {
        return Err(answer.error());
    }
    let text = answer
        .headers
        .get(X_SUBJECT_TOKEN)
        .and_then(|value| value.to_str().ok());
    let text = text.ok_or_else(|| answer.protocol("has no token in X-Subject-Token"))?;
    let token = Token::new(text).map_err(|error| answer.protocol("has no usable token").with_source(error))?;
    // serde's message can show a value, so it is no cause.
    let reply: Reply =
        serde_json::from_slice(&answer.body).map_err(|_| answer.protocol("does not describe the token"))?;
    let expires_at = match &reply.token.expires_at {
        Some(text) => {
            let end: jiff::Timestamp = text
                .parse()
                .map_err(|_| answer.protocol("names an end of the token that is no time"))?;
            Some(SystemTime::from(end))
        }
        None => None,
    };
    Ok(Credentials::from(token)
        .with_expires_at(expires_at)
        .with_project_id(reply.token.project.map(|project| project.id)))
}

impl CredentialsProvider for IamPassword {
    fn name(&self) -> &str {
        match &self.user {
            Source::Given(_) => "IAM user",
            Source::Variables(_) => "IAM user of the environment",
        }
    }

    fn provide(&self) -> BoxFuture<'_, Result<Credentials, ProviderError>> {
        Box::pin(self.fetch())
    }
}
