//! Running a cluster scan task again.

use crate::bounded::check_items;
use crate::client::Client;
use crate::client::preview::Preview;
use crate::error::Error;
use crate::operations::accepted::Accepted;
use crate::raw;
use crate::raw::types::{
    self, ClusterId, ClusterInfo, ClusterInfoList, ClusterScanInfo, CommonTaskId, EnterpriseProjectId, ProjectId,
    ScanType, ScanTypeList, TaskType,
};
use crate::transport::hooks::{accepted, previewed, stopped};

/// A cluster and the scan items to repeat in it; an id alone means every scan item that failed.
///
/// ```
/// use huaweicloud_hss::Cluster;
///
/// let whole = Cluster::from("cluster-1");
/// let part = Cluster::new("cluster-2").scan_types(["cluster_vul", "benchmark"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub(crate) id: String,
    pub(crate) scan_types: Option<Vec<String>>,
}

impl Cluster {
    /// The cluster with this id, 1 to 64 characters.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            scan_types: None,
        }
    }

    /// The scan items to repeat, 1 to 3. Known are `cluster_vul`, `risk_assessment` and `benchmark`, from other operations of
    /// the service; the page of this one names none, so others are sent as they are.
    pub fn scan_types<I>(mut self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scan_types = Some(types.into_iter().map(Into::into).collect());
        self
    }

    /// The scan items that it names; none where it means all that failed.
    pub fn named_scan_types(&self) -> impl Iterator<Item = &str> {
        self.scan_types.iter().flatten().map(String::as_str)
    }

    /// Checks the id and the number of scan items; says which field is wrong, and why.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        ClusterId::try_from(self.id.as_str()).map_err(|reason| ("cluster_id", reason.to_string()))?;
        let types = self.scan_types.as_ref().map(Vec::len);
        let checked = types.map(|found| check_items(found, ScanTypeList::MIN, ScanTypeList::MAX));
        checked
            .unwrap_or(Ok(()))
            .map_err(|reason| ("scan_type_list", reason.to_string()))
    }

    fn into_raw(self, index: usize) -> Result<ClusterInfo, Error> {
        let invalid = |field: &str, reason: &dyn std::fmt::Display| {
            Error::invalid(&format!("cluster_info_list[{index}].{field}"), reason)
        };
        let id = ClusterId::try_from(self.id).map_err(|reason| invalid("cluster_id", &reason))?;
        let types = self
            .scan_types
            .map(|types| types.into_iter().map(ScanType).collect::<Vec<_>>());
        let types = types.map(ScanTypeList::try_from).transpose();
        Ok(ClusterInfo {
            cluster_id: Some(id),
            scan_type_list: types.map_err(|reason| invalid("scan_type_list", &reason))?,
        })
    }
}

impl<T: Into<String>> From<T> for Cluster {
    fn from(id: T) -> Self {
        Self::new(id)
    }
}

/// A re-run that does not say yet which clusters are meant.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until the clusters are named and the request is sent"]
pub struct RetryTask<'a> {
    client: &'a Client,
    task_id: String,
}

impl<'a> RetryTask<'a> {
    pub(crate) fn new(client: &'a Client, task_id: String) -> Self {
        Self { client, task_id }
    }

    /// Every cluster whose scan failed in the task (`all_failed_cluster`).
    pub fn all_failed_clusters(self) -> RetryTaskRequest<'a> {
        self.range(None)
    }

    /// These clusters, 1 to 200 (`specific_cluster`): ids, or [`Cluster`]s that say which scan items to repeat.
    pub fn clusters<I>(self, clusters: I) -> RetryTaskRequest<'a>
    where
        I: IntoIterator,
        I::Item: Into<Cluster>,
    {
        self.range(Some(clusters.into_iter().map(Into::into).collect()))
    }

    fn range(self, clusters: Option<Vec<Cluster>>) -> RetryTaskRequest<'a> {
        RetryTaskRequest {
            client: self.client,
            task_id: self.task_id,
            clusters,
            enterprise_project_id: None,
        }
    }
}

/// A re-run that can be sent.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until the request is sent"]
pub struct RetryTaskRequest<'a> {
    client: &'a Client,
    task_id: String,
    clusters: Option<Vec<Cluster>>,
    enterprise_project_id: Option<String>,
}

impl RetryTaskRequest<'_> {
    /// The enterprise project whose clusters are meant, 1 to 256 characters; `all_granted_eps` means all of them. Left out,
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
        let task_id = CommonTaskId::try_from(self.task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        let info = match self.clusters {
            None => ClusterScanInfo::AllFailedCluster,
            Some(clusters) => {
                let clusters = clusters.into_iter().enumerate();
                let clusters: Vec<ClusterInfo> = clusters
                    .map(|(index, cluster)| cluster.into_raw(index))
                    .collect::<Result<_, _>>()?;
                ClusterScanInfo::SpecificCluster(
                    ClusterInfoList::try_from(clusters)
                        .map_err(|reason| Error::invalid("cluster_info_list", reason))?,
                )
            }
        };
        let body = types::RetryTaskRequestBody {
            task_type: TaskType::ClusterScan,
            cluster_scan_info: Some(info),
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
    task_id: CommonTaskId,
    enterprise_project_id: Option<EnterpriseProjectId>,
    body: types::RetryTaskRequestBody,
}

impl Call {
    async fn send(
        &self,
        raw: &raw::Client,
        project_id: &ProjectId,
    ) -> Result<raw::ResponseValue<()>, raw::Error<types::ErrorResponse>> {
        let enterprise_project_id = self.enterprise_project_id.as_ref();
        raw.retry_task(project_id, &self.task_id, enterprise_project_id, &self.body)
            .await
    }
}
