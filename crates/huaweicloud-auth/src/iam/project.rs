//! From a region to the id of its project.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use http::header::DATE;
use http::{HeaderName, HeaderValue, StatusCode};
use percent_encoding::utf8_percent_encode;
use reqwest::{Method, Request};
use serde::Deserialize;

use crate::credential::access_key::AccessKey;
use crate::credential::credentials::{Credentials, Identity};
use crate::credential::error::{ProviderError, ProviderErrorKind};
use crate::iam::client::Iam;
use crate::iam::endpoint::IamEndpoint;
use crate::iam::response::Answer;
use crate::net::http::HttpOptions;
use crate::sign::encode::ENCODED;
use crate::sign::hex;
use crate::sign::request::RequestView;
use crate::sign::signer::Signer;
use crate::sign::time::SigningTime;
use crate::single_flight::Shared;

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

/// The projects of one name that IAM lists for some credentials.
#[derive(Debug, Clone)]
pub struct ProjectList {
    name: String,
    projects: Vec<Project>,
    server_time: Option<SystemTime>,
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
        let list = self.list(name, credentials).await.map_err(ProjectError::Iam)?;
        Ok(list.only()?.id.clone())
    }

    /// The projects of this name as IAM lists them now. An answer also shows that IAM knows the credentials, and what time
    /// it is there.
    ///
    /// # Errors
    ///
    /// Where IAM gives no list. Nothing is repeated or remembered.
    pub async fn list(&self, name: &str, credentials: &Credentials) -> Result<ProjectList, ProviderError> {
        let path = format!("/v3/projects?name={}", utf8_percent_encode(name, &ENCODED));
        let secrets = credentials.secrets();
        let complete = |request: &mut Request| authenticate(request, credentials);
        let answer = self.iam.send(&Method::GET, &path, &secrets, complete).await;
        answer
            .and_then(|answer| read(name, &answer))
            .map_err(|error| error.of("project id"))
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

fn read(name: &str, answer: &Answer) -> Result<ProjectList, ProviderError> {
    if answer.status != StatusCode::OK {
        return Err(answer.error());
    }
    let reply: Reply = serde_json::from_slice(&answer.body)
        .map_err(|error| answer.protocol("is no list of projects").with_source(error))?;
    let date = answer.headers.get(DATE).and_then(|date| date.to_str().ok());
    let server_time = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    Ok(ProjectList {
        name: name.to_owned(),
        projects: reply.projects,
        server_time: server_time.map(|time| time.timestamp().into()),
    })
}

impl ProjectList {
    /// The one project that has the name.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NotOne`] where none or several have it.
    pub fn only(&self) -> Result<&Project, ProjectError> {
        let mut matching = self.projects.iter().filter(|project| project.name == self.name);
        match (matching.next(), matching.next()) {
            (Some(project), None) => Ok(project),
            _ => Err(ProjectError::NotOne {
                name: self.name.clone(),
                found: self.projects.clone(),
            }),
        }
    }

    /// The time of IAM's answer by its own clock, to the second, where it said so.
    pub fn server_time(&self) -> Option<SystemTime> {
        self.server_time
    }
}
