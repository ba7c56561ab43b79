//! Everything that requests share.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::HeaderName;
use serde::Deserialize;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::document::Document;
use crate::error::FaultError;
use crate::faults::{Fault, Faults, ValidFault};
use crate::http::control_hosts::ControlHosts;
use crate::iam::authenticator::Authenticator;
use crate::iam::metadata::Metadata;
use crate::iam::{self, Account};
use crate::lock::lock;
use crate::request_log::RequestLog;
use crate::service::quota::RateLimiter;
use crate::service::state::State;

/// What a test registers as it begins.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Reset {
    token: Option<String>,
    /// The token's project, in place of the configured one.
    project_id: Option<String>,
    /// Seconds that the clock is ahead of the machine's, in place of the configured ones.
    clock_offset: Option<i64>,
}

pub(crate) struct App {
    pub(crate) document: Document,
    /// Headers that hold tokens, by the documents.
    pub(crate) token_headers: Vec<HeaderName>,
    pub(crate) account: Account,
    pub(crate) authenticator: Authenticator,
    pub(crate) metadata: Metadata,
    pub(crate) clock: Clock,
    pub(crate) control_hosts: ControlHosts,
    pub(crate) state: Mutex<State>,
    pub(crate) rate_limiter: Mutex<RateLimiter>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) request_log: Mutex<RequestLog>,
    /// Becomes true when the simulator stops, which ends delays and stalls.
    pub(crate) stopped: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn inject(&self, fault: Fault) -> Result<(), FaultError> {
        let fault = ValidFault::try_from(fault)?;
        let known = |operation: &str| {
            iam::is_sign_in(operation) || self.document.operations.iter().any(|known| known.id == operation)
        };
        // A fault that meets no request would let a test pass for the wrong reason.
        if let Some(operation) = fault.operation.as_deref().filter(|operation| !known(operation)) {
            return Err(FaultError::new(format!("there is no operation {operation:?}")));
        }
        lock(&self.faults).push(fault)
    }

    /// Begins a test: forgets requests, faults and failures of keys. The tasks stay as they are.
    pub(crate) fn reset(&self, reset: Reset) {
        lock(&self.request_log).clear();
        lock(&self.faults).clear();
        self.authenticator.reset(reset.token, reset.project_id);
        self.clock.set_offset(reset.clock_offset);
    }

    pub(crate) async fn wait(&self, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = self.stopped() => {}
        }
    }

    pub(crate) async fn stopped(&self) {
        // An error means that the simulator was dropped, which stops it too.
        let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
    }
}
