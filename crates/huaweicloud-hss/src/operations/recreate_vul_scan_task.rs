//! Rescanning the servers of a vulnerability scan task.

use crate::client::Client;
use crate::client::preview::Preview;
use crate::error::Error;
use crate::operations::accepted::Accepted;
use crate::raw;
use crate::raw::types::{self, EnterpriseProjectId, HostId, HostIdList, ProjectId, VulScanTaskId};
use crate::transport::hooks::{accepted, previewed, stopped};

/// A rescan that does not say yet which servers are meant.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until the servers are named and the request is sent"]
pub struct RecreateVulScanTask<'a> {
    client: &'a Client,
    task_id: String,
}

impl<'a> RecreateVulScanTask<'a> {
    pub(crate) fn new(client: &'a Client, task_id: String) -> Self {
        Self { client, task_id }
    }

    /// Every server whose scan failed in the task (`all_failed_host`).
    pub fn all_failed_hosts(self) -> RecreateVulScanTaskRequest<'a> {
        self.range(None)
    }

    /// The servers with these ids, 1 to 1,000 (`specific_host`). The vendor states no limit on the length of an id.
    pub fn hosts<I>(self, ids: I) -> RecreateVulScanTaskRequest<'a>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.range(Some(ids.into_iter().map(|id| HostId(id.into())).collect()))
    }

    fn range(self, hosts: Option<Vec<HostId>>) -> RecreateVulScanTaskRequest<'a> {
        RecreateVulScanTaskRequest {
            client: self.client,
            task_id: self.task_id,
            hosts,
            enterprise_project_id: None,
        }
    }
}

/// A rescan that can be sent.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until the request is sent"]
pub struct RecreateVulScanTaskRequest<'a> {
    client: &'a Client,
    task_id: String,
    hosts: Option<Vec<HostId>>,
    enterprise_project_id: Option<String>,
}

impl RecreateVulScanTaskRequest<'_> {
    /// The enterprise project whose servers are meant, 1 to 256 characters; `all_granted_eps` means all of them. Left out,
    /// the service takes `0`, the default one.
    pub fn enterprise_project_id(mut self, id: impl Into<String>) -> Self {
        self.enterprise_project_id = Some(id.into());
        self
    }

    /// Sends the request, again where it surely was not acted on and the client's [`RetryPolicy`](crate::RetryPolicy) allows it,
    /// and once more where the gateway refused a token as due for renewal and the provider has another.
    ///
    /// # Errors
    /// [`Error`] says what went wrong, and by [`outcome`](Error::outcome) whether the scans may have started all the same.
    pub async fn send(self) -> Result<Accepted, Error> {
        let raw = self.client.begun();
        self.send_by(&raw).await
    }

    /// Sends the request by this client, which is one of its own client's.
    pub(crate) async fn send_by(self, raw: &raw::Client) -> Result<Accepted, Error> {
        let client = self.client;
        let call = self.checked()?;
        let project_id = client.project().id(raw.inner.deadline()).await?;
        accepted(call.send(raw, &project_id).await)
    }

    /// The request that [`send`](Self::send) would send; nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) where a value is outside its limits, as `send` has it.
    pub async fn preview(self) -> Result<Preview, Error> {
        let project_id = self.client.project().known()?;
        let client = stopped(self.client.raw());
        previewed(self.checked()?.send(&client, &project_id).await)
    }

    /// Checks everything but the project.
    fn checked(self) -> Result<Call, Error> {
        let task_id = VulScanTaskId::try_from(self.task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        let body = match self.hosts {
            None => types::RescanVulScanTaskRequestInfo::AllFailedHost,
            Some(hosts) => types::RescanVulScanTaskRequestInfo::SpecificHost(
                HostIdList::try_from(hosts).map_err(|reason| Error::invalid("host_ids", reason))?,
            ),
        };
        let enterprise_project_id = self
            .enterprise_project_id
            .map(EnterpriseProjectId::try_from)
            .transpose();
        Ok(Call {
            task_id,
            enterprise_project_id: enterprise_project_id
                .map_err(|reason| Error::invalid("enterprise_project_id", reason))?,
            body,
        })
    }
}

/// The arguments of the generated function, but for the project.
struct Call {
    task_id: VulScanTaskId,
    enterprise_project_id: Option<EnterpriseProjectId>,
    body: types::RescanVulScanTaskRequestInfo,
}

impl Call {
    async fn send(
        &self,
        raw: &raw::Client,
        project_id: &ProjectId,
    ) -> Result<raw::ResponseValue<()>, raw::Error<types::ErrorResponse>> {
        let enterprise_project_id = self.enterprise_project_id.as_ref();
        raw.recreate_vul_scan_task(project_id, &self.task_id, enterprise_project_id, &self.body)
            .await
    }
}
