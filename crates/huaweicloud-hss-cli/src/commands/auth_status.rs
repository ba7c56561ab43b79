//! `hss auth status`: the credentials and the endpoint in use, checked with IAM.

use huaweicloud_hss::auth::net::sanitize;
use std::sync::Arc;
use std::time::SystemTime;

use huaweicloud_hss::Error;
use huaweicloud_hss::auth::provider::LocalCredentials;
use huaweicloud_hss::auth::{Credentials, CredentialsProvider as _, Identity, ProjectList};
use serde::Serialize;

use crate::args::StatusArguments;
use crate::args::options::Format;
use crate::context::credentials;
use crate::context::settings::{self, Settings};
use crate::error::CliError;
use crate::output::json;
use crate::output::messages::Messages;
use crate::output::report::Report;

/// The status in JSON; `None` if a value is unknown.
#[derive(Debug, Default, Serialize)]
struct Status {
    /// The source of the credentials.
    provider: String,
    /// `access_key`, `temporary_access_key`, `token` or `iam_user`.
    identity: &'static str,
    /// The first characters of the id.
    access_key_id: Option<String>,
    expires_at: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    iam_endpoint: Option<String>,
    project_id: Option<String>,
    /// `given`, `credentials` or `iam`.
    project_id_from: Option<&'static str>,
    enterprise_project_id: Option<String>,
    /// Whether IAM confirmed the credentials.
    verified: bool,
    /// How far the clock of this machine is ahead of IAM's.
    clock_offset_seconds: Option<i64>,
    warnings: Vec<String>,
}

pub(crate) async fn run(arguments: StatusArguments, format: Format, messages: &Messages) -> Result<Report, CliError> {
    let StatusArguments {
        offline,
        connection,
        timeout,
    } = arguments;
    let token_file = connection.token_file.as_deref();
    let settings = Settings::resolve(&connection, timeout.timeout)?;
    let mut status = Status {
        region: settings.region.clone(),
        iam_endpoint: settings.iam()?.urls().next().map(str::to_owned),
        project_id: settings.project_id.clone(),
        project_id_from: settings.project_id.as_ref().map(|_| "given"),
        enterprise_project_id: settings::enterprise_project_id(&connection)?,
        ..Status::default()
    };
    // Credentials can be shown without an endpoint.
    if settings.endpoint.is_some() || settings.region.is_some() {
        let client = settings.client()?.preview_only().build()?;
        status.endpoint = Some(client.endpoint().to_owned());
    }
    if offline {
        match credentials::offline(token_file).await? {
            LocalCredentials::Credentials(credentials) => status.add_credentials(&credentials, &settings),
            LocalCredentials::IamUser(user) => {
                status.provider = format!("environment HW_USER_NAME (IAM user {})", user.name());
                status.identity = "iam_user";
            }
            // The SDK may add others.
            _ => {}
        }
        warn(&status.warnings, messages);
    } else {
        // The provider prints the warnings of the credentials itself.
        let provider = Arc::new(credentials::provider(&settings, token_file, messages)?);
        let credentials = provider.provide().await.map_err(Error::from)?;
        status.add_credentials(&credentials, &settings);
        if settings.region.is_some() {
            let client = settings.client()?.credentials_provider(provider);
            let client = client.timeout(timeout.timeout).build()?;
            let printed = status.warnings.len();
            status.add_projects(client.projects().await)?;
            warn(status.warnings.get(printed..).unwrap_or_default(), messages);
        }
    }
    Ok(Report::Text(match format {
        Format::Json => json::to_line(&status),
        Format::Text => status.text(),
    }))
}

fn warn(warnings: &[String], messages: &Messages) {
    for warning in warnings {
        messages.warn(warning);
    }
}

