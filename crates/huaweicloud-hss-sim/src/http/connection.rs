//! A connection that its request handler can reset.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

#[cfg(feature = "tls")]
impl Stream for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Resets a connection: nothing more is sent, and it is reset in place of the next byte.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionControl(Arc<AtomicBool>);

impl ConnectionControl {
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_reset(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl<L> Connected<IncomingStream<'_, Controlled<L>>> for ConnectionControl
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Stream,
{
    fn connect_info(stream: IncomingStream<'_, Controlled<L>>) -> Self {
        stream.io().control.clone()
    }
}

/// Gives each connection a [`ConnectionControl`].
pub(crate) struct Controlled<L>(pub(crate) L);

impl<L> Listener for Controlled<L>
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Stream,
{
    type Io = Connection<L::Io>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = self.0.accept().await;
        let control = ConnectionControl::default();
        (Connection { stream, control }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

pub(crate) struct Connection<S> {
    stream: S,
    control: ConnectionControl,
}

impl<S: Stream> Connection<S> {
    /// The stream to write to, or the error that makes the HTTP server drop it.
    fn writer(&mut self) -> io::Result<Pin<&mut S>> {
        if self.control.is_reset() {
            // Without lingering, the drop sends a reset.
            self.stream.tcp().set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl<S: Stream> AsyncRead for Connection<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: Stream> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer()?.poll_shutdown(cx)
    }
}
