//! Re-running a cluster scan task.

use super::request::{Call, OperationId, Request};
use crate::accepted::Accepted;
use crate::bounded::{check_id, check_items, id};
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{
    ClusterId, ClusterInfo, ClusterInfoList, ClusterScanInfo, CommonTaskId, EnterpriseProjectId, ErrorResponse,
    ProjectId, RetryTaskRequestBody, ScanType, ScanTypeList, TaskType,
};
use crate::generated::client::{self as raw, ResponseValue};
use crate::transport::context::CallContext;
use crate::transport::hooks::{accepted_value, with_context};

impl Client {
    /// Runs a cluster scan task again. The vendor's page: “Restarting Tasks”.
    ///
    /// `task_id` has 1 to 64 characters and obeys the [rule for ids](crate#ids); it is checked when the request is sent.
    pub fn retry_task(&self, task_id: impl Into<String>) -> RetryTaskBuilder {
        RetryTaskBuilder {
            client: self.clone(),
            task_id: task_id.into(),
        }
    }
}

/// A retry whose clusters are still to be chosen.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until the clusters are chosen and the request is sent"]
pub struct RetryTaskBuilder {
    client: Client,
    task_id: String,
}

impl RetryTaskBuilder {
    /// Every cluster whose scan failed in the task (`all_failed_cluster`).
    pub fn all_failed_clusters(self) -> Request<RetryTask> {
        self.body(body_of(ClusterScanInfo::AllFailedCluster))
    }

    /// These clusters, 1 to 200 (`specific_cluster`): ids, or [`Cluster`]s that say which scan items to repeat.
    pub fn clusters<I>(self, clusters: I) -> Request<RetryTask>
    where
        I: IntoIterator,
        I::Item: Into<Cluster>,
    {
        let clusters = clusters.into_iter().map(Into::into).enumerate();
        let infos: Result<Vec<ClusterInfo>, Error> =
            clusters.map(|(index, cluster)| cluster.into_info(index)).collect();
        let list = infos.and_then(|infos| {
            ClusterInfoList::try_from(infos).map_err(|reason| Error::invalid("cluster_info_list", reason))
        });
        self.request(list.map(|list| body_of(ClusterScanInfo::SpecificCluster(list))))
    }

    /// A body of the generated type, such as one that was read from JSON.
    pub fn body(self, body: RetryTaskRequestBody) -> Request<RetryTask> {
        self.request(Ok(body))
    }

    fn request(self, body: Result<RetryTaskRequestBody, Error>) -> Request<RetryTask> {
        let task_id = self.task_id;
        Request::new(self.client, RetryTask { task_id, body })
    }
}

fn body_of(info: ClusterScanInfo) -> RetryTaskRequestBody {
    RetryTaskRequestBody {
        task_type: TaskType::ClusterScan,
        cluster_scan_info: Some(info),
    }
}

/// The operation RetryTask.
#[derive(Debug, Clone)]
pub struct RetryTask {
    task_id: String,
    body: Result<RetryTaskRequestBody, Error>,
}

impl Call for RetryTask {
    const ID: OperationId = OperationId::RetryTask;

    type Parameters = (CommonTaskId, RetryTaskRequestBody);

    type Content = ();

    type Output = Accepted;

    fn check(self) -> Result<Self::Parameters, Error> {
        let task_id = id(self.task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        let body = self.body?;
        if let Some(ClusterScanInfo::SpecificCluster(list)) = &body.cluster_scan_info {
            for (index, info) in list.iter().enumerate() {
                let types = info
                    .scan_type_list
                    .iter()
                    .flat_map(|types| types.iter().map(|name| name.as_str()));
                check_words(info.cluster_id.as_deref(), types).map_err(|(field, reason)| {
                    Error::invalid(&format!("cluster_info_list[{index}].{field}"), reason)
                })?;
            }
        }
        Ok((task_id, body))
    }

    fn ids((_, body): &Self::Parameters) -> impl Iterator<Item = &str> {
        let clusters = match &body.cluster_scan_info {
            Some(ClusterScanInfo::SpecificCluster(clusters)) => Some(clusters),
            _ => None,
        };
        let clusters = clusters.into_iter().flat_map(|clusters| clusters.iter());
        clusters.filter_map(|cluster| cluster.cluster_id.as_deref())
    }

    fn output(content: ResponseValue<()>) -> Accepted {
        accepted_value(&content)
    }

    async fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        (task_id, body): &Self::Parameters,
    ) -> Result<ResponseValue<()>, raw::Error<ErrorResponse>> {
        let raw = with_context(client.raw(), context);
        raw.retry_task(project_id, task_id, enterprise_project_id, body).await
    }
}

