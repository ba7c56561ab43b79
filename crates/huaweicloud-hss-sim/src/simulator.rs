//! Starting, holding and stopping a simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::auth;
use crate::document::{Document, Operation, Place};
use crate::error::{FaultError, StartError};
use crate::faults::{Fault, Faults, Prepared};
use crate::iam::Account;
use crate::journal::{Journal, RecordedRequest};
use crate::quota::{Meter, Quota};
use crate::server::{self, App};
use crate::state::{Behaviour, State};
use crate::tasks::{ClusterScanTask, Tasks, VulnerabilityScanTask};

/// The token that a simulator accepts if it is not told otherwise.
pub const DEFAULT_TOKEN: &str = "hss-sim-token-5f0c2d7e";

/// The project that a simulator has if it is not told otherwise, the example in the OpenAPI document.
pub const DEFAULT_PROJECT_ID: &str = "0123456789abcdef0123456789abcdef";

/// The project's name at IAM if the simulator is not told otherwise. As in the cloud, it is the region's id.
pub const DEFAULT_PROJECT_NAME: &str = "cn-north-4";

/// Name of the IAM user if the simulator is not told otherwise.
pub const DEFAULT_USER_NAME: &str = "hss-sim-user";

/// Password of the IAM user if the simulator is not told otherwise.
pub const DEFAULT_PASSWORD: &str = "hss-sim-password-91b3";

/// Domain (account) of the IAM user if the simulator is not told otherwise.
pub const DEFAULT_DOMAIN_NAME: &str = "hss-sim-domain";

/// How long a scan takes if the simulator is not told otherwise.
pub const DEFAULT_SCAN_TIME: Duration = Duration::from_secs(2);

/// How long [`Simulator::shutdown`] waits for requests that are being answered.
const GRACE: Duration = Duration::from_secs(5);

/// A running simulator, which stops when it is dropped.
///
/// It runs on the tokio runtime in which it was started and listens on a port of its own, so that every test can have
/// one. See the [crate's documentation](crate) for a whole test.
pub struct Simulator {
    app: Arc<App>,
    address: SocketAddr,
    /// Says true to the server; that it is dropped says the same.
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Starts a simulator on a free port of the loopback interface, with [`Tasks::built_in`] and every default.
    ///
    /// # Errors
    ///
    /// Where no port can be had.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Starts with other settings.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Where it listens, for example `http://127.0.0.1:40123`: the endpoint of HSS and of IAM at once.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token that it accepts.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.app.account.token
    }

    /// The project that it has.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.app.account.project_id
    }

    /// The project's name, by which IAM knows it too.
    #[must_use]
    pub fn project_name(&self) -> &str {
        &self.app.account.project_name
    }

    /// Name of the IAM user who gets the token.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.app.account.user_name
    }

    /// Password of the IAM user who gets the token.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.app.account.password
    }

    /// Domain of the IAM user who gets the token.
    #[must_use]
    pub fn domain_name(&self) -> &str {
        &self.app.account.domain_name
    }

    /// A vulnerability scan task as it is now.
    #[must_use]
    pub fn vulnerability_scan_task(&self, id: &str) -> Option<VulnerabilityScanTask> {
        self.app.vulnerability_scan_task(id)
    }

    /// A cluster scan task as it is now.
    #[must_use]
    pub fn cluster_scan_task(&self, id: &str) -> Option<ClusterScanTask> {
        self.app.cluster_scan_task(id)
    }

    /// The requests that arrived, oldest first, refused ones included; at most the latest 10,000.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.app.requests()
    }

    /// Makes the next requests fail, or wait.
    ///
    /// # Errors
    ///
    /// Where the fault cannot be sent: a status outside 200 to 599, a header that HTTP does not allow, a body without
    /// a status; or where 1,000 faults wait already.
    pub fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        self.app.inject(Prepared::try_from(fault)?)
    }

    /// Stops: takes no more connections, ends delays, answers what has arrived, and returns. What takes longer than
    /// five seconds is given up.
    pub async fn shutdown(self) {
        self.stop.send_replace(true);
        let abort = self.server.abort_handle();
        if tokio::time::timeout(GRACE, self.server).await.is_err() {
            abort.abort();
        }
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

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
    behaviour: Behaviour,
    account: Account,
    document: Option<String>,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tasks: Tasks::built_in(),
            quota: Quota::default(),
            behaviour: Behaviour {
                scan_time: DEFAULT_SCAN_TIME,
                any_task: false,
                busy: false,
            },
            account: Account {
                user_name: DEFAULT_USER_NAME.to_owned(),
                password: DEFAULT_PASSWORD.to_owned(),
                domain_name: DEFAULT_DOMAIN_NAME.to_owned(),
                project_id: DEFAULT_PROJECT_ID.to_owned(),
                project_name: DEFAULT_PROJECT_NAME.to_owned(),
                token: DEFAULT_TOKEN.to_owned(),
            },
            document: None,
        }
    }
}

