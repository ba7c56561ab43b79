//! A connection that the one who answers can break.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A stream to a client, plain or not.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

#[cfg(feature = "tls")]
impl Wire for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Breaks a connection: nothing more goes out, and in place of the next byte it is reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker(Arc<AtomicBool>);

impl Breaker {
    pub(crate) fn trip(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_tripped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl<L> Connected<IncomingStream<'_, Breakable<L>>> for Breaker
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Wire,
{
    fn connect_info(stream: IncomingStream<'_, Breakable<L>>) -> Self {
        stream.io().breaker.clone()
    }
}

/// Gives each connection a [`Breaker`].
pub(crate) struct Breakable<L>(pub(crate) L);

impl<L> Listener for Breakable<L>
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Wire,
{
    type Io = Connection<L::Io>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (wire, address) = self.0.accept().await;
        let breaker = Breaker::default();
        (Connection { wire, breaker }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection and its breaker.
pub(crate) struct Connection<W> {
    wire: W,
    breaker: Breaker,
}

impl<W: Wire> Connection<W> {
    /// The stream to write to, or the failure that makes the HTTP server drop it.
    fn writer(&mut self) -> io::Result<Pin<&mut W>> {
        if self.breaker.is_tripped() {
            // Without lingering, the drop sends a reset.
            self.wire.tcp().set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.wire))
    }
}

impl<W: Wire> AsyncRead for Connection<W> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_read(cx, buf)
    }
}

impl<W: Wire> AsyncWrite for Connection<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer()?.poll_shutdown(cx)
    }
}
