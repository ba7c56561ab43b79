//! From a region to the id of its project.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use http::{HeaderName, HeaderValue, StatusCode};
use percent_encoding::utf8_percent_encode;
use reqwest::{Method, Request};
use serde::Deserialize;

use crate::access_key::AccessKey;
use crate::credentials::{Credentials, Identity};
use crate::encode::ENCODED;
use crate::hex;
use crate::iam::{Answer, Iam, IamEndpoint};
use crate::network::HttpOptions;
use crate::provider::{ProviderError, ProviderErrorKind};
use crate::request::RequestView;
use crate::shared::Shared;
use crate::signer::Signer;
use crate::time::SigningTime;

const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// Finds the ids of projects by their names, and remembers them.
///
/// A region's own project is called as the region. However many callers wait for the same id, IAM is asked once.
#[derive(Debug)]
pub struct ProjectLookup {
    iam: Iam,
    found: Mutex<HashMap<Key, Arc<Shared<String, ProjectError>>>>,
}

/// Whose project by which name: another account has another id.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    name: String,
    /// The key's id, or the token's hash.
    identity: String,
}

/// A project as IAM lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Project {
    /// What requests name it by.
    pub id: String,
    /// What people name it by.
    pub name: String,
}

/// Why there is no id.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// Not exactly one project has the name.
    #[error("{} by the name of {name}; {}", count(found, name), list(found))]
    NotOne {
        /// The name that was looked for.
        name: String,
        /// What IAM listed.
        found: Vec<Project>,
    },
    /// IAM gave no list.
    #[error(transparent)]
    Iam(ProviderError),
}

/// What went wrong on the way to the list.
fn iam(error: ProviderError) -> ProjectError {
    ProjectError::Iam(error.of("project id"))
}

fn count(found: &[Project], name: &str) -> String {
    match found.iter().filter(|project| project.name == *name).count() {
        0 => "there is no project".to_owned(),
        count => format!("there are {count} projects"),
    }
}

fn list(found: &[Project]) -> String {
    let shown = |project: &Project| format!("{} ({})", project.id.escape_debug(), project.name.escape_debug());
    match found {
        [] => "IAM lists none".to_owned(),
        _ => format!("IAM lists {}", found.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

impl ProjectLookup {
    /// Asks IAM at this endpoint.
    pub fn new(endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        Self {
            iam: Iam::new(endpoint, options),
            found: Mutex::default(),
        }
    }

    /// The id of the project by this name, mostly a region's id, that these credentials may use.
    ///
    /// # Errors
    ///
    /// Where none or several have the name, or IAM does not say. Nothing is repeated: more than five failures in a row
    /// lock an access key.
    pub async fn project_id(&self, name: &str, credentials: &Credentials) -> Result<String, ProjectError> {
        let key = Key {
            name: name.to_owned(),
            identity: match credentials.identity() {
                Identity::AccessKey(key) => key.id().to_owned(),
                Identity::Token(token) => hex::sha256(token.as_str().as_bytes()),
            },
        };
        let shared = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(found.entry(key).or_insert_with(|| Arc::new(Shared::new())))
        };
        match shared.look() {
            (Some(id), _) => Ok(id),
            (None, ticket) => shared.fetch(ticket, self.ask(name, credentials)).await,
        }
    }

    async fn ask(&self, name: &str, credentials: &Credentials) -> Result<String, ProjectError> {
        let path = format!("/v3/projects?name={}", utf8_percent_encode(name, &ENCODED));
        let secrets = credentials.secrets();
        let complete = |request: &mut Request| authenticate(request, credentials);
        let answer = self.iam.send(&Method::GET, &path, &secrets, complete).await;
        pick(name, &answer.map_err(iam)?)
    }
}

fn authenticate(request: &mut Request, credentials: &Credentials) -> Result<(), ProviderError> {
    match credentials.identity() {
        Identity::Token(token) => {
            request.headers_mut().insert(X_AUTH_TOKEN, token.header_value());
            Ok(())
        }
        Identity::AccessKey(key) => sign(request, key),
    }
}

fn sign(request: &mut Request, key: &AccessKey) -> Result<(), ProviderError> {
    let unsigned = |error: &dyn std::fmt::Display| {
        ProviderError::new(
            ProviderErrorKind::Invalid,
            format!("the request cannot be signed: {error}"),
        )
    };
    let uri: http::Uri = request.url().as_str().parse().map_err(|error| unsigned(&error))?;
    let now = SigningTime::try_from(SystemTime::now()).map_err(|error| unsigned(&error))?;
    let headers = request.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let view = RequestView::new(&Method::GET, &uri, request.headers(), b"");
    let signed = Signer::new().sign(key, &view, now).map_err(|error| unsigned(&error))?;
    signed.apply(request.headers_mut());
    Ok(())
}

#[derive(Deserialize)]
struct Reply {
    projects: Vec<Project>,
}

/// The one project that an answer lists by the name.
fn pick(name: &str, answer: &Answer) -> Result<String, ProjectError> {
    if answer.status != StatusCode::OK {
        return Err(iam(answer.error()));
    }
    let reply: Reply = serde_json::from_slice(&answer.body)
        .map_err(|error| iam(answer.protocol("is no list of projects").with_source(error)))?;
    let mut matching = reply.projects.iter().filter(|project| project.name == name);
    match (matching.next(), matching.next()) {
        (Some(project), None) => Ok(project.id.clone()),
        _ => Err(ProjectError::NotOne {
            name: name.to_owned(),
            found: reply.projects,
        }),
    }
}
