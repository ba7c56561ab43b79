//! Listing the servers of a vulnerability scan task.

use super::page::{ListCall, Page, Range};
use crate::bounded::id;
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{EnterpriseProjectId, ErrorResponse, ProjectId};
use crate::generated::client::{self as raw, ResponseValue};
use crate::generated::tasks::client::types::{
    ListVulScanTaskHostResponse, PageLimit, PageOffset, ScanStatusFilter, VulScanTaskHostInfo, VulScanTaskId,
};
use crate::operations::request::{Call, OperationId, Request};
use crate::transport::context::CallContext;
use crate::transport::task_hooks::with_context;

impl Client {
    /// Lists the servers of a vulnerability scan task, with the reasons of failed scans. The vendor's operation
    /// `ListVulScanTaskHost`.
    ///
    /// `task_id` has 1 to 256 characters and obeys the [rule for ids](crate#ids); it is checked when the request is sent.
    #[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
    pub fn vul_scan_task_hosts(&self, task_id: impl Into<String>) -> Request<ListVulScanTaskHost> {
        let operation = ListVulScanTaskHost {
            task_id: task_id.into(),
            status: None,
            range: Range::default(),
        };
        Request::new(self.clone(), operation)
    }
}

/// The operation ListVulScanTaskHost.
#[derive(Debug, Clone)]
pub struct ListVulScanTaskHost {
    task_id: String,
    status: Option<ScanStatusFilter>,
    range: Range,
}

impl Request<ListVulScanTaskHost> {
    /// Only servers whose scan is in this state.
    pub fn status(mut self, status: ScanStatusFilter) -> Self {
        self.operation.status = Some(status);
        self
    }
}

impl ListCall for ListVulScanTaskHost {
    type Row = VulScanTaskHostInfo;

    fn set_range(&mut self, offset: u32, limit: u32) {
        self.range = Range {
            offset,
            limit: Some(limit),
        };
    }

    fn id(row: &VulScanTaskHostInfo) -> Option<&str> {
        row.host_id.as_deref()
    }
}

impl Call for ListVulScanTaskHost {
    const ID: OperationId = OperationId::ListVulScanTaskHost;

    type Parameters = (VulScanTaskId, PageOffset, Option<PageLimit>, Option<ScanStatusFilter>);

    type Content = ListVulScanTaskHostResponse;

    type Output = Page<VulScanTaskHostInfo>;

    fn check(self) -> Result<Self::Parameters, Error> {
        let task_id = id(self.task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        let (offset, limit) = self.range.checked()?;
        Ok((task_id, offset, limit, self.status))
    }

    fn output(content: ResponseValue<ListVulScanTaskHostResponse>) -> Page<VulScanTaskHostInfo> {
        let content = content.into_inner();
        Page::new(content.data_list, content.total_num)
    }

    async fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        (task_id, offset, limit, status): &Self::Parameters,
    ) -> Result<ResponseValue<ListVulScanTaskHostResponse>, raw::Error<ErrorResponse>> {
        let tasks = with_context(&client.raw_tasks(), context);
        tasks
            .list_vul_scan_task_host(
                project_id,
                task_id,
                enterprise_project_id,
                limit.as_ref(),
                Some(offset),
                *status,
            )
            .await
    }
}
