//! The client of one project in one region.

pub(crate) mod builder;
pub(crate) mod project;
mod tls;

use std::sync::Arc;

use huaweicloud_auth::{Credentials, ProjectList};

use self::project::Project;
use crate::error::Error;
use crate::generated::client::{self as raw, ClientInfo as _};

/// A client for one project in one region. Cheap to clone; clones share their connections.
///
/// See the [crate's page](crate) for an example.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    raw: raw::Client,
    project: Project,
}

impl Client {
    fn new(raw: raw::Client, project: Project) -> Self {
        Self(Arc::new(Inner { raw, project }))
    }

    /// The generated client, which shares this one's connections, token and checks.
    pub fn raw(&self) -> &raw::Client {
        &self.0.raw
    }

    /// The generated client of the operations that read tasks, which shares this one's connections, token and checks.
    #[cfg(feature = "tasks")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
    pub fn raw_tasks(&self) -> crate::generated::tasks::client::Client {
        let raw = self.raw();
        crate::generated::tasks::client::Client::new_with_client(&raw.baseurl, raw.client.clone(), raw.inner.clone())
    }

    /// The URL that requests go to, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        self.0.raw.baseurl()
    }

    /// The project's id: the builder's, or the one that the credentials name or that IAM lists for the region. IAM is
    /// asked once.
    ///
    /// # Errors
    /// Where no project or several are found, or the credentials or IAM are not available. Nothing was sent to the
    /// service.
    pub async fn project_id(&self) -> Result<String, Error> {
        let deadline = self.0.raw.inner.context().deadline;
        let id = self.0.project.id(deadline).await?;
        Ok(id.into_owned().into())
    }

    /// The projects that IAM lists for the credentials by the region's id, asked now. That starts nothing, so it is
    /// also a way to check credentials. The list holds IAM's time too.
    ///
    /// # Errors
    /// Where the client has no region, or the credentials or IAM are not available. Nothing was sent to the service.
    pub async fn projects(&self) -> Result<ProjectList, Error> {
        self.0.project.list(self.0.raw.inner.context().deadline).await
    }

    /// The credentials that a request would be sent with now.
    pub(crate) async fn credentials(&self) -> Result<Credentials, Error> {
        self.0.project.credentials(self.0.raw.inner.context().deadline).await
    }

    pub(crate) fn project(&self) -> &Project {
        &self.0.project
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs keep many of them, and move them about.
    #[test]
    fn future_of_a_call_is_small() {
        let client = Client::builder().region("cn-north-4").project_id("p").token("t");
        let client = client.build().unwrap();
        let sending = client.recreate_vul_scan_task("t").all_failed_hosts().send();
        let size = std::mem::size_of_val(&sending);
        assert!(size < 3000, "{size}");
    }
}
