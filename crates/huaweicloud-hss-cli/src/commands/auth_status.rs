//! `hss auth status`: the credentials and the endpoint in use, checked with IAM.

use huaweicloud_hss::auth::sanitize;
use std::sync::Arc;
use std::time::SystemTime;

use huaweicloud_hss::Error;
use huaweicloud_hss::auth::provider::LocalCredentials;
use huaweicloud_hss::auth::{Credentials, CredentialsProvider as _, Identity, ProjectList};
use serde::Serialize;

use crate::args::StatusArguments;
use crate::args::options::Format;
use crate::context::credentials;
use crate::context::settings::{Setting, Settings, within};
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
    /// Where a value comes from: an option, a variable, a profile, `region`, `iam` or `default`.
    region_from: Option<String>,
    endpoint: Option<String>,
    endpoint_from: Option<String>,
    iam_endpoint: Option<String>,
    iam_endpoint_from: Option<String>,
    project_id: Option<String>,
    project_id_from: Option<String>,
    enterprise_project_id: Option<String>,
    enterprise_project_id_from: Option<String>,
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
    let limit = timeout.timeout;
    let settings = Settings::resolve(&connection, limit, false).await?;
    let mut status = Status::new(&settings)?;
    if offline {
        match within(limit, credentials::offline(&settings)).await? {
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
        let provider = Arc::new(credentials::provider(&settings, messages)?);
        let credentials = within(limit, provider.provide()).await?;
        status.add_credentials(&credentials, &settings);
        if settings.region.is_some() {
            let client = settings.client()?.credentials_provider(provider);
            let client = client.timeout(limit).build()?;
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
    /// What is known without credentials.
    fn new(settings: &Settings) -> Result<Self, CliError> {
        let Settings {
            region,
            endpoint,
            iam_endpoint,
            project_id,
            enterprise_project_id,
            ..
        } = settings;
        let value = |setting: &Option<Setting>| setting.as_ref().map(|setting| setting.value.clone());
        let source = |setting: &Option<Setting>| setting.as_ref().map(|setting| setting.source.clone());
        let of_region = region.as_ref().map(|_| "region".to_owned());
        let mut status = Self {
            region: value(region),
            region_from: source(region),
            iam_endpoint: settings.iam()?.urls().next().map(str::to_owned),
            iam_endpoint_from: source(iam_endpoint)
                .or(of_region.clone())
                .or_else(|| Some("default".to_owned())),
            project_id: value(project_id),
            project_id_from: source(project_id),
            enterprise_project_id: value(enterprise_project_id),
            enterprise_project_id_from: source(enterprise_project_id),
            ..Self::default()
        };
        // Credentials can be shown without an endpoint.
        if endpoint.is_some() || region.is_some() {
            let client = settings.client()?.preview_only().build()?;
            status.endpoint = Some(client.endpoint().to_owned());
            status.endpoint_from = source(endpoint).or(of_region);
        }
        Ok(status)
    }

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
            self.iam_endpoint_from = Some(self.provider.clone());
        }
        if let (None, Some(id)) = (&self.project_id, credentials.project_id()) {
            self.project_id = Some(id.to_owned());
            self.project_id_from = Some(self.provider.clone());
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
                self.project_id_from = Some("iam".to_owned());
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
        let sourced = |value: &Option<String>, source: &Option<String>| match (value, source.as_deref()) {
            (Some(value), Some("region")) => format!("{value} (of the region)"),
            (Some(value), Some("default")) => format!("{value} (the default)"),
            (Some(value), Some("iam")) => format!("{value} (from IAM)"),
            (Some(value), Some(source)) => format!("{value} ({source})"),
            (value, _) => or_unknown(value),
        };
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
        let enterprise_project = match &self.enterprise_project_id {
            None => "0 (the default)".to_owned(),
            id => sourced(id, &self.enterprise_project_id_from),
        };
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
            ("region", sourced(&self.region, &self.region_from)),
            ("endpoint", sourced(&self.endpoint, &self.endpoint_from)),
            ("IAM", sourced(&self.iam_endpoint, &self.iam_endpoint_from)),
            ("project", sourced(&self.project_id, &self.project_id_from)),
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
