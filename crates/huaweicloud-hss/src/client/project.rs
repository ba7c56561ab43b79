//! Which project a client's calls are for.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use huaweicloud_auth::{
    Credentials, CredentialsProvider, HttpOptions, IamEndpoint, ProjectError, ProjectList, ProjectLookup,
    ProviderError, ProviderErrorKind,
};

use crate::error::hint;
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::generated::client::types::ProjectId;
use crate::transport::authorize::{not_provided, resolve_credentials};
use crate::transport::context::Deadline;

/// The project's id, or how to find it: named by the credentials, or looked up at IAM by the region's id.
#[derive(Debug)]
pub(crate) struct Project {
    /// The id that the builder was given.
    pub(crate) configured: Option<ProjectId>,
    pub(crate) provider: Option<Arc<dyn CredentialsProvider>>,
    pub(crate) lookup: Option<Box<Lookup>>,
}

/// A look-up by the region's id, which remembers what it found.
#[derive(Debug)]
pub(crate) struct Lookup {
    region: String,
    /// The endpoint that the builder was given. Otherwise the credentials can name one, or it is the region's own.
    iam: Option<IamEndpoint>,
    options: HttpOptions,
    lookup: OnceLock<ProjectLookup>,
}

impl Lookup {
    pub(crate) fn new(region: String, iam: Option<&str>, options: HttpOptions) -> Result<Box<Self>, Error> {
        IamEndpoint::of_region(&region).map_err(|reason| Error::invalid("region", reason))?;
        let iam = iam.map(IamEndpoint::new).transpose();
        Ok(Box::new(Self {
            region,
            iam: iam.map_err(|reason| Error::invalid("iam_endpoint", reason))?,
            options,
            lookup: OnceLock::new(),
        }))
    }

    fn at(&self, credentials: &Credentials) -> Result<&ProjectLookup, Error> {
        if let Some(lookup) = self.lookup.get() {
            return Ok(lookup);
        }
        let endpoint = match (&self.iam, credentials.iam_endpoint()) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(url)) => IamEndpoint::new(url),
            (None, None) => IamEndpoint::of_region(&self.region),
        };
        let endpoint = endpoint.map_err(|reason| Error::invalid("iam_endpoint", reason))?;
        Ok(self.lookup.get_or_init(|| ProjectLookup::new(endpoint, &self.options)))
    }
}

impl Project {
    /// The id where it needs no look-up.
    pub(crate) fn configured(&self) -> Result<&ProjectId, Error> {
        let missing = || Error::invalid("project_id", "missing, and a preview looks nothing up");
        self.configured.as_ref().ok_or_else(missing)
    }

    pub(crate) async fn id(&self, deadline: Deadline) -> Result<Cow<'_, ProjectId>, Error> {
        if let Some(id) = &self.configured {
            return Ok(Cow::Borrowed(id));
        }
        // Boxed, so that calls that need no look-up do not carry its future.
        Box::pin(self.find(deadline)).await.map(Cow::Owned)
    }

    async fn find(&self, deadline: Deadline) -> Result<ProjectId, Error> {
        let credentials = self.credentials(deadline).await?;
        let id = match (credentials.project_id(), &self.lookup) {
            (Some(id), _) => id.to_owned(),
            (None, Some(lookup)) => {
                let ids = lookup.at(&credentials)?;
                let found = deadline.within(ids.project_id(&lookup.region, &credentials)).await;
                let found = found.ok_or_else(timed_out)?;
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
        let Some(lookup) = &self.lookup else {
            return Err(Error::invalid("region", "missing, and projects are listed by its id"));
        };
        let credentials = self.credentials(deadline).await?;
        let projects = lookup.at(&credentials)?;
        let listed = deadline.within(projects.list(&lookup.region, &credentials)).await;
        let listed = listed.ok_or_else(timed_out)?;
        listed.map_err(|error| not_listed(error, &credentials))
    }

    pub(crate) async fn credentials(&self, deadline: Deadline) -> Result<Credentials, Error> {
        let Some(provider) = &self.provider else {
            return Err(Error::preview_only());
        };
        let resolved = resolve_credentials(&**provider, deadline).await;
        resolved.map_err(ErrorBuilder::build)
    }
}

fn timed_out() -> Error {
    let error = ProviderError::new(ProviderErrorKind::Timeout, "timed out looking up the project");
    not_provided(error)
        .with_hint("IAM did not respond in time; set the project id, or raise the time limit of the call")
        .build()
}

fn not_found(error: ProjectError, credentials: &Credentials) -> Error {
    match error {
        ProjectError::Iam(error) => not_listed(error, credentials),
        error => ErrorBuilder::new(ErrorKind::Invalid, Outcome::NotSent, format!("project_id: {error}"))
            .with_hint("set the project id; the console lists it under My Credentials")
            .build(),
    }
}

fn not_listed(error: ProviderError, credentials: &Credentials) -> Error {
    let hint = (error.kind() == ProviderErrorKind::Refused)
        .then(|| hint::of_projects(error.status(), error.message(), credentials));
    let builder = not_provided(error);
    match hint {
        Some(hint) => builder.with_hint(hint).build(),
        None => builder.build(),
    }
}
