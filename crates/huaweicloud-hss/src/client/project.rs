//! Which project a client's calls are for.

use std::sync::{Arc, OnceLock};

use huaweicloud_auth::{
    Credentials, CredentialsProvider, HttpOptions, IamEndpoint, ProjectError, ProjectList, ProjectLookup,
    ProviderError, ProviderErrorKind,
};

use crate::error::hint;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::raw::types::ProjectId;
use crate::transport::authorize::{credentials, not_provided};
use crate::transport::deadline::Deadline;

/// The project's id, or how to find it: named by the credentials, or looked up at IAM by the region's id.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) known: Option<ProjectId>,
    pub(crate) provider: Option<Arc<dyn CredentialsProvider>>,
    pub(crate) lookup: Option<Box<Lookup>>,
}

/// A look-up by the region's id, which remembers what it found.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) region: String,
    /// Where the user says that IAM is. Else the credentials can say so, else it is the region's own.
    pub(crate) iam: Option<IamEndpoint>,
    pub(crate) options: HttpOptions,
    pub(crate) made: OnceLock<ProjectLookup>,
}

impl Lookup {
    fn at(&self, credentials: &Credentials) -> Result<&ProjectLookup, Error> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let endpoint = match (&self.iam, credentials.iam_endpoint()) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(url)) => IamEndpoint::new(url),
            (None, None) => IamEndpoint::of_region(&self.region),
        };
        let endpoint = endpoint.map_err(|reason| Error::invalid("iam_endpoint", reason))?;
        Ok(self.made.get_or_init(|| ProjectLookup::new(endpoint, &self.options)))
    }
}

impl Project {
    /// The id where no one needs to be asked for it.
    pub(crate) fn known(&self) -> Result<ProjectId, Error> {
        let missing = || Error::invalid("project_id", "missing, and a preview looks nothing up");
        self.known.clone().ok_or_else(missing)
    }

    /// Whether no one needs to be asked.
    pub(crate) fn is_known(&self) -> bool {
        self.known.is_some()
    }

    pub(crate) async fn id(&self, deadline: Deadline) -> Result<ProjectId, Error> {
        if let Some(id) = &self.known {
            return Ok(id.clone());
        }
        // Boxed, so that calls that need no look-up do not carry its future.
        let found = Box::pin(deadline.within(self.find())).await;
        found.unwrap_or_else(|| Err(not_in_time()))
    }

    async fn find(&self) -> Result<ProjectId, Error> {
        let credentials = self.credentials().await?;
        let id = match (credentials.project_id(), &self.lookup) {
            (Some(id), _) => id.to_owned(),
            (None, Some(lookup)) => {
                let found = lookup.at(&credentials)?.project_id(&lookup.region, &credentials).await;
                found.map_err(|error| not_found(error, &credentials))?
            }
            (None, None) => {
                let reason = "missing, the credentials name none, and without a region none can be looked up";
                return Err(Error::invalid("project_id", reason));
            }
        };
        ProjectId::try_from(id).map_err(|reason| Error::invalid("project_id", reason))
    }

    pub(crate) async fn list(&self, deadline: Deadline) -> Result<ProjectList, Error> {
        let listed = deadline.within(self.ask()).await;
        listed.unwrap_or_else(|| Err(not_in_time()))
    }

    async fn ask(&self) -> Result<ProjectList, Error> {
        let Some(lookup) = &self.lookup else {
            return Err(Error::invalid("region", "missing, and projects are listed by its id"));
        };
        let credentials = self.credentials().await?;
        let listed = lookup.at(&credentials)?.list(&lookup.region, &credentials).await;
        listed.map_err(|error| not_listed(error, &credentials))
    }

    async fn credentials(&self) -> Result<Credentials, Error> {
        let Some(provider) = &self.provider else {
            return Err(Error::invalid("client", "made for previews alone, so nothing is sent"));
        };
        credentials(&**provider).await.map_err(ErrorBuilder::finish)
    }
}

fn not_in_time() -> Error {
    ErrorBuilder::new(
        ErrorKind::Timeout,
        Outcome::NotSent,
        "the project was not found in time",
    )
    .hint(Some(
        "IAM did not answer in time; name the project's id, or allow the call more time",
    ))
    .finish()
}

fn not_found(error: ProjectError, credentials: &Credentials) -> Error {
    match error {
        ProjectError::Iam(error) => not_listed(error, credentials),
        error => ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, format!("project_id: {error}"))
            .hint(Some("name the project's id; the console lists it under My Credentials"))
            .finish(),
    }
}

fn not_listed(error: ProviderError, credentials: &Credentials) -> Error {
    let hint = (error.kind() == ProviderErrorKind::Refused)
        .then(|| hint::of_projects(error.status(), error.message(), credentials));
    let draft = not_provided(error);
    match hint {
        Some(hint) => draft.hint(Some(hint)).finish(),
        None => draft.finish(),
    }
}
