//! `hss auth status`: who would call, where, and whether IAM agrees.

use std::sync::Arc;
use std::time::SystemTime;

use huaweicloud_hss::Error;
use huaweicloud_hss::auth::{Credentials, CredentialsProvider as _, Identity, ProjectList};
use serde::Serialize;

use crate::args::{Format, GlobalOptions};
use crate::context::credentials::{self, OfflineCredentials};
use crate::context::settings::Settings;
use crate::error::CliError;
use crate::output::json;
use crate::output::messages::Messages;
use crate::output::report::Report;
use crate::output::sanitize;

/// What JSON shows; `None` where nothing is known.
#[derive(Debug, Default, Serialize)]
struct Status {
    /// Where the credentials come from.
    provider: String,
    /// `access_key`, `temporary_access_key`, `token` or `iam_user`.
    identity: &'static str,
    /// Its first characters.
    access_key_id: Option<String>,
    expires_at: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    iam_endpoint: Option<String>,
    project_id: Option<String>,
    /// `given`, `credentials` or `iam`.
    project_id_from: Option<&'static str>,
    /// Whether IAM was asked and knows the credentials.
    verified: bool,
    /// How far this machine's clock is ahead of IAM's.
    clock_offset_seconds: Option<i64>,
    warnings: Vec<String>,
}

pub(crate) async fn run(offline: bool, global: GlobalOptions, messages: &Messages) -> Result<Report, CliError> {
    let settings = Settings::find(&global)?;
    let mut status = Status {
        region: settings.region.clone(),
        iam_endpoint: settings.iam()?.urls().next().map(str::to_owned),
        project_id: settings.project_id.clone(),
        project_id_from: settings.project_id.as_ref().map(|_| "given"),
        ..Status::default()
    };
    // Without a place to call there still are credentials to show.
    if settings.endpoint.is_some() || settings.region.is_some() {
        let client = settings.client()?.preview_only().build()?;
        status.endpoint = Some(client.endpoint().to_owned());
    }
    match offline {
        true => match credentials::offline(global.token_file.as_deref()).await? {
            OfflineCredentials::Here(credentials) => {
                status.take(&credentials, &settings);
                status.warnings.iter().for_each(|warning| messages.warn(warning));
            }
            OfflineCredentials::User(user) => {
                status.provider = format!("environment HW_USER_NAME (IAM user {})", user.name());
                status.identity = "iam_user";
            }
        },
        false => {
            let provider = Arc::new(credentials::provider(
                &settings,
                global.token_file.as_deref(),
                messages,
            )?);
            let credentials = provider.provide().await.map_err(Error::from)?;
            status.take(&credentials, &settings);
            if settings.region.is_some() {
                let client = settings.client()?.credentials_provider(provider);
                let client = client.timeout(global.timeout).build()?;
                let before = status.warnings.len();
                status.ask(client.projects().await)?;
                status
                    .warnings
                    .iter()
                    .skip(before)
                    .for_each(|warning| messages.warn(warning));
            }
        }
    }
    Ok(Report::Text(match global.output {
        Format::Json => json::to_line(&status),
        Format::Text => status.text(),
    }))
}

impl Status {
    fn take(&mut self, credentials: &Credentials, settings: &Settings) {
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

    /// Takes what IAM says. Where the project is known, the list of projects is no more than a way to ask.
    fn ask(&mut self, listed: Result<ProjectList, Error>) -> Result<(), CliError> {
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
                "project {known} is not the region's own, which is {}: right for a subproject, else a slip",
                project.id
            )),
            (Err(error), None) => self.warnings.push(format!("project_id: {error}")),
            (_, Some(_)) => {}
        }
        Ok(())
    }

    fn text(&self) -> String {
        let unknown = || "not known".to_owned();
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(unknown);
        let who = match (&self.access_key_id, self.identity) {
            (Some(id), "temporary_access_key") => format!("temporary access key {id}"),
            (Some(id), _) => format!("access key {id}"),
            (None, "iam_user") => "a token that IAM would give".to_owned(),
            (None, _) => "token".to_owned(),
        };
        let project = match (&self.project_id, self.project_id_from) {
            (Some(id), Some("credentials")) => format!("{id} (named by the credentials)"),
            (Some(id), Some("iam")) => format!("{id} (looked up at IAM)"),
            (Some(id), _) => format!("{id} (given)"),
            (None, _) => unknown(),
        };
        let clock = match self.clock_offset_seconds {
            None => unknown(),
            // IAM tells whole seconds.
            Some(-1..=1) => "right, by IAM's".to_owned(),
            Some(ahead @ 2..) => format!("{ahead} s ahead of IAM's"),
            Some(behind) => format!("{} s behind IAM's", behind.unsigned_abs()),
        };
        let rows = [
            ("credentials", format!("{who} ({})", self.provider)),
            ("expires", shown(&self.expires_at)),
            ("region", shown(&self.region)),
            ("endpoint", shown(&self.endpoint)),
            ("IAM", shown(&self.iam_endpoint)),
            ("project", project),
            ("clock", clock),
            (
                "verified",
                if self.verified {
                    "by IAM"
                } else {
                    "no, IAM was not asked or did not say"
                }
                .to_owned(),
            ),
        ];
        let lines = rows.map(|(name, value)| sanitize::line(&format!("{name:<11}  {value}")));
        lines.join("\n")
    }
}

/// Seconds that this machine's clock is ahead.
fn offset(server: SystemTime) -> i64 {
    let seconds = |time: SystemTime| jiff::Timestamp::try_from(time).map_or(0, jiff::Timestamp::as_second);
    seconds(SystemTime::now()) - seconds(server)
}
