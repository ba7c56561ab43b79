//! What a call needs besides its content: a client with its endpoint, credentials and options.

pub(crate) mod credentials;
pub(crate) mod settings;
#[cfg_attr(not(feature = "simulator"), path = "no_simulator.rs")]
pub(crate) mod simulator;

use std::path::PathBuf;

use huaweicloud_hss::Client;

use self::settings::Settings;
use self::simulator::{Simulator, Tasks};
use crate::args::options::{ConnectionOptions, RequestOptions};
use crate::error::CliError;
use crate::output::curl::quoted;
use crate::output::messages::Messages;

/// A client, and what the client does not keep.
pub(crate) struct Context<'a> {
    pub(crate) client: Client,
    pub(crate) enterprise_project_id: Option<String>,
    pub(crate) dry_run: bool,
    /// The service is a simulator in this process, which has no quota.
    pub(crate) is_simulated: bool,
    pub(crate) messages: &'a Messages,
    /// The options that say where a call goes, for a command that a message names.
    pub(crate) place: String,
    /// Runs until the context is dropped.
    _simulator: Option<Simulator>,
}

impl<'a> Context<'a> {
    /// Resolves the options. With `--simulate` it starts a simulator that has these tasks.
    pub(crate) async fn new(options: &RequestOptions, tasks: Tasks, messages: &'a Messages) -> Result<Self, CliError> {
        let (connection, call) = (&options.connection, &options.call);
        let timeout = call.timeout.timeout;
        let retry_policy = settings::retry_policy(call.max_retries)?;
        let (client, enterprise_project_id, simulator) = if call.simulate {
            let enterprise_project_id = settings::simulated_enterprise_project_id(connection)?;
            let simulator = simulator::start_for_call(tasks, messages).await?;
            (simulator::client(&simulator), enterprise_project_id, Some(simulator))
        } else {
            let settings = Settings::resolve(connection, timeout, call.dry_run).await?;
            let client = settings.client()?;
            let client = if !call.dry_run {
                client.credentials_provider(credentials::provider(&settings, messages)?)
            } else if settings.project_id.is_some() {
                client.preview_only()
            } else {
                return Err(CliError::invalid("project_id: missing; a dry run does not look it up")
                    .with_hint("set --project-id or HUAWEICLOUD_SDK_PROJECT_ID; hss auth status shows the project"));
            };
            (client, settings.enterprise_project_id.map(|id| id.value), None)
        };
        Ok(Self {
            // The read timeout must not end a call before --timeout does.
            client: client
                .timeout(timeout)
                .read_timeout(timeout)
                .retry_policy(retry_policy)
                .build()?,
            enterprise_project_id,
            dry_run: call.dry_run,
            is_simulated: call.simulate,
            messages,
            place: place(connection),
            _simulator: simulator,
        })
    }

    /// What the demo needs, whose simulator it keeps itself.
    #[cfg(feature = "simulator")]
    pub(crate) fn of_demo(client: Client, messages: &'a Messages) -> Self {
        Self {
            client,
            enterprise_project_id: None,
            dry_run: false,
            is_simulated: true,
            messages,
            place: String::new(),
            _simulator: None,
        }
    }
}

/// The text as one word of a POSIX shell.
fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+,".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// The options that were given and are no secrets, each with a blank before it.
fn place(connection: &ConnectionOptions) -> String {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let options = [
        ("--profile", connection.profile.0.clone()),
        ("--region", connection.region.clone()),
        ("--endpoint", connection.endpoint.clone()),
        ("--iam-endpoint", connection.iam_endpoint.clone()),
        ("--project-id", connection.project_id.clone()),
        ("--enterprise-project-id", connection.enterprise_project_id.clone()),
        ("--token-file", path(&connection.token_file)),
        ("--ca-bundle", path(&connection.ca_bundle)),
    ];
    let given = options
        .into_iter()
        .filter_map(|(option, value)| Some(format!(" {option} {}", word(&value?))));
    given.collect()
}
