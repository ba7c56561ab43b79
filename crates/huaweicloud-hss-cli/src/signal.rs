//! SIGINT (Ctrl-C), SIGTERM and SIGHUP.

#[cfg(unix)]
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::CliError;

/// Receives the signals. Once it exists, none of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

impl Interrupts {
    #[cfg(unix)]
    pub(crate) fn new() -> Result<Self, CliError> {
        use tokio::signal::unix::{SignalKind, signal};

        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !ignores(SignalKind::hangup().as_raw_value()) {
            kinds.push(SignalKind::hangup());
        }
        let signals: io::Result<_> = kinds.into_iter().map(signal).collect();
        Ok(Self {
            signals: signals.map_err(no_signals)?,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> Result<Self, CliError> {
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        std::future::poll_fn(|context| {
            let mut received = self.signals.iter_mut().map(|signal| signal.poll_recv(context));
            // Each is polled, so that each wakes.
            received.by_ref().fold(std::task::Poll::Pending, |any, one| {
                if one.is_ready() { one.map(drop) } else { any }
            })
        })
        .await;
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// Whether the process was started with a signal ignored, as `nohup` does. A handler would end that. Only Linux tells;
/// on other systems the signal is left as it is.
#[cfg(unix)]
fn ignores(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return true;
    };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(unix)]
fn no_signals(error: io::Error) -> CliError {
    CliError::internal(anyhow::Error::new(error).context("failed to install signal handlers"))
}

/// Runs a call until it ends or a signal arrives. `attempts` counts the requests that the call has begun to send.
pub(crate) async fn unless_interrupted<T, E: Into<CliError>>(
    call: impl Future<Output = Result<T, E>>,
    attempts: &AtomicU32,
) -> Result<T, CliError> {
    let mut interrupts = Interrupts::new()?;
    tokio::select! {
        // A response that has arrived takes precedence over a signal.
        biased;
        result = call => result.map_err(Into::into),
        () = interrupts.next() => Err(match attempts.load(Ordering::Relaxed) {
            0 => CliError::interrupted_early("interrupted before a request was sent"),
            attempts => CliError::interrupted("interrupted while waiting for the response")
                .with_attempts(attempts)
                .with_hint("check the task before repeating: the service may have acted"),
        }),
    }
}

/// Runs a read until it ends or a signal arrives.
pub(crate) async fn unless_interrupted_read<T, E: Into<CliError>>(
    read: impl Future<Output = Result<T, E>>,
) -> Result<T, CliError> {
    let mut interrupts = Interrupts::new()?;
    tokio::select! {
        biased;
        result = read => result.map_err(Into::into),
        () = interrupts.next() => Err(CliError::interrupted_read()),
    }
}
