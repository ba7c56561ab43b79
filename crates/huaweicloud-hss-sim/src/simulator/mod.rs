//! A running simulator.

pub(crate) mod builder;
pub(crate) mod defaults;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::app::App;
use crate::error::FaultError;
use crate::faults::Fault;
use crate::lock::lock;
use crate::request_log::RecordedRequest;
use crate::service::tasks::{ClusterScanTask, VulnerabilityScanTask};

/// How long [`Simulator::shutdown`] waits for requests that are being answered.
const GRACE: Duration = Duration::from_secs(5);

/// A running simulator, which stops when it is dropped.
///
/// It runs on the tokio runtime in which it was started and listens on its own port, so that every test can have
/// one. The [crate's documentation](crate) shows a test.
pub struct Simulator {
    pub(crate) app: Arc<App>,
    pub(crate) address: SocketAddr,
    pub(crate) ca_certificate: Option<String>,
    /// Stops the server, by true or by being dropped.
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) server: JoinHandle<()>,
}

impl Simulator {
    /// Where it listens, for example `http://127.0.0.1:40123`, or with `https` where it has TLS: the endpoint of HSS, of
    /// IAM and of the metadata service at once.
    pub fn endpoint(&self) -> String {
        let scheme = if self.ca_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate of its authority as PEM, for a client to trust; `None` without TLS.
    pub fn ca_certificate(&self) -> Option<&str> {
        self.ca_certificate.as_deref()
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token that it always accepts, besides those that IAM's token route issues.
    pub fn token(&self) -> &str {
        &self.app.account.token
    }

    /// Id of the access key that it always accepts, besides those that the metadata service issues.
    pub fn access_key(&self) -> &str {
        &self.app.account.access_key
    }

    /// Secret of [`Simulator::access_key`].
    pub fn secret_key(&self) -> &str {
        &self.app.account.secret_key
    }

    /// The project that it has.
    pub fn project_id(&self) -> &str {
        &self.app.account.project.id
    }

    /// The project's name at IAM.
    pub fn project_name(&self) -> &str {
        &self.app.account.project.name
    }

    /// Name of the IAM user who gets the token.
    pub fn user_name(&self) -> &str {
        &self.app.account.user_name
    }

    /// Password of the IAM user who gets the token.
    pub fn password(&self) -> &str {
        &self.app.account.password
    }

    /// Domain of the IAM user who gets the token.
    pub fn domain_name(&self) -> &str {
        &self.app.account.domain_name
    }

    /// A vulnerability scan task as it is now.
    pub fn vulnerability_scan_task(&self, id: &str) -> Option<VulnerabilityScanTask> {
        lock(&self.app.state).vulnerability_scan_task(id, Instant::now())
    }

    /// A cluster scan task as it is now.
    pub fn cluster_scan_task(&self, id: &str) -> Option<ClusterScanTask> {
        lock(&self.app.state).cluster_scan_task(id, Instant::now())
    }

    /// The requests that arrived, oldest first, refused ones included; at most the latest 10,000.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.app.request_log).requests()
    }

    /// Makes the next requests fail, or delays their answers.
    ///
    /// # Errors
    ///
    /// Where the fault cannot be sent: a status outside 200 to 599, a header that HTTP does not allow, a body without
    /// a status, a status for an answer that a reset, stall or truncation keeps back; or where 1,000 faults wait already.
    pub fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        self.app.inject(fault)
    }

    /// Expires every token that IAM's token route has issued: from now on each is refused with `APIGW.0307`. The
    /// configured token stays valid.
    pub fn expire_tokens(&self) {
        self.app.authenticator.expire_tokens();
    }

    /// Expires every temporary key that the metadata service has issued. The configured key stays valid.
    pub fn expire_temporary_keys(&self) {
        self.app.authenticator.expire_temporary_keys();
    }

    /// Stops: accepts no more connections, ends delays, answers the requests that have arrived, and returns. After five
    /// seconds it aborts those that are left.
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
