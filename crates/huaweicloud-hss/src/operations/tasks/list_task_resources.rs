//! Listing the clusters of a cluster scan task.

use super::page::{ListCall, Page, Range};
use crate::bounded::id;
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{EnterpriseProjectId, ErrorResponse, ProjectId};
use crate::generated::client::{self as raw, ResponseValue};
use crate::generated::tasks::client::types::{
    ClusterFilter, ClusterScanData, CommonTaskId, ListTaskResourcesRequestBody, ListTaskResourcesResponse, PageLimit,
    PageOffset, ScanStatusFilter, TaskTypeFilter,
};
use crate::operations::request::{Call, OperationId, Request};
use crate::transport::context::CallContext;
use crate::transport::task_hooks::with_context;

impl Client {
    /// Lists the clusters of a cluster scan task, with their scan items and the reasons of failures. The vendor's
    /// operation `ListTaskResources`.
    ///
    /// `task_id` has 1 to 64 characters and obeys the [rule for ids](crate#ids); it is checked when the request is sent.
    #[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
    pub fn task_resources(&self, task_id: impl Into<String>) -> Request<ListTaskResources> {
        let operation = ListTaskResources {
            task_id: task_id.into(),
            filter: None,
            range: Range::default(),
        };
        Request::new(self.clone(), operation)
    }
}

/// The operation ListTaskResources.
#[derive(Debug, Clone)]
pub struct ListTaskResources {
    task_id: String,
    filter: Option<ClusterFilter>,
    range: Range,
}

impl Request<ListTaskResources> {
    /// Only clusters whose scan is in this state.
    pub fn status(mut self, status: ScanStatusFilter) -> Self {
        let filter = self.operation.filter.get_or_insert_default();
        filter.scan_status = Some(status);
        self
    }
}

impl ListCall for ListTaskResources {
    type Row = ClusterScanData;

    fn set_range(&mut self, offset: u32, limit: u32) {
        self.range = Range {
            offset,
            limit: Some(limit),
        };
    }

    fn id(row: &ClusterScanData) -> Option<&str> {
        row.cluster_id.as_deref()
    }
}

impl Call for ListTaskResources {
    const ID: OperationId = OperationId::ListTaskResources;

    type Parameters = (
        CommonTaskId,
        PageOffset,
        Option<PageLimit>,
        ListTaskResourcesRequestBody,
    );

    type Content = ListTaskResourcesResponse;

    type Output = Page<ClusterScanData>;

    fn check(self) -> Result<Self::Parameters, Error> {
        let task_id = id(self.task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        let (offset, limit) = self.range.checked()?;
        let body = ListTaskResourcesRequestBody {
            task_type: TaskTypeFilter::ClusterScan,
            cluster_scan_info: self.filter,
            iac_scan_info: None,
        };
        Ok((task_id, offset, limit, body))
    }

    fn output(content: ResponseValue<ListTaskResourcesResponse>) -> Page<ClusterScanData> {
        let content = content.into_inner();
        Page::new(content.cluster_scan_data_list, content.total_num)
    }

    async fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        (task_id, offset, limit, body): &Self::Parameters,
    ) -> Result<ResponseValue<ListTaskResourcesResponse>, raw::Error<ErrorResponse>> {
        let tasks = with_context(&client.raw_tasks(), context);
        tasks
            .list_task_resources(
                project_id,
                task_id,
                enterprise_project_id,
                limit.as_ref(),
                Some(offset),
                body,
            )
            .await
    }
}
