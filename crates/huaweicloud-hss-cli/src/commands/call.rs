//! One call: sent, or shown by a dry run.

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::raw::types::{EnterpriseProjectId, ProjectId};
use huaweicloud_hss::{Accepted, Error, LimitError, Preview, RecreateVulScanTaskRequest, RetryTaskRequest, raw};

use crate::context::Context;
use crate::error::CliError;
use crate::output::curl;
use crate::output::report::Report;
use crate::signal;

/// A request of either operation.
pub(crate) trait Request {
    fn enterprise_project_id(self, id: &str) -> Self;
    async fn send(self) -> Result<Accepted, Error>;
    async fn preview(self) -> Result<Preview, Error>;
}

macro_rules! requests {
    ($($request:ident)*) => {$(
        impl Request for $request<'_> {
            fn enterprise_project_id(self, id: &str) -> Self {
                self.enterprise_project_id(id)
            }

            async fn send(self) -> Result<Accepted, Error> {
                self.send().await
            }

            async fn preview(self) -> Result<Preview, Error> {
                self.preview().await
            }
        }
    )*};
}

requests!(RecreateVulScanTaskRequest RetryTaskRequest);

/// What a call returns.
pub(crate) enum Response {
    Accepted(Accepted),
    Preview(Preview),
}

/// Sends a request, or previews it in a dry run.
pub(crate) async fn execute(context: &Context<'_>, request: impl Request) -> Result<Response, CliError> {
    let request = match &context.enterprise_project_id {
        Some(id) => request.enterprise_project_id(id),
        None => request,
    };
    signal::unless_interrupted(async {
        if context.dry_run {
            request.preview().await.map(Response::Preview)
        } else {
            request.send().await.map(Response::Accepted)
        }
    })
    .await
}

/// The same for a request of the generated client, which can have any body.
pub(crate) async fn execute_raw<E>(
    context: &Context<'_>,
    call: impl AsyncFn(
        &raw::Client,
        &ProjectId,
        Option<&EnterpriseProjectId>,
    ) -> Result<raw::ResponseValue<()>, raw::Error<E>>,
) -> Result<Response, CliError> {
    let raw = context.client.raw();
    let enterprise_project_id = context.enterprise_project_id.as_deref();
    let enterprise_project_id: Option<EnterpriseProjectId> = enterprise_project_id
        .map(|id| bounded("enterprise_project_id", id))
        .transpose()?;
    signal::unless_interrupted(async {
        let project_id = match &context.project_id {
            Some(id) => id.clone(),
            None => context.client.project_id().await?,
        };
        let project_id = bounded("project_id", project_id)?;
        let call = async |raw: &raw::Client| call(raw, &project_id, enterprise_project_id.as_ref()).await;
        Ok::<_, CliError>(if context.dry_run {
            Response::Preview(raw::preview(raw, call).await?)
        } else {
            Response::Accepted(raw::accepted(call(raw).await)?)
        })
    })
    .await
}

/// A value within its limits, or an error that names the parameter.
pub(crate) fn bounded<V, T: TryFrom<V, Error = LimitError>>(parameter: &str, value: V) -> Result<T, CliError> {
    T::try_from(value).map_err(|reason| CliError::invalid(format!("{parameter}: {reason}")))
}

/// The report of a call. A dry run also prints the request as a shell command.
pub(crate) fn report(context: &Context<'_>, operation: Operation, task_id: String, response: Response) -> Report {
    match response {
        Response::Accepted(accepted) => Report::Accepted {
            operation,
            task_id,
            accepted,
        },
        Response::Preview(preview) => {
            let messages = context.messages;
            messages.note("dry run: nothing was sent; with an access key, a signature replaces the token");
            messages.note("to send it with curl, set HSS_AUTH_TOKEN and run:");
            messages.plain(&curl::command_line(&preview));
            Report::Preview(preview)
        }
    }
}
