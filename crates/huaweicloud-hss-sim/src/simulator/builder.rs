//! Configures and starts a simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::serve::ListenerExt;
use huaweicloud_auth::AccessKey;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::app::App;
use crate::clock::Clock;
use crate::document::{self, Document, Location, Operation, Parameter};
use crate::error::StartError;
use crate::faults::Faults;
#[cfg(feature = "tls")]
use crate::http::authority::Authority;
use crate::http::control_hosts::ControlHosts;
#[cfg(feature = "tls")]
use crate::http::tls::TlsListener;
use crate::iam::authenticator::Authenticator;
use crate::iam::metadata::Metadata;
use crate::iam::{Account, Project};
use crate::request_log::RequestLog;
use crate::server;
use crate::server::gateway::PROJECT_PARAMETER;
use crate::service::quota::{Quota, RateLimiter};
use crate::service::scan::Moment;
use crate::service::state::{Rescan, State, TaskOptions};
use crate::service::tasks::Tasks;
use crate::simulator::Simulator;
use crate::simulator::defaults::{
    DEFAULT_ACCESS_KEY, DEFAULT_DOMAIN_NAME, DEFAULT_PASSWORD, DEFAULT_PROJECT_ID, DEFAULT_PROJECT_NAME,
    DEFAULT_SCAN_TIME, DEFAULT_SECRET_KEY, DEFAULT_TEMPORARY_KEY_LIFETIME, DEFAULT_TOKEN, DEFAULT_TOKEN_LIFETIME,
    DEFAULT_USER_NAME,
};

/// Settings of a [`Simulator`]; each has a default.
///
/// ```
/// use std::time::Duration;
/// use huaweicloud_hss_sim::{Quota, Simulator};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), huaweicloud_hss_sim::StartError> {
/// let simulator = Simulator::builder()
///     .quota(Quota::off())
///     .scan_time(Duration::from_millis(50))
///     .any_task(true)
///     .start()
///     .await?;
/// assert!(simulator.endpoint().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `start` is called"]
pub struct SimulatorBuilder {
    listen: SocketAddr,
    tasks: Tasks,
    quota: Quota,
    task_options: TaskOptions,
    account: Account,
    temporary_key_lifetime: Duration,
    metadata_token: bool,
    clock_offset: i64,
    control_hosts: ControlHosts,
    document: Option<String>,
    #[cfg(feature = "tls")]
    tls: bool,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tasks: Tasks::built_in(),
            quota: Quota::default(),
            task_options: TaskOptions {
                scan_time: DEFAULT_SCAN_TIME,
                any_task: false,
                rescan: Rescan::default(),
                stale_polls: 0,
                unstable_order: false,
            },
            account: Account {
                user_name: DEFAULT_USER_NAME.to_owned(),
                password: DEFAULT_PASSWORD.to_owned(),
                domain_name: DEFAULT_DOMAIN_NAME.to_owned(),
                project: Project {
                    id: DEFAULT_PROJECT_ID.to_owned(),
                    name: DEFAULT_PROJECT_NAME.to_owned(),
                },
                listed: None,
                token: DEFAULT_TOKEN.to_owned(),
                token_lifetime: DEFAULT_TOKEN_LIFETIME,
                access_key: DEFAULT_ACCESS_KEY.to_owned(),
                secret_key: DEFAULT_SECRET_KEY.to_owned(),
            },
            temporary_key_lifetime: DEFAULT_TEMPORARY_KEY_LIFETIME,
            metadata_token: true,
            clock_offset: 0,
            control_hosts: ControlHosts::default(),
            document: None,
            #[cfg(feature = "tls")]
            tls: false,
        }
    }
}

impl std::fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("listen", &self.listen)
            .field("quota", &self.quota)
            .field("task_options", &self.task_options)
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// Starts a simulator on a free port of the loopback interface, with [`Tasks::built_in`](crate::Tasks::built_in)
    /// and every default.
    ///
    /// # Errors
    ///
    /// Where no port is free.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Starts with other settings.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }
}

impl SimulatorBuilder {
    /// The address to listen on; port 0 takes a free one. The default is `127.0.0.1:0`. The routes under `/_sim/` are
    /// protected from web pages alone: other machines that reach the address can read the requests and inject faults.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// Serves only HTTPS, as `127.0.0.1`, `::1` and `localhost`. The certificate is by an authority that exists as long
    /// as the simulator: clients must trust [`ca_certificate`](Simulator::ca_certificate).
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// The tasks that exist, in place of [`Tasks::built_in`].
    pub fn tasks(mut self, tasks: Tasks) -> Self {
        self.tasks = tasks;
        self
    }