impl Status {
    fn add_credentials(&mut self, credentials: &Credentials, settings: &Settings) {
        self.provider = credentials.source().to_owned();
        (self.identity, self.access_key_id) = match credentials.identity() {
            Identity::AccessKey(key) if key.is_temporary() => ("temporary_access_key", Some(key.masked_id())),
            Identity::AccessKey(key) => ("access_key", Some(key.masked_id())),
            _ => ("token", None),
        };
        let end = credentials.expires_at().map(jiff::Timestamp::try_from);
        self.expires_at = end.and_then(Result::ok).map(|end| format!("{end:.0}"));
        if let (None, Some(url)) = (&settings.iam_endpoint, credentials.iam_endpoint()) {
            self.iam_endpoint = Some(url.to_owned());
        }
        if let (None, Some(id)) = (&self.project_id, credentials.project_id()) {
            self.project_id = Some(id.to_owned());
            self.project_id_from = Some("credentials");
        }
        self.warnings.extend(credentials.warnings().iter().cloned());
    }

    /// Adds IAM's answer. If the project is known, the list of projects only serves to check the credentials.
    fn add_projects(&mut self, listed: Result<ProjectList, Error>) -> Result<(), CliError> {
        let list = match listed {
            Ok(list) => list,
            Err(error) if error.status() == Some(403) && self.project_id.is_some() => {
                self.warnings
                    .push(format!("IAM does not list projects for these credentials: {error}"));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.verified = true;
        self.clock_offset_seconds = list.server_time().map(offset);
        match (list.only(), &self.project_id) {
            (Ok(project), None) => {
                self.project_id = Some(project.id.clone());
                self.project_id_from = Some("iam");
            }
            (Ok(project), Some(known)) if *known != project.id => self.warnings.push(format!(
                "project {known} is not the project of the region, which is {}; this is right only for a subproject",
                project.id
            )),
            (Err(error), None) => self.warnings.push(format!("project_id: {error}")),
            (_, Some(_)) => {}
        }
        Ok(())
    }

    fn text(&self) -> String {
        let unknown = || "unknown".to_owned();
        let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(unknown);
        let identity = match (&self.access_key_id, self.identity) {
            (Some(id), "temporary_access_key") => format!("temporary access key {id}"),
            (Some(id), _) => format!("access key {id}"),
            (None, "iam_user") => "token, not requested yet".to_owned(),
            (None, _) => "token".to_owned(),
        };
        let expires = match (&self.expires_at, self.identity) {
            (None, "access_key") => "never".to_owned(),
            (expires_at, _) => or_unknown(expires_at),
        };
        let project = match (&self.project_id, self.project_id_from) {
            (Some(id), Some("credentials")) => format!("{id} (from the credentials)"),
            (Some(id), Some("iam")) => format!("{id} (from IAM)"),
            (Some(id), _) => format!("{id} (given)"),
            (None, _) => unknown(),
        };
        let enterprise_project = self.enterprise_project_id.clone();
        let enterprise_project = enterprise_project.unwrap_or_else(|| "0 (the default)".to_owned());
        let clock = match self.clock_offset_seconds {
            None => unknown(),
            // IAM's time has whole seconds.
            Some(-1..=1) => "in sync with IAM".to_owned(),
            Some(ahead @ 2..) => format!("{ahead} s ahead of IAM's"),
            Some(behind) => format!("{} s behind IAM's", behind.unsigned_abs()),
        };
        let verified = if self.verified {
            "by IAM"
        } else {
            "no, IAM did not confirm the credentials"
        };
        let rows = [
            ("credentials", format!("{identity} ({})", self.provider)),
            ("expires", expires),
            ("region", or_unknown(&self.region)),
            ("endpoint", or_unknown(&self.endpoint)),
            ("IAM", or_unknown(&self.iam_endpoint)),
            ("project", project),
            ("enterprise project", enterprise_project),
            ("clock", clock),
            ("verified", verified.to_owned()),
        ];
        let lines = rows.map(|(name, value)| sanitize::escape_line(&format!("{name:<18}  {value}")));
        lines.join("\n")
    }
}

/// How many seconds the clock of this machine is ahead.
fn offset(server: SystemTime) -> i64 {
    let seconds = |time: SystemTime| jiff::Timestamp::try_from(time).map_or(0, jiff::Timestamp::as_second);
    seconds(SystemTime::now()) - seconds(server)
}
