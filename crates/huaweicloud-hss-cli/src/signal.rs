//! SIGINT (Ctrl-C) and SIGTERM.

use std::io;

use crate::error::CliError;

/// Receives both signals. Once it exists, neither ends the process by itself.
#[derive(Debug)]
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Interrupts {
    #[cfg(unix)]
    pub(crate) fn new() -> Result<Self, CliError> {
        use tokio::signal::unix::{SignalKind, signal};

        let signals = || -> io::Result<_> { Ok([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]) };
        let signals = signals().map_err(no_signals)?;
        Ok(Self { signals })
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> Result<Self, CliError> {
        Ok(Self {})
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

#[cfg(unix)]
fn no_signals(error: io::Error) -> CliError {
    CliError::internal(anyhow::Error::new(error).context("failed to install signal handlers"))
}

/// Runs a call until it ends or a signal arrives.
pub(crate) async fn unless_interrupted<T, E: Into<CliError>>(
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, CliError> {
    let mut interrupts = Interrupts::new()?;
    tokio::select! {
        // A response that has arrived takes precedence over a signal.
        biased;
        result = call => result.map_err(Into::into),
        () = interrupts.next() => Err(CliError::interrupted("interrupted while waiting for the response")
            .with_hint("check the task before repeating: the service may have acted")),
    }
}
