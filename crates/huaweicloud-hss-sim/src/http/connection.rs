//! A connection that its request handler can reset, and that is closed if a head does not come.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// How long a connection may take for the head of a request, from its begin or from the answer before.
const HEAD_TIME: Duration = Duration::from_secs(60);

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

/// What a request handler and its connection tell each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionControl(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_reset: AtomicBool,
    /// Requests that began, and those that ended: the same number while the connection waits for a head.
    begun: AtomicU64,
    ended: AtomicU64,
}

impl ConnectionControl {
    /// Resets the connection: nothing more is sent, and it is reset in place of the next byte.
    pub(crate) fn reset(&self) {
        self.0.is_reset.store(true, Ordering::SeqCst);
    }

    /// Says that a head has arrived, until the guard is dropped.
    pub(crate) fn begin_request(&self) -> RequestGuard {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        RequestGuard(Arc::clone(&self.0))
    }

    fn is_reset(&self) -> bool {
        self.0.is_reset.load(Ordering::SeqCst)
    }

    /// The number of requests so far, if the connection waits for the head of another.
    fn waits_for_head(&self) -> Option<u64> {
        let ended = self.0.ended.load(Ordering::SeqCst);
        (self.0.begun.load(Ordering::SeqCst) == ended).then_some(ended)
    }
}

pub(crate) struct RequestGuard(Arc<State>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
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

/// Gives each connection a [`ConnectionControl`], and lets only some connections in at a time: others wait in the
/// system's queue.
pub(crate) struct Controlled<L> {
    listener: L,
    permits: Arc<Semaphore>,
}

impl<L> Controlled<L> {
    pub(crate) fn new(listener: L, connections: usize) -> Self {
        let permits = Arc::new(Semaphore::new(connections));
        Self { listener, permits }
    }
}

impl<L> Listener for Controlled<L>
where
    L: Listener<Addr = SocketAddr>,
    L::Io: Stream,
{
    type Io = Connection<L::Io>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        let (stream, address) = self.listener.accept().await;
        let connection = Connection {
            stream,
            control: ConnectionControl::default(),
            head: None,
            _permit: permit,
        };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

pub(crate) struct Connection<S> {
    stream: S,
    control: ConnectionControl,
    /// Until when the head of the next request must be there, and the number of requests before it.
    head: Option<(Pin<Box<Sleep>>, u64)>,
    _permit: Option<OwnedSemaphorePermit>,
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
        let this = &mut *self;
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let Some(requests) = this.control.waits_for_head().filter(|_| read.is_pending()) else {
            return read;
        };
        let of_an_earlier = |head: &mut (Pin<Box<Sleep>>, u64)| head.1 != requests;
        let _ = this.head.take_if(of_an_earlier);
        let limit = || (Box::pin(tokio::time::sleep(HEAD_TIME)), requests);
        let (limit, _) = this.head.get_or_insert_with(limit);
        ready!(limit.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_waits_for_its_turn() {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let mut limited = Controlled::new(tcp, 2);
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        let first = limited.accept().await;
        let _second = limited.accept().await;
        assert_eq!(limited.permits.available_permits(), 0);
        // Without a permit it does not even look at the third.
        assert!(limited.accept().now_or_never().is_none());
        drop(first);
        limited.accept().await;
    }
}
