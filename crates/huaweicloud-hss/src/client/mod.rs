//! The client and how it is made.

mod endpoint;
pub(crate) mod preview;
pub(crate) mod project;
mod token;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use huaweicloud_auth::provider::Static;
use huaweicloud_auth::{Credentials, CredentialsProvider, HttpOptions, IamEndpoint, ProjectList, Proxy};

#[cfg(doc)]
use crate::bulk;
use crate::bulk::{Plan, Run};
use crate::client::endpoint::Endpoint;
use crate::client::project::{Lookup, Project};
use crate::error::{Error, ErrorBuilder, ErrorKind, Outcome};
use crate::generated::client as raw;
use crate::generated::client::ClientInfo as _;
use crate::operations::recreate_vul_scan_task::RecreateVulScanTask;
use crate::operations::retry_task::RetryTask;
use crate::raw::types::ProjectId;
use crate::transport::hooks::begun;
use crate::transport::retry_policy::RetryPolicy;

use crate::transport::{AGENT, Transport};

/// How long a connection is kept for the next call.
const IDLE: Duration = Duration::from_secs(15);

/// A client for one project in one region. Cheap to clone; clones share their connections.
///
/// See the [crate's page](crate) for an example.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    raw: raw::Client,
    project: Project,
}

impl Client {
    /// Starts a client. It needs a region or an endpoint, a project id and, unless it is for previews alone, credentials.
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

    /// Sends any number of servers or clusters of one task, a batch at a time. See [`bulk`].
    pub fn bulk<'a>(&'a self, plan: &Plan) -> Run<'a> {
        Run::new(self, plan)
    }

    /// The generated client, which shares this one's connections, token and checks.
    pub fn raw(&self) -> &raw::Client {
        &self.0.raw
    }

    /// The URL that requests go to, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        self.0.raw.baseurl()
    }

    /// The project's id: the builder's, or the one that the credentials name or that IAM lists for the region. IAM is asked
    /// once.
    ///
    /// # Errors
    /// Where none or several are found, or the credentials or IAM cannot be had; nothing was sent to the service.
    pub async fn project_id(&self) -> Result<String, Error> {
        self.0.project.id(self.0.raw.inner.deadline()).await.map(Into::into)
    }

    /// The projects that IAM lists for the credentials by the region's id, asked now. It starts nothing, so it is also the
    /// way to try credentials: the list tells the time at IAM too.
    ///
    /// # Errors
    /// Where the client has no region, or the credentials or IAM cannot be had; nothing was sent to the service.
    pub async fn projects(&self) -> Result<ProjectList, Error> {
        self.0.project.list(self.0.raw.inner.deadline()).await
    }

    pub(crate) fn project(&self) -> &Project {
        &self.0.project
    }

    /// The generated client for a call that begins now. Where the project is still to be found that is part of the call, so its
    /// time counts from here.
    pub(crate) fn begun(&self) -> Cow<'_, raw::Client> {
        match self.0.project.is_known() {
            true => Cow::Borrowed(&self.0.raw),
            false => Cow::Owned(begun(&self.0.raw)),
        }
    }
}

/// Makes a [`Client`]. Values are checked in [`build`](Self::build).
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    region: Option<String>,
    endpoint: Option<String>,
    iam_endpoint: Option<String>,
    project_id: Option<String>,
    credentials: Option<Source>,
    preview_only: bool,
    proxy: Proxy,
    ca_certificates: Vec<u8>,
    user_agent: Option<String>,
    timeout: Duration,
    connect_timeout: Duration,
    read_timeout: Duration,
    retry_policy: RetryPolicy,
}

