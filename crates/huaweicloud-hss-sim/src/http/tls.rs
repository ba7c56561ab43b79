//! Accepts connections over TLS.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Maximum concurrent handshakes. Further connections wait for one of them to end.
const MAX_HANDSHAKES: usize = 256;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Yields connections after their handshake. No connection waits for the handshake of another.
pub(crate) struct TlsListener<L> {
    tcp: L,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<io::Result<(TlsStream<TcpStream>, SocketAddr)>>,
}

impl<L> TlsListener<L> {
    pub(crate) fn new(tcp: L, acceptor: TlsAcceptor) -> Self {
        Self {
            tcp,
            acceptor,
            handshakes: JoinSet::new(),
        }
    }
}

impl<L: Listener<Io = TcpStream, Addr = SocketAddr>> Listener for TlsListener<L> {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                (stream, address) = self.tcp.accept(), if self.handshakes.len() < MAX_HANDSHAKES => {
                    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept(stream));
                    self.handshakes.spawn(async move { Ok((handshake.await??, address)) });
                }
                Some(ended) = self.handshakes.join_next() => match ended {
                    Ok(Ok(accepted)) => return accepted,
                    // For example a client that does not trust the certificate.
                    Ok(Err(error)) => tracing::info!(%error, "TLS handshake failed"),
                    Err(error) => tracing::error!(%error, "a handshake task failed"),
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
