//! Releasing servers from quarantine: made up for the drill.

use super::request::{Call, OperationId, Request};
use crate::accepted::Accepted;
use crate::client::Client;
use crate::error::Error;
use crate::generated::client::types::{
    EnterpriseProjectId, ErrorResponse, ProjectId, QuarantineId, Reason, ReasonList, ReleaseQuarantineRequest,
};
use crate::generated::client::{self as raw, ResponseValue};
use crate::transport::context::CallContext;
use crate::transport::hooks::{accepted_value, with_context};

impl Client {
    /// Releases servers from quarantine. `quarantine_id` has 1 to 8 characters.
    pub fn release_quarantine(&self, quarantine_id: impl Into<String>) -> ReleaseQuarantineBuilder {
        ReleaseQuarantineBuilder {
            client: self.clone(),
            quarantine_id: quarantine_id.into(),
        }
    }
}

/// A release whose reasons are still to be chosen.
#[derive(Debug, Clone)]
pub struct ReleaseQuarantineBuilder {
    client: Client,
    quarantine_id: String,
}

impl ReleaseQuarantineBuilder {
    /// The servers with these reasons, 1 or 2.
    pub fn reasons<I>(self, reasons: I) -> Request<ReleaseQuarantine>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let reasons: Vec<Reason> = reasons.into_iter().map(|reason| Reason(reason.into())).collect();
        let list = ReasonList::try_from(reasons).map_err(|reason| Error::invalid("reasons", reason));
        let body = list.map(ReleaseQuarantineRequest::SomeReasons);
        let quarantine_id = self.quarantine_id;
        Request::new(self.client, ReleaseQuarantine { quarantine_id, body })
    }
}

/// The operation ReleaseQuarantine.
#[derive(Debug, Clone)]
pub struct ReleaseQuarantine {
    quarantine_id: String,
    body: Result<ReleaseQuarantineRequest, Error>,
}

impl Call for ReleaseQuarantine {
    const ID: OperationId = OperationId::ReleaseQuarantine;

    type Parameters = (QuarantineId, ReleaseQuarantineRequest);

    type Content = ();

    type Output = Accepted;

    fn check(self) -> Result<Self::Parameters, Error> {
        let id = QuarantineId::try_from(self.quarantine_id).map_err(|reason| Error::invalid("quarantine_id", reason))?;
        Ok((id, self.body?))
    }

    fn ids(_: &Self::Parameters) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    fn output(content: ResponseValue<()>) -> Accepted {
        accepted_value(&content)
    }

    async fn call(
        client: &Client,
        context: CallContext,
        project_id: &ProjectId,
        enterprise_project_id: Option<&EnterpriseProjectId>,
        (quarantine_id, body): &Self::Parameters,
    ) -> Result<ResponseValue<()>, raw::Error<ErrorResponse>> {
        let raw = with_context(client.raw(), context);
        raw.release_quarantine(project_id, quarantine_id, enterprise_project_id, body).await
    }
}