impl std::fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("listen", &self.listen)
            .field("quota", &self.quota)
            .field("behaviour", &self.behaviour)
            .finish_non_exhaustive()
    }
}

impl SimulatorBuilder {
    /// The address to listen on; port 0 takes a free one. The default is `127.0.0.1:0`. Anyone who reaches another
    /// address can read the requests and inject faults: there is no protection on the routes under `/_sim/`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// The tasks that exist, in place of [`Tasks::built_in`].
    pub fn tasks(mut self, tasks: Tasks) -> Self {
        self.tasks = tasks;
        self
    }

    /// Calls a minute that each operation takes; by default the vendor's 5.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// How long a scan takes until it succeeds; by default two seconds. With [`Duration::ZERO`] nothing is ever seen
    /// scanning, with [`Duration::MAX`] nothing ever ends.
    pub fn scan_time(mut self, time: Duration) -> Self {
        self.behaviour.scan_time = time;
        self
    }

    /// The token to accept, in place of [`DEFAULT_TOKEN`].
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.account.token = token.into();
        self
    }

    /// The project to have, in place of [`DEFAULT_PROJECT_ID`].
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.account.project_id = id.into();
        self
    }

    /// The project's name at IAM, in place of [`DEFAULT_PROJECT_NAME`].
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.account.project_name = name.into();
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
        self.behaviour.any_task = any;
        self
    }

    /// Whether a task in which something still scans refuses another request, with `HSS.1006`. It is not known whether
    /// the real service refuses it, nor with which code; by default it is taken.
    pub fn busy(mut self, busy: bool) -> Self {
        self.behaviour.busy = busy;
        self
    }

    /// Another OpenAPI document than the one inside, for tests of the simulator itself.
    #[doc(hidden)]
    pub fn document(mut self, json: impl Into<String>) -> Self {
        self.document = Some(json.into());
        self
    }

    /// Starts the simulator. It answers once this returns.
    ///
    /// # Errors
    ///
    /// Where the address cannot be listened on, an id stands twice in the tasks, or the token or the project id are
    /// outside their limits.
    pub async fn start(self) -> Result<Simulator, StartError> {
        self.tasks.check()?;
        let document = Document::parse(self.document.as_deref().unwrap_or(crate::EMBEDDED_DOCUMENT))?;
        check_account(&document, &self.account)?;

        let listen_error = |source| StartError::Listen {
            address: self.listen,
            source,
        };
        let listener = TcpListener::bind(self.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "listening beyond this machine; whoever reaches it controls the simulator");
        }

        let (stop, stopped) = watch::channel(false);
        let app = Arc::new(App {
            token_headers: document
                .operations
                .iter()
                .filter_map(|o| Some(o.token.as_ref()?.header.clone()))
                .collect(),
            document,
            account: self.account,
            state: Mutex::new(State::new(self.tasks, self.behaviour, Instant::now())),
            meter: Mutex::new(Meter::new(self.quota)),
            faults: Mutex::new(Faults::default()),
            journal: Mutex::new(Journal::new()),
            stopped: stopped.clone(),
        });
        // A router with nothing but a fallback: it must not interpret the path.
        let router = Router::new().fallback(server::handle).with_state(Arc::clone(&app));
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(until(stopped))
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the server ended");
            }
        });
        Ok(Simulator {
            app,
            address,
            stop,
            server,
        })
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle is gone, which is as good a reason to stop.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// A token or a project that the document does not allow could never be sent, and every request would be refused for a
/// reason that is hard to find.
fn check_account(document: &Document, account: &Account) -> Result<(), StartError> {
    let fails = |setting, reason: String| Err(StartError::Setting { setting, reason });
    if axum::http::HeaderValue::from_str(&account.token).is_err() {
        return fails("the token", "it cannot be sent in a header".to_owned());
    }
    for scheme in document
        .operations
        .iter()
        .filter_map(|operation| operation.token.as_ref())
    {
        if !auth::length_is_allowed(scheme, account.token.as_bytes()) {
            let (min, max) = (scheme.min_length, scheme.max_length);
            return fails("the token", format!("it must have {min} to {max} characters"));
        }
    }
    let is_project = |operation: &Operation| {
        let of_project = |parameter: &&_| is_project_parameter(parameter);
        operation.parameters.iter().find(of_project).is_none_or(|parameter| {
            parameter
                .schema
                .validator
                .is_valid(&serde_json::Value::String(account.project_id.clone()))
        })
    };
    if document.operations.iter().all(is_project) {
        Ok(())
    } else {
        fails(
            "the project id",
            "it is outside the limits of the OpenAPI document".to_owned(),
        )
    }
}

fn is_project_parameter(parameter: &crate::document::Parameter) -> bool {
    parameter.place == Place::Path && parameter.name == server::PROJECT_PARAMETER
}
