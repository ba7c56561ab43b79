//! Which project a client's calls are for.

use std::sync::Arc;

use huaweicloud_auth::{Credentials, CredentialsProvider, ProjectError, ProjectLookup, ProviderErrorKind};

use crate::deadline::Deadline;
use crate::error::{Draft, Error, ErrorKind, Outcome};
use crate::hint;
use crate::provided::{credentials, not_provided};
use crate::raw::types::ProjectId;

/// The project's id, or how to find it.
#[derive(Debug)]
pub(crate) enum Project {
    Known(ProjectId),
    /// Named by the credentials, or looked up at IAM by the region's id. The look-up remembers what it found.
    ToFind {
        provider: Option<Arc<dyn CredentialsProvider>>,
        lookup: Option<Box<(String, ProjectLookup)>>,
    },
}

impl Project {
    /// The id where no one needs to be asked for it.
    pub(crate) fn known(&self) -> Result<ProjectId, Error> {
        match self {
            Self::Known(id) => Ok(id.clone()),
            Self::ToFind { .. } => Err(Error::invalid("project_id", "missing, and a preview looks nothing up")),
        }
    }

    /// Whether no one needs to be asked.
    pub(crate) fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    pub(crate) async fn id(&self, deadline: Deadline) -> Result<ProjectId, Error> {
        let found = deadline.within(self.find()).await;
        found.unwrap_or_else(|| Err(not_in_time()))
    }

    async fn find(&self) -> Result<ProjectId, Error> {
        let (provider, lookup) = match self {
            Self::Known(id) => return Ok(id.clone()),
            Self::ToFind { provider, lookup } => (provider, lookup),
        };
        let Some(provider) = provider else {
            return Err(Error::invalid("project_id", "missing"));
        };
        let credentials = credentials(&**provider).await.map_err(Draft::finish)?;
        let id = match (credentials.project_id(), lookup) {
            (Some(id), _) => id.to_owned(),
            (None, Some(named)) => {
                let (region, lookup) = &**named;
                let found = lookup.project_id(region, &credentials).await;
                found.map_err(|error| not_found(error, &credentials))?
            }
            (None, None) => {
                let reason = "missing, the credentials name none, and without a region none can be looked up";
                return Err(Error::invalid("project_id", reason));
            }
        };
        ProjectId::try_from(id).map_err(|reason| Error::invalid("project_id", reason))
    }
}

fn not_in_time() -> Error {
    Draft::new(
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
        ProjectError::Iam(error) if error.kind() == ProviderErrorKind::Refused => {
            let hint = hint::of_projects(error.status(), error.message(), credentials);
            not_provided(error).hint(Some(hint)).finish()
        }
        ProjectError::Iam(error) => not_provided(error).finish(),
        error => Draft::new(ErrorKind::Invalid, Outcome::NotSent, format!("project_id: {error}"))
            .hint(Some("name the project's id; the console lists it under My Credentials"))
            .finish(),
    }
}