/// A cluster and the scan items to repeat in it. An id alone means every scan item that failed.
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
    /// The cluster with this id, 1 to 64 characters. It obeys the [rule for ids](crate#ids).
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            scan_types: None,
        }
    }

    /// The scan items to repeat, 1 to 3. Known are `cluster_vul`, `risk_assessment` and `benchmark`, from other
    /// operations of the service; the page of this one names none, so others are sent as they are. They obey the
    /// [rule for ids](crate#ids).
    pub fn scan_types<I>(mut self, types: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scan_types = Some(types.into_iter().map(Into::into).collect());
        self
    }

    /// The scan items to repeat; none where every failed one is repeated.
    pub fn named_scan_types(&self) -> impl Iterator<Item = &str> {
        self.scan_types.iter().flatten().map(String::as_str)
    }

    /// Checks the id and the scan items. The error says which field is wrong, and why.
    pub(crate) fn check(&self) -> Result<(), (String, String)> {
        id::<ClusterId>(self.id.as_str()).map_err(|reason| ("cluster_id".to_owned(), reason))?;
        let found = self.scan_types.as_ref().map(Vec::len);
        let checked = found.map_or(Ok(()), |found| check_items(found, ScanTypeList::MIN, ScanTypeList::MAX));
        checked.map_err(|reason| ("scan_type_list".to_owned(), reason.to_string()))?;
        check_words(None, self.named_scan_types())
    }

    fn into_info(self, index: usize) -> Result<ClusterInfo, Error> {
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

/// The rule for ids, for a cluster's id and its scan items. The error says which of them is wrong, and why.
fn check_words<'a>(id: Option<&str>, types: impl Iterator<Item = &'a str>) -> Result<(), (String, String)> {
    let id = id.map(|id| ("cluster_id".to_owned(), id));
    let types = types
        .enumerate()
        .map(|(index, name)| (format!("scan_type_list[{index}]"), name));
    for (field, word) in id.into_iter().chain(types) {
        check_id(word).map_err(|reason| (field, reason.to_string()))?;
    }
    Ok(())
}

impl<T: Into<String>> From<T> for Cluster {
    fn from(id: T) -> Self {
        Self::new(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preview;

    async fn preview(choose: impl FnOnce(RetryTaskBuilder) -> Request<RetryTask>) -> Result<Preview, Error> {
        let client = Client::builder().region("cn-north-4").project_id("p").preview_only();
        choose(client.build().unwrap().retry_task("t")).preview().await
    }

    #[tokio::test]
    async fn one_rule_for_clusters_and_scan_items_wherever_they_come_from() {
        for (id, types, expected) in [
            ("c", ["benchmark", ""], "cluster_info_list[1].scan_type_list[1]: empty"),
            (
                "c",
                ["a;b", "x"],
                "cluster_info_list[1].scan_type_list[0]: `a;b` has a semicolon at position 2; give each one by itself",
            ),
            (
                "10.0.0.1",
                ["x", "y"],
                "cluster_info_list[1].cluster_id: `10.0.0.1` is an IP address; give the id that the service lists for it",
            ),
            (
                "",
                ["x", "y"],
                "cluster_info_list[1].cluster_id: 0 characters found, 1 to 64 allowed",
            ),
        ] {
            let clusters = [Cluster::new("a"), Cluster::new(id).scan_types(types)];
            let error = preview(|builder| builder.clusters(clusters.clone())).await.unwrap_err();
            assert_eq!(error.to_string(), expected);
            let (field, reason) = clusters[1].check().unwrap_err();
            assert_eq!(format!("cluster_info_list[1].{field}: {reason}"), expected);

            let list = serde_json::json!([{"cluster_id": "a"}, {"cluster_id": id, "scan_type_list": types}]);
            let info = serde_json::json!({"range_type": "specific_cluster", "cluster_info_list": list});
            let body = serde_json::json!({"task_type": "cluster_scan", "cluster_scan_info": info});
            match serde_json::from_value(body) {
                Ok(body) => {
                    let error = preview(|builder| builder.body(body)).await.unwrap_err();
                    assert_eq!(error.to_string(), expected);
                }
                Err(error) => assert!(expected.ends_with(&error.to_string()), "{error}"),
            }
        }
    }
}