/// Where credentials come from.
#[derive(Clone)]
enum Source {
    /// A token that has not been checked.
    Token(zeroize::Zeroizing<String>),
    Provider(Arc<dyn CredentialsProvider>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token(***)"),
            Self::Provider(provider) => write!(f, "Provider({})", provider.name()),
        }
    }
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            region: None,
            endpoint: None,
            iam_endpoint: None,
            project_id: None,
            credentials: None,
            preview_only: false,
            proxy: Proxy::default(),
            ca_certificates: Vec::new(),
            user_agent: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
            retry_policy: RetryPolicy::new(),
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
    ///
    /// The official SDKs let a variable replace a region's endpoint. Nothing is read here unless you hand it in:
    ///
    /// ```
    /// use huaweicloud_hss::Client;
    /// use huaweicloud_hss::auth::{Variables, regions};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let region = "cn-north-4";
    /// let mut builder = Client::builder().region(region);
    /// if let Some(url) = regions::endpoint_override("HSS", region, &Variables::of_process())? {
    ///     builder = builder.endpoint(url);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// IAM's URL, instead of the one that the credentials name, or of the region's own and the global one. It is asked for
    /// the project's id where none is given.
    pub fn iam_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.iam_endpoint = Some(endpoint.into());
        self
    }

    /// The project that holds the servers or clusters, 1 to 256 characters. Left out, it is the one that the credentials
    /// name, or the one that IAM lists by the region's id, asked when the first request is sent.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = Some(project_id.into());
        self
    }

    /// A token that IAM handed out in `X-Subject-Token`, 1 to 32,768 characters.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.credentials = Some(Source::Token(zeroize::Zeroizing::new(token.into())));
        self
    }

    /// An access key, a token, or both kinds of [`Credentials`] in hand. An access key signs each request anew.
    ///
    /// ```
    /// use huaweicloud_hss::Client;
    /// use huaweicloud_hss::auth::AccessKey;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = AccessKey::new("QTWAOYTTINDUT2QVKYUC", "its-secret-key")?;
    /// let client = Client::builder().region("cn-north-4").project_id("0123").credentials(key).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn credentials(self, credentials: impl Into<Credentials>) -> Self {
        self.credentials_provider(Static::new(credentials))
    }

    /// Credentials that are found or renewed when a request is sent.
    pub fn credentials_provider(mut self, provider: impl CredentialsProvider + 'static) -> Self {
        self.credentials = Some(Source::Provider(Arc::new(provider)));
        self
    }

    /// A client that shows requests and never sends one, so it needs no credentials. `send` fails on it; use
    /// [`preview`](crate::RecreateVulScanTaskRequest::preview).
    pub fn preview_only(mut self) -> Self {
        self.preview_only = true;
        self
    }

    /// The proxy on the way; the environment's (`HTTPS_PROXY`, `NO_PROXY`) where nothing is said. Never used for this
    /// machine.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Certificates in PEM to trust besides the machine's own: a company's own authority.
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_certificates = pem.into();
        self
    }

    /// What your program calls itself, behind this crate's own name in the header `User-Agent`.
    pub fn user_agent(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent = Some(suffix.into());
        self
    }

    /// How long one call may take in all: every try, the waits between them, and the look-ups of credentials and project.
    /// 30 seconds where nothing is said.
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

    /// When a call that failed is sent again; [`RetryPolicy::new`] where nothing is said, which repeats only what the service
    /// surely did not act on.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] where a value is missing or outside its limits, naming it.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => Endpoint::parse(endpoint)?,
            (None, Some(region)) => Endpoint::of_region(region)?,
            (None, None) => return Err(Error::invalid("region", "missing, and so is an endpoint")),
        };
        let agent = match &self.user_agent {
            Some(suffix) => format!("{AGENT} {suffix}"),
            None => AGENT.to_owned(),
        };
        let options = self.http_options(&agent)?;
        let agent = HeaderValue::from_str(&agent).map_err(|reason| Error::invalid("user_agent", reason))?;
        let provider: Option<Arc<dyn CredentialsProvider>> = match self.credentials {
            _ if self.preview_only => None,
            Some(Source::Token(token)) => Some(Arc::new(Static::new(token::checked(token)?))),
            Some(Source::Provider(provider)) => Some(provider),
            None => {
                return Err(Error::invalid(
                    "credentials",
                    "missing; a token, an access key or a provider is needed",
                ));
            }
        };
        if self.timeout.is_zero() {
            return Err(Error::invalid("timeout", "0 found, some time needed"));
        }
        let policy = self.retry_policy.checked()?;
        let known = self.project_id.map(ProjectId::try_from).transpose();
        let lookup = self
            .region
            .map(|region| lookup(region, self.iam_endpoint.as_deref(), options));
        let project = Project {
            known: known.map_err(|reason| Error::invalid("project_id", reason))?,
            provider: provider.clone(),
            lookup: lookup.transpose()?,
        };
        let mut http = reqwest::Client::builder()
            // Requests carry it anyway; this is for what a proxy is told.
            .user_agent(agent.clone())
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            // Gateways close idle connections, often after a minute, and a request that meets that is in doubt.
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Another crate may turn these on in reqwest; they add a header, and unpack an answer past its limit.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .https_only(!endpoint.loopback);
        let certificates = certificates(&self.ca_certificates)?;
        if !certificates.is_empty() {
            http = http.tls_certs_merge(certificates);
        }
        http = match self.proxy {
            _ if endpoint.loopback => http.no_proxy(),
            Proxy::Environment => http,
            Proxy::Direct => http.no_proxy(),
            Proxy::Url(url) => {
                let proxy = reqwest::Proxy::all(url.as_str());
                // reqwest's error holds the URL, which can hold a password.
                http.no_proxy()
                    .proxy(proxy.map_err(|_| Error::invalid("proxy", "its URL cannot be used"))?)
            }
            other => return Err(Error::invalid("proxy", format!("{other:?} is not known here"))),
        };
        let http = http.build().map_err(|error| {
            if !self.ca_certificates.is_empty() {
                return Error::invalid("ca_certificates", "a certificate there cannot be used");
            }
            let message = "no HTTP client can be made on this machine";
            ErrorBuilder::new(ErrorKind::Internal, Outcome::NotSent, message)
                .source(error)
                .finish()
        })?;
        let transport = Transport::new(provider, &endpoint.path, agent, self.timeout, policy);
        let raw = raw::Client::new_with_client(&endpoint.base, http, transport);
        Ok(Client(Arc::new(Inner { raw, project })))
    }

    /// The same way to IAM as to the service.
    fn http_options(&self, agent: &str) -> Result<HttpOptions, Error> {
        let invalid = |parameter: &'static str| move |reason| Error::invalid(parameter, reason);
        let options = HttpOptions::new()
            .proxy(self.proxy.clone())
            .connect_timeout(self.connect_timeout);
        let options = options.user_agent(agent).map_err(invalid("user_agent"))?;
        if self.ca_certificates.is_empty() {
            return Ok(options);
        }
        options
            .ca_certificates(&self.ca_certificates)
            .map_err(invalid("ca_certificates"))
    }
}

fn lookup(region: String, iam: Option<&str>, options: HttpOptions) -> Result<Box<Lookup>, Error> {
    IamEndpoint::of_region(&region).map_err(|reason| Error::invalid("region", reason))?;
    let iam = iam.map(IamEndpoint::new).transpose();
    Ok(Box::new(Lookup {
        region,
        iam: iam.map_err(|reason| Error::invalid("iam_endpoint", reason))?,
        options,
        made: OnceLock::new(),
    }))
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, Error> {
    if pem.is_empty() {
        return Ok(Vec::new());
    }
    reqwest::Certificate::from_pem_bundle(pem)
        .map_err(|_| Error::invalid("ca_certificates", "no PEM certificate can be read there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs keep many of them, and move them about.
    #[test]
    fn a_calls_future_is_small() {
        let client = Client::builder().region("cn-north-4").project_id("p").token("t");
        let client = client.build().unwrap();
        let sending = client.recreate_vul_scan_task("t").all_failed_hosts().send();
        let size = std::mem::size_of_val(&sending);
        assert!(size < 3000, "{size}");
    }
}
