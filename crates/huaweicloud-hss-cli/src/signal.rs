//! Ctrl-C, and what a service manager sends to end a program.

use std::io;

use crate::error::CliError;

/// Waits for the one or the other. From its making on, neither ends the program by itself.
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

    /// Returns with the next one.
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
    CliError::internal(anyhow::Error::new(error).context("no signals can be received on this machine"))
}

/// A call, unless it is interrupted before its end.
pub(crate) async fn unless_interrupted<T, E: Into<CliError>>(
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, CliError> {
    let mut interrupts = Interrupts::new()?;
    tokio::select! {
        // An answer that is there counts, whatever else has come.
        biased;
        result = call => result.map_err(Into::into),
        () = interrupts.next() => Err(CliError::interrupted("interrupted before an answer came")
            .hint("look at the task before repeating: the service may have acted")),
    }
}