    /// Calls per minute that each operation takes; by default 5.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// How long a scan takes until it succeeds; by default two seconds. With [`Duration::ZERO`] no scan is ever seen
    /// running, with [`Duration::MAX`] none ever ends.
    pub fn scan_time(mut self, time: Duration) -> Self {
        self.task_options.scan_time = time;
        self
    }

    /// The token to accept, in place of [`DEFAULT_TOKEN`].
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.account.token = token.into();
        self
    }

    /// The access key to accept, its id and its secret, in place of [`DEFAULT_ACCESS_KEY`] and [`DEFAULT_SECRET_KEY`].
    /// More than five consecutive refused requests that name it lock it for five minutes.
    pub fn access_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.account.access_key = id.into();
        self.account.secret_key = secret.into();
        self
    }

    /// The project to have, in place of [`DEFAULT_PROJECT_ID`].
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.account.project.id = id.into();
        self
    }

    /// The project's name at IAM, in place of [`DEFAULT_PROJECT_NAME`].
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.account.project.name = name.into();
        self
    }

    /// The projects that IAM lists, each by id and name; by default the simulator's project. With none, or several of
    /// one name, a client's lookup by name must fail.
    pub fn projects<I, N>(mut self, projects: impl IntoIterator<Item = (I, N)>) -> Self
    where
        I: Into<String>,
        N: Into<String>,
    {
        let project = |(id, name): (I, N)| Project {
            id: id.into(),
            name: name.into(),
        };
        self.account.listed = Some(projects.into_iter().map(project).collect());
        self
    }

    /// How long a token from IAM's token route is valid, in place of [`DEFAULT_TOKEN_LIFETIME`].
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.account.token_lifetime = lifetime;
        self
    }

    /// How long a temporary key from the metadata service is valid, in place of [`DEFAULT_TEMPORARY_KEY_LIFETIME`].
    pub fn temporary_key_lifetime(mut self, lifetime: Duration) -> Self {
        self.temporary_key_lifetime = lifetime;
        self
    }

    /// Whether the metadata service asks for a token, which is the default. An old host does not: there the route for
    /// the token answers with 404, and keys are issued without one.
    pub fn metadata_token_required(mut self, required: bool) -> Self {
        self.metadata_token = required;
        self
    }

    /// How many seconds the simulator's clock is ahead of the machine's, or behind it where the number is negative; by
    /// default 0. Signatures are checked against this clock, and the header `Date` shows it.
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// One more host, a name or an IP address, under which the routes under `/_sim/` answer. They always answer to
    /// `localhost`, `127.0.0.0/8` and `[::1]`; to another `Host` or `Origin` they answer with 403, because any web page
    /// can make a browser send requests to this machine.
    pub fn control_host(mut self, host: impl Into<String>) -> Self {
        self.control_hosts.add(host.into());
        self
    }

    /// The IAM user who gets the token, in place of [`DEFAULT_USER_NAME`], [`DEFAULT_PASSWORD`] and
    /// [`DEFAULT_DOMAIN_NAME`].
    pub fn user(
        mut self,
        name: impl Into<String>,
        password: impl Into<String>,
        domain_name: impl Into<String>,
    ) -> Self {
        self.account.user_name = name.into();
        self.account.password = password.into();
        self.account.domain_name = domain_name.into();
        self
    }

    /// Whether tasks that do not exist are accepted, without effect. By default they are refused with `HSS.0011`.
    pub fn any_task(mut self, any: bool) -> Self {
        self.task_options.any_task = any;
        self
    }

    /// What a request that repeats scans does to its task. What the real service does is not known; the default,
    /// [`Rescan::SameTask`], is a guess.
    pub fn rescan(mut self, rescan: Rescan) -> Self {
        self.task_options.rescan = rescan;
        self
    }

    /// The number of answers that show a task as it was before its scans were repeated; by default 0. A client that
    /// waits for the end must not take the old one for the new one. A guess, too: the real service may answer so.
    pub fn stale_polls(mut self, polls: u32) -> Self {
        self.task_options.stale_polls = polls;
        self
    }

    /// Whether rows that no request sorts come in another order in each answer, so that pages overlap and leave rows out;
    /// by default the order is stable. No order is documented.
    pub fn unstable_order(mut self, unstable: bool) -> Self {
        self.task_options.unstable_order = unstable;
        self
    }

    /// An OpenAPI document in JSON, as `cargo xtask generate` makes it, that requests are validated by in place of the
    /// embedded ones: to try a change of a document before the simulator has it.
    pub fn document(mut self, json: impl Into<String>) -> Self {
        self.document = Some(json.into());
        self
    }

    /// Starts the simulator. It accepts requests once this returns.
    ///
    /// # Errors
    ///
    /// Where the address cannot be listened on, an id appears twice in the tasks, the token, the access key or
    /// the project id is outside its limits, or no certificate can be issued.
    pub async fn start(self) -> Result<Simulator, StartError> {
        self.tasks.check()?;
        let document = match &self.document {
            Some(text) => Document::parse([text.as_str()]),
            None => Document::parse(document::EMBEDDED),
        }?;
        check_account(&document, &self.account)?;
        let key = AccessKey::new(&self.account.access_key, &self.account.secret_key).map_err(|error| {
            StartError::Setting {
                setting: "the access key",
                reason: error.to_string(),
            }
        })?;
        let clock = Clock::new(self.clock_offset);
        #[cfg(feature = "tls")]
        let authority = self.tls.then(Authority::new).transpose()?;

        let listen_error = |source| StartError::Listen {
            address: self.listen,
            source,
        };
        let listener = TcpListener::bind(self.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "listening beyond this machine; other machines that reach it control the simulator");
        }

        let (stop, stopped) = watch::channel(false);
        let now = Moment {
            instant: Instant::now(),
            milliseconds: clock.now().as_millisecond(),
        };
        let app = Arc::new(App {
            token_headers: document
                .operations
                .iter()
                .filter_map(|operation| Some(operation.token_scheme()?.header.clone()))
                .collect(),
            document,
            authenticator: Authenticator::new(&self.account.token, &self.account.project.id, key, clock.clone()),
            metadata: Metadata::new(self.metadata_token, self.temporary_key_lifetime),
            account: self.account,
            clock,
            control_hosts: self.control_hosts,
            state: Mutex::new(State::new(self.tasks, self.task_options, now)),
            rate_limiter: Mutex::new(RateLimiter::new(self.quota)),
            faults: Mutex::new(Faults::default()),
            request_log: Mutex::new(RequestLog::new()),
            stopped,
        });
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        #[cfg(feature = "tls")]
        let (server, ca_certificate) = match authority {
            Some(authority) => {
                let listener = TlsListener::new(listener, authority.acceptor()?);
                (server::spawn(listener, Arc::clone(&app)), Some(authority.pem()))
            }
            None => (server::spawn(listener, Arc::clone(&app)), None),
        };
        #[cfg(not(feature = "tls"))]
        let (server, ca_certificate) = (server::spawn(listener, Arc::clone(&app)), None);
        Ok(Simulator {
            app,
            address,
            ca_certificate,
            stop,
            server,
        })
    }
}

/// Refuses a token or a project that the document does not allow: no request with it could be accepted, for a reason
/// that is hard to find.
fn check_account(document: &Document, account: &Account) -> Result<(), StartError> {
    let fails = |setting, reason: String| Err(StartError::Setting { setting, reason });
    if axum::http::HeaderValue::from_str(&account.token).is_err() {
        return fails("the token", "it cannot be sent in a header".to_owned());
    }
    for scheme in document.operations.iter().filter_map(Operation::token_scheme) {
        if !scheme.allows(account.token.as_bytes()) {
            let (min, max) = (scheme.min_length, scheme.max_length);
            return fails("the token", format!("it must have {min} to {max} characters"));
        }
    }
    let id = serde_json::Value::from(account.project.id.as_str());
    let is_project =
        |parameter: &Parameter| parameter.location == Location::Path && parameter.name == PROJECT_PARAMETER;
    let mut parameters = document.operations.iter().flat_map(|operation| &operation.parameters);
    if parameters.all(|parameter| !is_project(parameter) || parameter.schema.validator.is_valid(&id)) {
        return Ok(());
    }
    let reason = "it is outside the limits of the OpenAPI document";
    fails("the project id", reason.to_owned())
}
