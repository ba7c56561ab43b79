//! Listing vulnerability scan tasks.

use super::page::{ListCall, Page, Range};
use crate::bounded::check_id;
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{EnterpriseProjectId, ErrorResponse, ProjectId};
use crate::generated::client::{self as raw, ResponseValue};
use crate::generated::tasks::client::types::{
    ListVulScanTaskResponse, StartTimeFilter, VulScanTaskIdFilter, VulScanTaskInfo, VulScanTaskPageLimit,
    VulScanTaskPageOffset, VulScanTypeFilter,
};
use crate::operations::request::{Call, OperationId, Request};
use crate::transport::context::CallContext;
use crate::transport::task_hooks::with_context;

impl Client {
    /// Lists vulnerability scan tasks, in an order that the service does not promise. The vendor's operation
    /// `ListVulScanTask`.
    #[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
    pub fn vul_scan_tasks(&self) -> Request<ListVulScanTask> {
        let operation = ListVulScanTask {
            task_id: None,
            since: None,
            scan_type: None,
            range: Range::default(),
        };
        Request::new(self.clone(), operation)
    }
}

/// The operation ListVulScanTask.
#[derive(Debug, Clone)]
pub struct ListVulScanTask {
    task_id: Option<String>,
    since: Option<i64>,
    scan_type: Option<VulScanTypeFilter>,
    range: Range,
}

impl Request<ListVulScanTask> {
    /// Only the task with this id.
    pub fn task_id(mut self, id: impl Into<String>) -> Self {
        self.operation.task_id = Some(id.into());
        self
    }

    /// Only tasks that started at this time or later, in milliseconds since 1970-01-01 UTC.
    pub fn since(mut self, milliseconds: i64) -> Self {
        self.operation.since = Some(milliseconds);
        self
    }

    /// Only tasks that were started in this way.
    pub fn scan_type(mut self, scan_type: VulScanTypeFilter) -> Self {
        self.operation.scan_type = Some(scan_type);
        self
    }
}

impl ListCall for ListVulScanTask {
    type Row = VulScanTaskInfo;

    fn set_range(&mut self, offset: u32, limit: u32) {
        self.range = Range {
            offset,
            limit: Some(limit),
        };
    }

    fn id(row: &VulScanTaskInfo) -> Option<&str> {
        row.id.as_deref()
    }
}

impl Call for ListVulScanTask {
    const ID: OperationId = OperationId::ListVulScanTask;

    type Parameters = (
        VulScanTaskPageOffset,
        Option<VulScanTaskPageLimit>,
        Option<VulScanTaskIdFilter>,
        Option<StartTimeFilter>,
        Option<VulScanTypeFilter>,
    );

    type Content = ListVulScanTaskResponse;

    type Output = Page<VulScanTaskInfo>;

    fn check(self) -> Result<Self::Parameters, Error> {
        let (offset, limit) = self.range.checked()?;
        if let Some(task_id) = &self.task_id {
            check_id(task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        }
        // The sources name no limits for this list; those of the others hold.
        let number = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Ok((
            VulScanTaskPageOffset(number(*offset)),
            limit.map(|limit| VulScanTaskPageLimit(number(*limit))),
            self.task_id.map(VulScanTaskIdFilter),
            self.since.map(StartTimeFilter),
            self.scan_type,
        ))
    }

    fn output(content: ResponseValue<ListVulScanTaskResponse>) -> Page<VulScanTaskInfo> {
        let content = content.into_inner();
        Page::new(content.data_list, content.total_num)
    }

    async fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        (offset, limit, task_id, since, scan_type): &Self::Parameters,
    ) -> Result<ResponseValue<ListVulScanTaskResponse>, raw::Error<ErrorResponse>> {
        let tasks = with_context(&client.raw_tasks(), context);
        tasks
            .list_vul_scan_task(
                project_id,
                enterprise_project_id,
                limit.as_ref(),
                None,
                since.as_ref(),
                Some(offset),
                *scan_type,
                task_id.as_ref(),
            )
            .await
    }
}
