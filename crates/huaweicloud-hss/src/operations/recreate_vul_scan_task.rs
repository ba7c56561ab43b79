//! Rescanning the servers of a vulnerability scan task.

use super::request::{Call, OperationId, Request};
use crate::accepted::Accepted;
use crate::bounded::{check_id, id};
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{
    EnterpriseProjectId, ErrorResponse, HostId, HostIdList, ProjectId, RescanVulScanTaskRequestInfo, VulScanTaskId,
};
use crate::generated::client::{self as raw, ResponseValue};
use crate::transport::context::CallContext;
use crate::transport::hooks::{accepted_value, with_context};

impl Client {
    /// Scans servers of a vulnerability scan task again. The vendor's page: “Rescanning Servers for Vulnerabilities”.
    ///
    /// `task_id` has 1 to 256 characters and obeys the [rule for ids](crate#ids); it is checked when the request is sent.
    ///
    /// A server is scanned only while it runs, its agent is online and its protection is on.
    pub fn recreate_vul_scan_task(&self, task_id: impl Into<String>) -> RecreateVulScanTaskBuilder {
        RecreateVulScanTaskBuilder {
            client: self.clone(),
            task_id: task_id.into(),
        }
    }
}

/// A rescan whose servers are still to be chosen.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until the servers are chosen and the request is sent"]
pub struct RecreateVulScanTaskBuilder {
    client: Client,
    task_id: String,
}

impl RecreateVulScanTaskBuilder {
    /// Every server whose scan failed in the task (`all_failed_host`).
    pub fn all_failed_hosts(self) -> Request<RecreateVulScanTask> {
        self.body(RescanVulScanTaskRequestInfo::AllFailedHost)
    }

    /// The servers with these ids, 1 to 1,000 (`specific_host`). The vendor states no limit on an id; each obeys the
    /// [rule for ids](crate#ids).
    pub fn hosts<I>(self, ids: I) -> Request<RecreateVulScanTask>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let ids: Vec<HostId> = ids.into_iter().map(|id| HostId(id.into())).collect();
        let list = HostIdList::try_from(ids).map_err(|reason| Error::invalid("host_ids", reason));
        self.request(list.map(RescanVulScanTaskRequestInfo::SpecificHost))
    }

    /// A body of the generated type, such as one that was read from JSON.
    pub fn body(self, body: RescanVulScanTaskRequestInfo) -> Request<RecreateVulScanTask> {
        self.request(Ok(body))
    }

    fn request(self, body: Result<RescanVulScanTaskRequestInfo, Error>) -> Request<RecreateVulScanTask> {
        let task_id = self.task_id;
        Request::new(self.client, RecreateVulScanTask { task_id, body })
    }
}

/// The operation RecreateVulScanTask.
#[derive(Debug, Clone)]
pub struct RecreateVulScanTask {
    task_id: String,
    body: Result<RescanVulScanTaskRequestInfo, Error>,
}

impl Call for RecreateVulScanTask {
    const ID: OperationId = OperationId::RecreateVulScanTask;

    type Parameters = (VulScanTaskId, RescanVulScanTaskRequestInfo);

    type Content = ();

    type Output = Accepted;

    fn check(self) -> Result<Self::Parameters, Error> {
        let task_id = id(self.task_id).map_err(|reason| Error::invalid("task_id", reason))?;
        let body = self.body?;
        if let RescanVulScanTaskRequestInfo::SpecificHost(ids) = &body {
            for (index, id) in ids.iter().enumerate() {
                check_id(id).map_err(|reason| Error::invalid(&format!("host_ids[{index}]"), reason))?;
            }
        }
        Ok((task_id, body))
    }

    fn ids((_, body): &Self::Parameters) -> impl Iterator<Item = &str> {
        let hosts = match body {
            RescanVulScanTaskRequestInfo::SpecificHost(hosts) => Some(hosts),
            RescanVulScanTaskRequestInfo::AllFailedHost => None,
        };
        hosts.into_iter().flat_map(|hosts| hosts.iter()).map(|id| id.as_str())
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
        raw.recreate_vul_scan_task(project_id, task_id, enterprise_project_id, body)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, Preview};

    async fn preview(
        choose: impl FnOnce(RecreateVulScanTaskBuilder) -> Request<RecreateVulScanTask>,
    ) -> Result<Preview, Error> {
        let client = Client::builder().region("cn-north-4").project_id("p").preview_only();
        choose(client.build().unwrap().recreate_vul_scan_task("t"))
            .preview()
            .await
    }

    #[tokio::test]
    async fn one_rule_for_a_host_id_wherever_it_comes_from() {
        for (id, expected) in [
            ("", "host_ids[1]: empty"),
            (
                "a,b",
                "host_ids[1]: `a,b` has a comma at position 2; give each one by itself",
            ),
            (" a ", "host_ids[1]: ` a ` has white space around it; remove it"),
        ] {
            let body = serde_json::json!({"range_type": "specific_host", "host_ids": ["a", id]});
            let body = serde_json::from_value(body).unwrap();
            for refused in [
                preview(|builder| builder.hosts(["a", id])).await,
                preview(|builder| builder.body(body)).await,
            ] {
                let error = refused.unwrap_err();
                assert_eq!(error.to_string(), expected);
                assert_eq!(error.outcome(), Outcome::NotSent);
            }
        }
    }

    #[tokio::test]
    async fn sends_a_body_as_it_is() {
        let json = r#"{"range_type":"specific_host","host_ids":["a","a"]}"#;
        let body = serde_json::from_str(json).unwrap();
        assert_eq!(preview(|builder| builder.body(body)).await.unwrap().body(), json);
    }
}
