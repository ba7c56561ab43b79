//! Listing cluster scan tasks.

use super::page::{ListCall, Page, Range};
use crate::bounded::check_id;
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{EnterpriseProjectId, ErrorResponse, ProjectId};
use crate::generated::client::{self as raw, ResponseValue};
use crate::generated::tasks::client::types::{
    ListTasksRequestBody, ListTasksResponse, PageLimit, PageOffset, SortDirection, SortKey, TaskInfo, TaskStatusFilter,
    TaskTypeFilter,
};
use crate::operations::request::{Call, OperationId, Request};
use crate::transport::context::CallContext;
use crate::transport::task_hooks::with_context;

impl Client {
    /// Lists cluster scan tasks, newest first. The vendor's operation `ListTasks`.
    #[cfg_attr(docsrs, doc(cfg(feature = "tasks")))]
    pub fn tasks(&self) -> Request<ListTasks> {
        let operation = ListTasks {
            body: ListTasksRequestBody {
                cluster_scan_info: None,
                end_create_time: None,
                iac_scan_info: None,
                sort_dir: Some(SortDirection::Desc),
                sort_key: Some(SortKey::StartTime),
                start_create_time: None,
                task_id: None,
                task_name: None,
                task_status: None,
                task_type: TaskTypeFilter::ClusterScan,
                trigger_type: None,
            },
            range: Range::default(),
        };
        Request::new(self.clone(), operation)
    }
}

/// The operation ListTasks.
#[derive(Debug, Clone)]
pub struct ListTasks {
    body: ListTasksRequestBody,
    range: Range,
}

impl Request<ListTasks> {
    /// Only the task with this id.
    pub fn task_id(mut self, id: impl Into<String>) -> Self {
        self.operation.body.task_id = Some(id.into());
        self
    }

    /// Only tasks in this state.
    pub fn status(mut self, status: TaskStatusFilter) -> Self {
        self.operation.body.task_status = Some(status);
        self
    }

    /// Only tasks that were created at this time or later, in milliseconds since 1970-01-01 UTC.
    pub fn since(mut self, milliseconds: i64) -> Self {
        self.operation.body.start_create_time = Some(milliseconds);
        self
    }
}

impl ListCall for ListTasks {
    type Row = TaskInfo;

    fn set_range(&mut self, offset: u32, limit: u32) {
        self.range = Range {
            offset,
            limit: Some(limit),
        };
    }

    fn id(row: &TaskInfo) -> Option<&str> {
        row.task_id.as_deref()
    }
}

impl Call for ListTasks {
    const ID: OperationId = OperationId::ListTasks;

    type Parameters = (PageOffset, Option<PageLimit>, ListTasksRequestBody);

    type Content = ListTasksResponse;

    type Output = Page<TaskInfo>;

    fn check(self) -> Result<Self::Parameters, Error> {
        let (offset, limit) = self.range.checked()?;
        if let Some(task_id) = &self.body.task_id {
            check_id(task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        }
        Ok((offset, limit, self.body))
    }

    fn output(content: ResponseValue<ListTasksResponse>) -> Page<TaskInfo> {
        let content = content.into_inner();
        Page::new(content.data_list, content.total_num)
    }

    async fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        (offset, limit, body): &Self::Parameters,
    ) -> Result<ResponseValue<ListTasksResponse>, raw::Error<ErrorResponse>> {
        let tasks = with_context(&client.raw_tasks(), context);
        tasks
            .list_tasks(project_id, enterprise_project_id, limit.as_ref(), Some(offset), body)
            .await
    }
}
