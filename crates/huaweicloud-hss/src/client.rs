//! The client and how it is made.

use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::error::{Draft, Error, ErrorKind, Outcome};
use crate::generated as raw;
use crate::raw::types::ProjectId;
use crate::recreate_vul_scan_task::RecreateVulScanTask;
use crate::retry_task::RetryTask;
use crate::token::Token;
use crate::transport::{AGENT, Transport};

/// A client for one project in one region. Cheap to clone; clones share their connections.
///
/// See the [crate's page](crate) for an example.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    raw: raw::Client,
    project_id: ProjectId,
}

impl Client {
    /// Starts a client. It needs a region or an endpoint, a project id and, unless it is for previews alone, a token.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Scans servers of a vulnerability scan task again. The vendor's page: “Rescanning Servers for Vulnerabilities”.
    ///
    /// `task_id` has 1 to 256 characters; it is checked when the request is sent.
    ///
    /// A server is scanned only while it runs, its agent is online and its protection is on.
    pub fn recreate_vul_scan_task(&self, task_id: impl Into<String>) -> RecreateVulScanTask<'_> {
        RecreateVulScanTask::new(self, task_id.into())
    }

    /// Runs a cluster scan task again. The vendor's page: “Restarting Tasks”.
    ///
    /// `task_id` has 1 to 64 characters; it is checked when the request is sent.
    pub fn retry_task(&self, task_id: impl Into<String>) -> RetryTask<'_> {
        RetryTask::new(self, task_id.into())
    }

    /// The generated client, which shares this one's connections, token and checks.
    pub fn raw(&self) -> &raw::Client {
        &self.0.raw
    }

    pub(crate) fn project_id(&self) -> &ProjectId {
        &self.0.project_id
    }
}

/// Makes a [`Client`]. Values are checked in [`build`](Self::build).
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    project_id: Option<String>,
    token: Option<Secret>,
    preview_only: bool,
    timeout: Duration,
    connect_timeout: Duration,
    read_timeout: Duration,
}

/// A token that has not been checked.
#[derive(Clone)]
struct Secret(zeroize::Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            region: None,
            endpoint: None,
            project_id: None,
            token: None,
            preview_only: false,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
        }
    }
}

impl ClientBuilder {
    /// The region's id, such as `cn-north-4`. An id that is not known here works too; its host follows the pattern.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// The endpoint's URL, instead of the region's own. `https` only, but for loopback addresses. A path is kept.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The project that holds the servers or clusters, 1 to 256 characters.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// A token that IAM handed out in `X-Subject-Token`, 1 to 32,768 characters.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret(zeroize::Zeroizing::new(token.into())));
        self
    }

    /// A client that shows requests and never sends one, so it needs no token. `send` fails on it; use
    /// [`preview`](crate::RecreateVulScanTaskRequest::preview).
    pub fn preview_only(mut self) -> Self {
        self.preview_only = true;
        self
    }

    /// How long one call may take in all; 30 seconds where nothing is said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long connecting may take, TLS included; 5 seconds where nothing is said.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the service may send nothing; 20 seconds where nothing is said.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] where a value is missing or outside its limits, naming it.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = match (self.endpoint, self.region) {
            (Some(endpoint), _) => Endpoint::parse(&endpoint)?,
            (None, Some(region)) => Endpoint::of_region(&region)?,
            (None, None) => return Err(Error::invalid("region", "missing, and so is an endpoint")),
        };
        let project_id = self.project_id.ok_or_else(|| Error::invalid("project_id", "missing"))?;
        let project_id = ProjectId::try_from(project_id).map_err(|reason| Error::invalid("project_id", reason))?;
        let token = match self.token {
            _ if self.preview_only => None,
            Some(token) => Some(Token::new(token.0.to_string())?),
            None => return Err(Error::invalid("token", "missing")),
        };
        if self.timeout.is_zero() {
            return Err(Error::invalid("timeout", "0 found, some time needed"));
        }
        let mut http = reqwest::Client::builder()
            // Requests carry it anyway; this is for what a proxy is told.
            .user_agent(AGENT)
            // A call that only got as far as connecting must be known as such, so connecting ends first.
            .connect_timeout(self.connect_timeout.min(self.timeout - self.timeout / 10))
            .read_timeout(self.read_timeout)
            .timeout(self.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Another crate may turn these on in reqwest; they add a header, and unpack an answer past its limit.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .https_only(!endpoint.loopback);
        if endpoint.loopback {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            let message = "no HTTP client can be made on this machine";
            Draft::new(ErrorKind::Internal, Outcome::NotSent, message)
                .source(error)
                .finish()
        })?;
        let raw = raw::Client::new_with_client(&endpoint.base, http, Transport::new(token));
        Ok(Client(Arc::new(Inner { raw, project_id })))
    }
}
