//! The project ids of regions.

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
use crate::credential::error::ProviderError;
use crate::iam::client::Iam;
use crate::iam::endpoint::IamEndpoint;
use crate::iam::response::Response;
use crate::net::RESERVED;
use crate::net::http::HttpOptions;
use crate::net::sanitize::Sanitizer;
use crate::sign::hex::Hex;
use crate::sign::request::RequestView;
use crate::sign::signer::Signer;
use crate::sign::time::SigningTime;
use crate::single_flight::SingleFlight;

const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// Finds the ids of projects by their names, and caches them.
///
/// A region's own project has the region's id as its name. Concurrent callers for the same id ask IAM once.
#[derive(Debug)]
pub struct ProjectLookup {
    iam: Iam,
    found: Mutex<HashMap<NameAndIdentity, Arc<SingleFlight<String, ProjectError>>>>,
}

/// A project of the same name has another id in another account. The identity is the key's id, or the token's hash.
type NameAndIdentity = (String, String);

/// A project that IAM lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Project {
    /// Its id, which requests use.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The projects that IAM lists by one name for some credentials.
#[derive(Debug, Clone)]
pub struct ProjectList {
    name: String,
    projects: Vec<Project>,
    server_time: Option<SystemTime>,
    sanitizer: Sanitizer,
}

/// Why a project id cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// No project has the name, or several do.
    #[error("{} named {name}; {}", count(found, name), list(found))]
    NotOne {
        /// The name.
        name: String,
        /// The projects that IAM listed, sanitized.
        found: Vec<Project>,
    },
    /// IAM did not give a list.
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
    let shown = |project: &Project| format!("{} ({})", project.id, project.name);
    match found {
        [] => "IAM lists none".to_owned(),
        _ => format!("IAM lists {}", found.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

impl ProjectLookup {
    /// A look-up at this endpoint of IAM.
    pub fn new(endpoint: IamEndpoint, options: &HttpOptions) -> Self {
        Self {
            iam: Iam::new(endpoint, options),
            found: Mutex::default(),
        }
    }

    /// The id of the project of this name, mostly a region's id, that these credentials can use.
    ///
    /// # Errors
    ///
    /// No or several projects of the name, or a failed request. Nothing is retried: more than five failures in a row lock an
    /// access key.
    pub async fn project_id(&self, name: &str, credentials: &Credentials) -> Result<String, ProjectError> {
        let identity = match credentials.identity() {
            Identity::AccessKey(key) => key.id().to_owned(),
            Identity::Token(token) => Hex::sha256(token.as_str().as_bytes()).to_string(),
        };
        let id = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(
                found
                    .entry((name.to_owned(), identity))
                    .or_insert_with(|| Arc::new(SingleFlight::new())),
            )
        };
        match id.get() {
            (Some(id), _) => Ok(id),
            (None, generation) => id.fetch(generation, self.fetch(name, credentials)).await,
        }
    }

    async fn fetch(&self, name: &str, credentials: &Credentials) -> Result<String, ProjectError> {
        let list = self.list(name, credentials).await.map_err(ProjectError::Iam)?;
        Ok(list.only()?.id.clone())
    }

    /// The projects of this name that IAM lists now. A response also shows that IAM accepts the credentials, and IAM's time.
    ///
    /// # Errors
    ///
    /// A failed request. Nothing is retried or cached.
    pub async fn list(&self, name: &str, credentials: &Credentials) -> Result<ProjectList, ProviderError> {
        let path = format!("/v3/projects?name={}", utf8_percent_encode(name, &RESERVED));
        let complete = |request: &mut Request| authenticate(request, credentials);
        let response = self
            .iam
            .send(&Method::GET, &path, &credentials.secrets(), complete)
            .await;
        response
            .and_then(|response| read_list(name, credentials, &response))
            .map_err(|error| error.with_provider("project id"))
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
    let unsigned =
        |error: &dyn std::fmt::Display| ProviderError::invalid(format!("the request cannot be signed: {error}"));
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
struct ProjectsResponse {
    projects: Vec<Project>,
}

fn read_list(name: &str, credentials: &Credentials, response: &Response) -> Result<ProjectList, ProviderError> {
    if response.status != StatusCode::OK {
        return Err(response.error());
    }
    let body: ProjectsResponse = serde_json::from_slice(&response.body)
        .map_err(|error| response.protocol("is not a list of projects").with_source(error))?;
    let date = response.headers.get(DATE).and_then(|date| date.to_str().ok());
    let server_time = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    Ok(ProjectList {
        name: name.to_owned(),
        projects: body.projects,
        server_time: server_time.map(|time| time.timestamp().into()),
        sanitizer: credentials.sanitizer().clone(),
    })
}

impl ProjectList {
    /// The only project of the name.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NotOne`] if none or several have it.
    pub fn only(&self) -> Result<&Project, ProjectError> {
        let mut matching = self.projects.iter().filter(|project| project.name == self.name);
        match (matching.next(), matching.next()) {
            (Some(project), None) => Ok(project),
            _ => Err(ProjectError::NotOne {
                name: self.name.clone(),
                found: self.projects.iter().map(|project| self.sanitized(project)).collect(),
            }),
        }
    }

    fn sanitized(&self, project: &Project) -> Project {
        Project {
            id: self.sanitizer.short(&project.id),
            name: self.sanitizer.short(&project.name),
        }
    }

    /// The time of IAM's response by IAM's clock, to the second, if it has one.
    pub fn server_time(&self) -> Option<SystemTime> {
        self.server_time
    }
}
