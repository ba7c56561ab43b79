//! One call: where it goes, by whom, and whether it is sent at all.

pub(crate) mod credentials;
pub(crate) mod settings;
pub(crate) mod simulator;

use huaweicloud_hss::bulk::Operation;
use huaweicloud_hss::raw::types::{EnterpriseProjectId, ProjectId};
use huaweicloud_hss::{
    Accepted, Client, Error, LimitError, Preview, RecreateVulScanTaskRequest, RetryTaskRequest, raw,
};
use huaweicloud_hss_sim::{Simulator, SimulatorBuilder};

use crate::args::GlobalOptions;
use crate::context::settings::Settings;
use crate::error::CliError;
use crate::output::curl;
use crate::output::messages::Messages;
use crate::output::report::Report;

/// Everything about a call but its content.
pub(crate) struct Context<'a> {
    pub(crate) client: Client,
    /// Where it is known without asking.
    project_id: Option<String>,
    pub(crate) enterprise_project_id: Option<String>,
    dry_run: bool,
    messages: &'a Messages,
    /// Where the call goes to a simulator, it lives as long as the call.
    _simulator: Option<Simulator>,
}

/// A value within its limits, or an error that names the parameter.
pub(crate) fn bounded<V, T: TryFrom<V, Error = LimitError>>(parameter: &str, value: V) -> Result<T, CliError> {
    T::try_from(value).map_err(|reason| CliError::invalid(format!("{parameter}: {reason}")))
}

/// What came of it.
pub(crate) enum Done {
    Accepted(Accepted),
    Previewed(Preview),
}

impl<'a> Context<'a> {
    pub(crate) async fn prepare(global: GlobalOptions, messages: &'a Messages) -> Result<Self, CliError> {
        Self::prepare_with(Simulator::builder(), global, messages).await
    }

    /// Prepares a call for which `--simulate` starts this simulator.
    pub(crate) async fn prepare_with(
        simulator: SimulatorBuilder,
        global: GlobalOptions,
        messages: &'a Messages,
    ) -> Result<Self, CliError> {
        let enterprise_project_id = settings::enterprise_project_id(&global)?;
        let retry_policy = settings::retry_policy(&global)?;
        let (client, project_id, simulator) = if global.simulate {
            let simulator = simulator::announced(simulator, messages).await?;
            let client = simulator::client_of(&simulator);
            (client, Some(simulator.project_id().to_owned()), Some(simulator))
        } else {
            let settings = Settings::find(&global)?;
            let client = settings.client()?;
            let client = match global.dry_run {
                true if settings.project_id.is_none() => {
                    return Err(CliError::invalid("project_id: missing, and a dry run looks nothing up")
                        .hint("give --project-id or HUAWEICLOUD_SDK_PROJECT_ID; hss auth status shows it"));
                }
                true => client.preview_only(),
                false => {
                    let provider = credentials::provider(&settings, global.token_file.as_deref(), messages)?;
                    client.credentials_provider(provider)
                }
            };
            (client, settings.project_id, None)
        };
        Ok(Self {
            // The one time-out that users know must not be cut short by another.
            client: client
                .timeout(global.timeout)
                .read_timeout(global.timeout)
                .retry_policy(retry_policy)
                .build()?,
            project_id,
            enterprise_project_id,
            dry_run: global.dry_run,
            messages,
            _simulator: simulator,
        })
    }

    pub(crate) async fn rescan(&self, request: RecreateVulScanTaskRequest<'_>) -> Result<Done, Error> {
        let request = match &self.enterprise_project_id {
            Some(id) => request.enterprise_project_id(id),
            None => request,
        };
        match self.dry_run {
            true => request.preview().await.map(Done::Previewed),
            false => request.send().await.map(Done::Accepted),
        }
    }

    pub(crate) async fn retry(&self, request: RetryTaskRequest<'_>) -> Result<Done, Error> {
        let request = match &self.enterprise_project_id {
            Some(id) => request.enterprise_project_id(id),
            None => request,
        };
        match self.dry_run {
            true => request.preview().await.map(Done::Previewed),
            false => request.send().await.map(Done::Accepted),
        }
    }

    /// A call of the generated client, for bodies that the face has no words for.
    pub(crate) async fn raw<E>(
        &self,
        call: impl AsyncFn(&raw::Client, &ProjectId) -> Result<raw::ResponseValue<()>, raw::Error<E>>,
    ) -> Result<Done, CliError> {
        let raw = self.client.raw();
        let id = match &self.project_id {
            Some(id) => id.clone(),
            None => self.client.project_id().await?,
        };
        let id = bounded("project_id", id)?;
        if self.dry_run {
            let preview = raw::preview(raw, async |raw| call(raw, &id).await);
            return Ok(Done::Previewed(preview.await?));
        }
        Ok(Done::Accepted(raw::accepted(call(raw, &id).await)?))
    }

    /// The enterprise project as the generated client takes it.
    pub(crate) fn bounded_enterprise_project_id(&self) -> Result<Option<EnterpriseProjectId>, CliError> {
        let id = self.enterprise_project_id.as_deref();
        id.map(|id| bounded("enterprise_project_id", id)).transpose()
    }

    pub(crate) fn report(&self, operation: Operation, task_id: String, done: Done) -> Report {
        match done {
            Done::Accepted(accepted) => Report::Accepted {
                operation,
                task_id,
                accepted,
            },
            Done::Previewed(preview) => {
                self.messages
                    .note("dry run: nothing was sent; an access key would sign it in place of the token");
                self.messages.note("with the token in HSS_AUTH_TOKEN, curl sends it by");
                self.messages.plain(&curl::command_line(&preview));
                Report::Preview(preview)
            }
        }
    }
}
